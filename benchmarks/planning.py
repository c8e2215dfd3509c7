"""Expanding a large matrix."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from time import process_time

from measuring import Comparison, Effort, take_turns, timed

from campaignd.core.campaign import Campaign
from campaignd.core.plan import Plan, expand

AGENTS, PERSONAS, TEST_SETS = 20, 20, 50


@dataclass
class Twelve:
    """As many fields as a cell has."""

    number: int
    key: str
    agent: str
    persona: str
    test_set: str
    agent_id: str
    persona_id: str
    test_set_id: str
    metric_ids: tuple[str, ...]
    mutations: tuple[str, ...]
    options: object
    cases: int


def measure(effort: Effort) -> Iterator[Comparison]:
    """Compare the expansion with building as many plain dataclasses in the same three loops."""
    test_sets = effort.of(TEST_SETS)
    campaign = declare(test_sets)
    cells = len(expand(campaign).cells)
    theirs, ours = take_turns(
        effort.repeats,
        partial(timed, lambda: _build_plain(test_sets), process_time),
        partial(timed, lambda: _expand(campaign), process_time),
    )
    yield Comparison(f"plan {cells:,} cells (CPU)", ours, "as many plain dataclasses", theirs)


def declare(test_sets: int) -> Campaign:
    """Declare a campaign in which every combination is a cell."""
    return Campaign.model_validate(
        {
            "version": "1",
            "name": "wide",
            "agents": {f"agent{n}": {"coval": f"{n:022}"} for n in range(AGENTS)},
            "personas": {f"persona{n}": f"{n:022}" for n in range(PERSONAS)},
            "test_sets": {f"set{n}": {"id": f"{n:08}", "cases": "40"} for n in range(test_sets)},
            "metrics": {"resolved": "jN6mN2pSt5aUv8xZ1bCeFf", "latency": "iM5lM1oRs4zTu7wY0aBdEe"},
        }
    )


def _expand(campaign: Campaign) -> Plan:
    return expand(campaign)


def _build_plain(test_sets: int) -> list[Twelve]:
    names = product(range(AGENTS), range(PERSONAS), range(test_sets))
    return [
        Twelve(number, f"{a}/{p}/{t}", "a", "p", "t", "a", "p", "t", (), (), None, 40)
        for number, (a, p, t) in enumerate(names)
    ]
