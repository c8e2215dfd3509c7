"""A campaign of a size, and what its gates can tell."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from campaignd.core.campaign import Campaign
from campaignd.core.evidence import Evidence
from campaignd.core.gates import parse_gate
from campaignd.core.gates.foresight.design import Design
from campaignd.core.gates.foresight.forecast import GateForecast
from campaignd.core.gates.foresight.foresee import foresee
from campaignd.core.gates.foresight.past import Past
from campaignd.core.metrics import Metric
from campaignd.core.plan import Cell, expand

MUTATIONS = {f"m{number}": f"01ARZ3NDEKTSV4RRFFQ69G5F{number:02}" for number in range(1, 10)}


class Ahead:
    """Gates before anything is launched."""

    def __init__(self, metrics: Mapping[str, Metric]) -> None:
        self._metrics = metrics

    def cells(
        self, cases: int | None, iterations: int = 1, personas: int = 1, mutations: int = 0
    ) -> tuple[Cell, ...]:
        names = list(MUTATIONS)[:mutations]
        tree = {
            "version": "1",
            "name": "ahead",
            "agents": {"checkout": {"coval": "g" * 22, "mutations": ["all-of-them"]}},
            "personas": {name: name[0] * 22 for name in ("calm", "elderly")[:personas]},
            "test_sets": {"smoke": {"id": "aB1cD2eF"}},
            "mutations": {"all-of-them": {name: MUTATIONS[name] for name in names}},
            "options": {"iterations": str(iterations)},
        }
        sizes = {} if cases is None else {"smoke": cases}
        return expand(Campaign.model_validate(tree), sizes).cells

    def see(
        self,
        gate: Mapping[str, Any],
        cells: Sequence[Cell] = (),
        past: Sequence[Evidence] = (),
        **expected: int | None,
    ) -> GateForecast:
        """Forecast one gate; keyword arguments are how many runs of agents Cotool will have."""
        design = Design(tuple(cells), self._metrics, expected)
        (forecast,) = foresee([parse_gate(gate)], design, Past(past, self._metrics))
        return forecast


@pytest.fixture
def ahead(metrics: Mapping[str, Metric]) -> Ahead:
    return Ahead(metrics)


@pytest.fixture
def nights(new_story: Any) -> Any:
    """Past executions of 12 test cases that are tried twice, each a bit different."""

    def tell(count: int, metric: str = "resolved") -> Sequence[Evidence]:
        told = []
        for night in range(count):
            story = new_story()
            values = {
                f"case {case}": [value_of(metric, night, case, attempt) for attempt in range(2)]
                for case in range(12)
            }
            told.append(story.cell("checkout/calm/smoke", values, metric=metric).evidence)
        return told

    return tell


def value_of(metric: str, night: int, case: int, attempt: int) -> str | float:
    """One case in four is flaky, more so on odd nights; numbers differ by case and try."""
    if metric == "latency":
        return 2 + 0.1 * case + 0.05 * ((night + attempt) % 3)
    failed = case < 3 and (night + attempt) % 2 == 0 and case <= night % 4
    return "NO" if failed else "YES"
