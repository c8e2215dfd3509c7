"""What an execution measured, frozen before any gate looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from campaignd.core.cotool import AgentRun
from campaignd.core.coval import Aggregate, RunStatus, Value

BASE = "base"
"""The variant that is the agent itself, without a mutation."""


class CellOutcome(StrEnum):
    """How a cell ended, as gates see it.

    LOST: failed to launch, failed as a whole, vanished or was given up. TIMED_OUT: the same,
    because a timeout ended it.
    """

    COLLECTED = "collected"
    LOST = "lost"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True, slots=True)
class CellEvidence:
    """One cell. `cases_planned` test cases each ran `iterations` times per variant.

    `variants` are `base` and the names of the cell's mutations. `attempts` counts all launches,
    `attempts_lost` those that failed or were lost. `aggregates` maps a metric's name in the
    campaign to the older result shape, where that is all that Coval gave.
    """

    key: str
    agent: str
    persona: str
    test_set: str
    variants: tuple[str, ...]
    cases_planned: int
    iterations: int
    outcome: CellOutcome
    attempts: int = 1
    attempts_lost: int = 0
    run_id: str | None = None
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SimulationEvidence:
    """One simulation of a collected cell's last attempt.

    `values` maps a metric's name in the campaign to its value; a metric that was not delivered
    for this simulation is absent or None. `test_case` is None where Coval does not say.
    """

    cell: str
    variant: str
    test_case: str | None
    simulation_id: str
    created_at: datetime
    status: RunStatus
    values: Mapping[str, Value]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ScoreEvidence:
    """One Cotool agent run within the window. `agent` is the campaign's name of the agent."""

    agent: str
    run: AgentRun


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that gates may look at."""

    cells: tuple[CellEvidence, ...]
    simulations: tuple[SimulationEvidence, ...]
    scores: tuple[ScoreEvidence, ...] = ()
    scored: tuple[str, ...] = ()
    """Names of all agents whose Cotool runs were read, those without any run included."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Test case id to a title for people, where known."""
    explanations: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(Simulation id, metric's name) to the judge's words, where fetched."""
    urls: Mapping[str, str] = field(default_factory=dict)
    """Simulation id to a link a person can open, where known."""
