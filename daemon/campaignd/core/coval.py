"""What Coval says of runs and simulations, as frozen values.

Field meanings follow the public Coval v1 API; an absent or null field is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Value = float | str | frozenset[str] | None
"""A metric's value of one simulation: a number, a text, a set of texts, or missing."""


class RunStatus(StrEnum):
    """The seven documented statuses of runs and simulations, SKIPPED, and any other one."""

    PENDING = "PENDING"
    IN_QUEUE = "IN QUEUE"
    IN_PROGRESS = "IN PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    DELETED = "DELETED"
    SKIPPED = "SKIPPED"
    UNKNOWN = "UNKNOWN"

    @classmethod
    def parse(cls, text: str) -> "RunStatus":
        """Read a vendor's spelling, `IN_PROGRESS` of launch answers included."""
        spelled = text.strip().upper().replace("_", " ")
        return cls(spelled) if spelled in _SPELLINGS else cls.UNKNOWN


_SPELLINGS = frozenset(status.value for status in RunStatus)
FINAL = frozenset(
    {
        RunStatus.COMPLETED,
        RunStatus.FAILED,
        RunStatus.CANCELLED,
        RunStatus.DELETED,
        RunStatus.SKIPPED,
    }
)
"""Statuses that nothing follows. UNKNOWN is not among them: it may be a new way of going on."""

WAITING = frozenset({RunStatus.PENDING, RunStatus.IN_QUEUE})
"""Statuses of a run that has not begun."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A run's own count of its test cases; whether iterations multiply it is not documented."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    in_progress: int = 0


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The older shape of a metric's result: no values, only these."""

    mean: float
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """What a COMPLETED run measured.

    `values` maps metric id to simulation id to value; `aggregates` maps metric id or name to the
    older shape. A run has one or the other. `output_ids` are all its simulations, failed ones too.
    """

    output_ids: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A Coval run. List items may lack tags, launch key, progress and results."""

    run_id: str
    status: RunStatus
    raw_status: str
    create_time: datetime
    update_time: datetime | None = None
    agent_id: str | None = None
    persona_id: str | None = None
    test_set_id: str | None = None
    display_name: str | None = None
    tags: tuple[str, ...] | None = None
    launch_key: str | None = None
    progress: Progress | None = None
    results: Results | None = None
    error: str | None = None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL


@dataclass(frozen=True, slots=True)
class Simulation:
    """One simulated conversation; `mutation_id` is None for the base agent."""

    simulation_id: str
    run_id: str
    status: RunStatus
    raw_status: str
    create_time: datetime
    test_case_id: str | None = None
    mutation_id: str | None = None
    mutation_name: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of a launch; `sample_size` 0 runs all test cases."""

    iterations: int = 1
    concurrency: int = 5
    sample_size: int = 0
    sample_seed: int | None = None
    test_case_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """Everything that `POST /runs` is told."""

    agent_id: str
    persona_id: str
    test_set_id: str
    metric_ids: tuple[str, ...]
    mutation_ids: tuple[str, ...]
    options: RunOptions
    display_name: str
    tags: tuple[str, ...]
    launch_key: str


@dataclass(frozen=True, slots=True)
class RunQuery:
    """Which runs to list, oldest first; conditions are joined by AND."""

    tag: str | None = None
    agent_id: str | None = None
    test_set_id: str | None = None
    created_since: datetime | None = None
    updated_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A named thing that a campaign refers to: agent, persona, test set, test case, mutation.

    `cases` is the number of test cases of a test set; `metric_ids` are an agent's own metrics;
    `deleted` is true where Coval says so.
    """

    id: str
    name: str
    description: str = ""
    update_time: datetime | None = None
    version: str | None = None
    deleted: bool = False
    cases: int | None = None
    metric_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetCondition:
    """A metric's own idea of a good value, as Coval stores it (`eq`, `gte`, `in`, `bt` …)."""

    operator: str
    number: float | None = None
    upper: float | None = None
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricResource:
    """A metric as Coval describes it."""

    id: str
    name: str
    metric_type: str
    description: str = ""
    unit: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    categories: tuple[str, ...] = ()
    target: TargetCondition | None = None
    version: str | None = None
    update_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A judge's words on one metric of one simulation."""

    metric_id: str
    value: Value
    text: str
