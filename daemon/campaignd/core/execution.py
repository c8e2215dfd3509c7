"""An execution and its launches, as the store keeps them and the engine decides on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from campaignd.core.coval import Progress, RunStatus
from campaignd.core.plan import Cell
from campaignd.core.states import LAUNCH_ENDS, ON_COVAL, ExecutionState, LaunchState
from campaignd.core.verdicts import Verdict

TAG_PREFIX = "cd-"


class Cause(StrEnum):
    """Why something was given up."""

    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    EXECUTION_TIMEOUT = "timeout"
    QUEUE_TIMEOUT = "queue_timeout"
    STALL_TIMEOUT = "stall_timeout"
    RUN_TIMEOUT = "run_timeout"
    KEY_REFUSED = "key_refused"
    FAILURE = "failure"

    @property
    def is_timeout(self) -> bool:
        return self.value.endswith("timeout")


@dataclass(frozen=True, slots=True)
class Execution:
    """One go through a campaign.

    `account` is the Coval account that it was begun on: what was launched on one must not be
    searched, and so launched again, on another.
    `epoch` rises with every take-over; a writer with an older one has lost the execution.
    `given_up` is why it was told to stop, if it was. Since `pruned_at` what it measured is gone.
    """

    id: str
    campaign: str
    trigger: str
    revision: str
    source: str | None
    inputs: Mapping[str, str]
    labels: Mapping[str, str]
    state: ExecutionState
    epoch: int
    owner: str | None
    created_at: datetime
    deadline: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    given_up: Cause | None = None
    given_up_at: datetime | None = None
    account: str = ""
    verdict: Verdict | None = None
    exit_status: int | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
    pruned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """One attempt to have Coval run a cell.

    `sends` counts POSTs under this key. `sending_at` is when the latest intent was stored,
    `quiet_from` from when on no POST of ours can still be on its way (its hard deadline, or a
    take-over). `begun_at` is when the run was first seen to have started, `moved_at` when
    something of it last finished.
    """

    id: int
    execution: str
    cell: Cell
    attempt: int
    key: str
    state: LaunchState
    sends: int = 0
    run_id: str | None = None
    sending_at: datetime | None = None
    quiet_from: datetime | None = None
    launched_at: datetime | None = None
    begun_at: datetime | None = None
    moved_at: datetime | None = None
    ended_at: datetime | None = None
    run_status: RunStatus | None = None
    progress: Progress = field(default_factory=Progress)
    given_up: Cause | None = None
    error: str | None = None

    @property
    def is_settled(self) -> bool:
        return self.state in LAUNCH_ENDS

    @property
    def is_on_coval(self) -> bool:
        return self.state in ON_COVAL


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A second run of a launch: never wanted. Until `ended_at` it may be going on, and cost."""

    launch: Launch
    run_id: str
    found_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what. `grace`: from a launch's quiet moment until it is sent again."""

    grace: timedelta = timedelta(seconds=60)
    values_wait: timedelta = timedelta(minutes=2)
    settling: timedelta = timedelta(seconds=30)


def tag_of(execution: str) -> str:
    """Return the tag that every run of an execution carries."""
    return f"{TAG_PREFIX}{execution.lower()}"


def installation_tag(installation: str) -> str:
    """Return the tag that every run of this installation carries."""
    return f"cd-i-{installation.lower()}"


def launch_key(execution: str, cell_number: int, attempt: int) -> str:
    """Make the key of a launch, as it stands in the run's name and metadata."""
    return f"{execution.lower()}-{cell_number}-{attempt}"
