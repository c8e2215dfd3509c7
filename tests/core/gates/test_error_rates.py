"""How often gates are wrong, by seeded simulations judged as an execution is.

The truth is put where a wrong answer is likeliest: nothing changed at all for "a drop is proven",
a change of exactly the margin for the rest. The page on gates has a table of what comes out, and
nothing here may come out worse.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from campaignd.core.coval import RunStatus, Value
from campaignd.core.evidence import CellEvidence, CellOutcome, Evidence, SimulationEvidence
from campaignd.core.gates import parse_gate
from campaignd.core.gates.judging import judge_gates
from campaignd.core.metrics import CovalMetric, Metric
from campaignd.core.report import GateReport
from campaignd.core.verdicts import GateVerdict

FloatArray = NDArray[np.float64]
Random = np.random.Generator
Tries = Mapping[str, Sequence[Sequence[Value]]]
"""By variant, the values of each test case's tries."""
Draw = Callable[[Random, int], Tries]
"""Makes an execution with so many test cases."""
Gate = Mapping[str, Any]

PAGE = (Path(__file__).parents[3] / "docs" / "gates.md").read_text(encoding="utf-8")
START = datetime(2026, 11, 2, 8, tzinfo=UTC)
LIKENESS = 0.5
"""How alike tries of a case are: their correlation."""
MEAN = 0.8
_LARGE = 100


@dataclass(frozen=True)
class Scenario:
    """What is true, the gate that is asked, and how many executions are made up."""

    gate: Gate
    draw: Draw
    rounds: int = 600

    def rounds_with(self, cases: int) -> int:
        """Large executions take long: half as many of them."""
        return self.rounds if cases < _LARGE else self.rounds // 2


def answers(rng: Random, shares: FloatArray, tries: int) -> list[list[Value]]:
    passed = rng.random((len(shares), tries)) < shares[:, None]
    return [["YES" if each else "NO" for each in row] for row in passed.tolist()]


def shares_of(rng: Random, cases: int, tries: int) -> FloatArray:
    """What share of its tries each case passes: all the same where each has one try alone."""
    if tries == 1:
        return np.full(cases, MEAN)
    weight = 1 / LIKENESS - 1
    return rng.beta(MEAN * weight, (1 - MEAN) * weight, cases)


def alone(rng: Random, cases: int, *, tries: int) -> Tries:
    return {"base": answers(rng, shares_of(rng, cases, tries), tries)}


def beside(
    rng: Random, cases: int, *, tries: int = 1, change: float = 0.0, mutations: int = 1
) -> Tries:
    """The agent and its mutations, each of which breaks so many cases on average."""
    base = shares_of(rng, cases, tries)
    found = {"base": answers(rng, base, tries)}
    for number in range(mutations):
        broken = rng.random(cases) < -change / MEAN
        found[f"m{number}"] = answers(rng, np.where(broken, 0.0, base), tries)
    return found


def seconds(values: FloatArray) -> list[list[Value]]:
    return [[float(value)] for value in values]


def even(rng: Random, cases: int) -> Tries:
    return {"base": seconds(rng.normal(2, 0.4, cases))}


def skewed(rng: Random, cases: int) -> Tries:
    return {"base": seconds(rng.lognormal(sigma=0.5, size=cases))}


def slower(rng: Random, cases: int, *, by: float) -> Tries:
    own = rng.lognormal(sigma=0.5, size=cases)
    base, new = (own * rng.lognormal(sigma=0.1, size=cases) for _ in range(2))
    return {"base": seconds(base), "m0": seconds(new * (1 + by))}


def no_drop(**options: Any) -> Gate:
    return {"no_drop": "resolved", "than": "base", "rule_out": "20 points", **options}


NOT_WORSE = {"not_worse": "resolved", "than": "base", "allow": "10 points"}
IMPROVES = {"improves": "resolved", "than": "base", "by": "0 points"}
PASS_RATE = {"pass_rate": "resolved", "at_least": "80%", "decide": "proven"}
LATENCY = {"no_drop": "latency", "than": "base", "rule_out": "10%"}
SKEWED = {"mean": "latency", "at_most": float(np.exp(0.125)), "decide": "proven"}
TWENTY = partial(beside, mutations=20)
SCENARIOS = {
    "`no_drop`, one try; nothing changed": Scenario(no_drop(), beside),
    "`no_drop`, three tries; nothing changed": Scenario(no_drop(), partial(beside, tries=3)),
    "`no_drop`, one try; a drop of `rule_out`": Scenario(no_drop(), partial(beside, change=-0.2)),
    "`no_drop`, three tries; a drop of `rule_out`": Scenario(
        no_drop(), partial(beside, tries=3, change=-0.2)
    ),
    "`no_drop` of numbers; nothing changed": Scenario(LATENCY, partial(slower, by=0.0)),
    "`no_drop` of numbers; worse by `rule_out`": Scenario(LATENCY, partial(slower, by=0.1)),
    "`not_worse`, one try; worse by `allow`": Scenario(NOT_WORSE, partial(beside, change=-0.1)),
    "`not_worse`, three tries; worse by `allow`": Scenario(
        NOT_WORSE, partial(beside, tries=3, change=-0.1)
    ),
    "`improves`, one try; no gain": Scenario(IMPROVES, beside),
    "`improves`, three tries; no gain": Scenario(IMPROVES, partial(beside, tries=3)),
    "`pass_rate` proven, one try; just at the threshold": Scenario(
        PASS_RATE, partial(alone, tries=1)
    ),
    "`pass_rate` proven, three tries; just at the threshold": Scenario(
        PASS_RATE, partial(alone, tries=3)
    ),
    "`mean` proven, even numbers; just at the threshold": Scenario(
        {"mean": "latency", "at_most": 2, "decide": "proven"}, even, 2000
    ),
    "`mean` proven, skewed latencies; just at the threshold": Scenario(SKEWED, skewed, 2000),
    "`no_drop` of 20 mutations; nothing changed": Scenario(no_drop(per="mutation"), TWENTY, 200),
    "the same with `correct: none`": Scenario(no_drop(per="mutation", correct="none"), TWENTY, 200),
    "`improves` by any of 5 mutations; no gain": Scenario(
        {**IMPROVES, "per": "mutation", "need": "any"}, partial(beside, mutations=5), 300
    ),
}


