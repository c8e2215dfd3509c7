"""The values that pass between the engine and its store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from campaignd.core.cotool import AgentRun
from campaignd.core.coval import Aggregate, Simulation, Value
from campaignd.core.evidence import Evidence
from campaignd.core.execution import Duplicate, Execution, Launch
from campaignd.core.gates.than import Than
from campaignd.core.plan import Cell
from campaignd.core.report import GateReport
from campaignd.core.states import DeliveryState
from campaignd.core.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class ResourceSeen:
    """What preflight read of something that the campaign refers to, as it was then."""

    kind: str
    vendor_id: str
    name: str
    version: str | None = None
    update_time: datetime | None = None
    cases: int | None = None


@dataclass(frozen=True, slots=True)
class NewExecution:
    """Everything that one transaction stores when an execution is created."""

    id: str
    campaign: str
    trigger: str
    revision: str
    text: str
    source: str | None
    inputs: Mapping[str, str]
    labels: Mapping[str, str]
    owner: str
    created_at: datetime
    deadline: datetime
    cells: tuple[Cell, ...]
    account: str = ""
    resources: tuple[ResourceSeen, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    compared: "Mapping[Than, ComparedFile]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """An execution with all its launches, ordered by cell and attempt, and their second runs.

    `version` counts what its driver wrote: while it stays, launches and second runs do.
    """

    execution: Execution
    launches: tuple[Launch, ...]
    duplicates: tuple[Duplicate, ...] = ()
    version: int = 0

    @property
    def open_duplicates(self) -> tuple[Duplicate, ...]:
        return tuple(duplicate for duplicate in self.duplicates if duplicate.ended_at is None)

    @property
    def is_settled(self) -> bool:
        """Whether nothing of it may be going on, and nothing is to be collected."""
        return not self.open_duplicates and all(launch.is_settled for launch in self.launches)


@dataclass(frozen=True, slots=True)
class Rival:
    """An execution that another one waits for; abandoned if no living process drives it."""

    execution: str
    is_abandoned: bool


@dataclass(frozen=True, slots=True)
class Intent:
    """A POST about to be made: stored before it, void after `quiet_from`."""

    at: datetime
    quiet_from: datetime


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits a launch is weighed against; None is no limit."""

    runs_in_flight: int
    campaign_simulations: int
    account_runs_in_flight: int
    simulations_per_day: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A launch that may not be sent. `for_good`: waiting does not help."""

    reason: str
    for_good: bool


@dataclass(frozen=True, slots=True)
class Message:
    """A webhook message to store in the outbox; `body` is what is signed and sent."""

    id: str
    event: str
    format: str
    url: str | None
    url_secret: str | None
    secret: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an execution ends with."""

    verdict: Verdict
    exit_status: int
    reason: str
    gates: tuple[GateReport, ...] = ()
    notes: tuple[str, ...] = ()
    requests: Mapping[str, int] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """What a run has not delivered: simulations of its `output_ids` or plan, and values."""

    simulations: int
    values: int


@dataclass(frozen=True, slots=True)
class MeasuredLaunch:
    """The stored results of one launch; `values` by simulation id, then metric id."""

    launch: Launch
    simulations: Sequence[Simulation]
    values: Mapping[str, Mapping[str, Value]]
    aggregates: Mapping[str, Aggregate]


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything stored of an execution's results; scores by the campaign's agent names."""

    launches: tuple[MeasuredLaunch, ...]
    scores: Mapping[str, Sequence[AgentRun]] = field(default_factory=dict)
    explanations: Mapping[tuple[str, str], str] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    resources: tuple[ResourceSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook message to one address, and how far it came."""

    id: str
    execution: str
    event: str
    format: str
    url: str | None
    url_secret: str | None
    secret: str | None
    body: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of a list of executions."""

    execution: Execution
    gates: int
    gates_failed: int
    simulations: int


@dataclass(frozen=True, slots=True)
class Tabled:
    """One execution's evidence as a table had it; `execution` is None where it has no such column.

    `notes` say what of the table was left out.
    """

    execution: str | None
    evidence: Evidence
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedFile:
    """A table that gates compare with. `title` is its path, as it was given."""

    title: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was chosen to compare with: an execution, a stored file, or (neither) nothing."""

    execution: str | None = None
    file: ComparedFile | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """Which executions may serve as baseline of another one, and as its past.

    Finished not later than `until`, and created since `since`; `account` keeps made-up numbers of
    a sandbox and real ones apart.
    """

    campaign: str
    account: str
    until: datetime
    besides: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    since: datetime | None = None