def claims() -> Mapping[tuple[str, int], Mapping[str, int]]:
    """What the page claims: by scenario and test cases, wrong answers and in how many of 100."""
    table = PAGE.split("\n## How often gates are wrong\n")[1].split("\n\n| ")[1].split("\n\n")[0]
    head, _, *rows = (line.strip("| ").split(" | ") for line in table.split("\n"))
    sizes = [int(title.split()[0]) for title in head[2:]]
    told: dict[tuple[str, int], dict[str, int]] = {}
    for scenario, wrong, *cells in rows:
        for size, cell in zip(sizes, cells, strict=True):
            if cell != "-":
                told.setdefault((scenario, size), {})[wrong] = int(cell)
    return told


CLAIMS = claims()


def test_the_page_tells_of_every_scenario() -> None:
    assert {scenario for scenario, _ in CLAIMS} == set(SCENARIOS)


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "cases"), list(CLAIMS))
def test_no_gate_is_wrong_more_often_than_the_page_says(
    scenario: str, cases: int, metrics: Mapping[str, Metric]
) -> None:
    found = SCENARIOS[scenario]
    gate = parse_gate(found.gate)
    used = {name: metrics[name] for name in found.gate.values() if name in metrics}
    rng = np.random.default_rng(41)
    counts: Counter[str] = Counter()
    for _ in range(found.rounds_with(cases)):
        evidence = evidence_of(found.draw(rng, cases), next(iter(used)))
        counts.update(answers_of(judge_gates([gate], evidence, used)))
    for wrong, claimed in CLAIMS[scenario, cases].items():
        assert round(100 * counts[wrong] / found.rounds_with(cases)) <= claimed


@pytest.mark.slow
@pytest.mark.parametrize(("cases", "least", "most"), [(40, 0.0, 0.0), (400, 0.6, 1.0)])
def test_the_same_mix_is_seldom_proven_with_few_cases(
    cases: int, least: float, most: float
) -> None:
    gate = parse_gate({"same_mix": "outcome", "than": "base", "allow": "10 points"})
    outcome = {"outcome": CovalMetric.model_validate({"id": "O" * 22})}
    rng = np.random.default_rng(3)
    rounds, counts = 30, Counter[str]()
    for _ in range(rounds):
        evidence = evidence_of(endings(rng, cases), "outcome")
        counts.update(answers_of(judge_gates([gate], evidence, outcome)))
    assert least <= counts["passes"] / rounds <= most


def endings(rng: Random, cases: int) -> Tries:
    words = ["booked", "moved", "gave up"]
    return {
        variant: [[each] for each in rng.choice(words, cases, p=[0.7, 0.2, 0.1]).tolist()]
        for variant in ("base", "m0")
    }


def answers_of(reports: Sequence[GateReport]) -> Iterator[str]:
    """One failed result fails a gate; to pass, all that count must."""
    verdicts = {report.verdict for report in reports if report.blocks}
    if verdicts == {GateVerdict.PASSED}:
        yield "passes"
    if GateVerdict.FAILED in verdicts:
        yield "fails"


def evidence_of(tries: Tries, metric: str) -> Evidence:
    cell = CellEvidence(
        key="checkout/calm/smoke",
        agent="checkout",
        persona="calm",
        test_set="smoke",
        variants=tuple(tries),
        cases_planned=len(tries["base"]),
        iterations=len(tries["base"][0]),
        outcome=CellOutcome.COLLECTED,
    )
    simulations = (
        SimulationEvidence(
            cell=cell.key,
            variant=variant,
            test_case=f"T{case}",
            simulation_id=f"{variant} {case} {number}",
            created_at=START + timedelta(seconds=number),
            status=RunStatus.COMPLETED,
            values={metric: value},
        )
        for variant, cases in tries.items()
        for case, values in enumerate(cases)
        for number, value in enumerate(values)
    )
    return Evidence((cell,), tuple(simulations))
