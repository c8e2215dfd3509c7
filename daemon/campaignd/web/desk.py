"""The service as the API knows it: small ports, which the service itself implements.

What they cannot do they say by raising a Problem, or what engine and core raise anyway.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Protocol

from fastapi import Depends, Request

from campaignd.core.browsing import Filter, Mark
from campaignd.core.orders import AS_WRITTEN, Claim, Overrides
from campaignd.core.report import ExecutionReport
from campaignd.web.models.campaigns import (
    Baseline,
    BrokenFile,
    CampaignDetail,
    CampaignLine,
    ScheduleState,
)
from campaignd.web.models.comparisons import Comparison
from campaignd.web.models.deliveries import DeliveryLine
from campaignd.web.models.executions import ExecutionLine, JudgedAgain, Move, Progress
from campaignd.web.models.orders import JudgeBody

Sees = Callable[[str], bool]
"""Whether a caller may know of a campaign."""


@dataclass(frozen=True, slots=True)
class Order:
    """An execution that somebody wants; `by` names who."""

    by: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    options: Overrides = AS_WRITTEN
    replace_group: str | None = None
    claim: Claim | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """A campaign file's content, and which campaigns its sender may see."""

    text: str
    source: str
    sees: Sees


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of an order; `is_repeat` if an earlier request with its key made the execution."""

    report: ExecutionReport
    is_repeat: bool = False


class CampaignDesk(Protocol):
    """The campaigns that the service has."""

    def known(self) -> Collection[str]:
        """Name the campaigns that the service has."""

    async def list(self, sees: Sees) -> Sequence[CampaignLine]: ...

    def broken(self) -> Sequence[BrokenFile]: ...

    async def find(self, name: str) -> CampaignDetail:
        """Show a campaign that is known."""

    async def names(self) -> Collection[str]:
        """Name all campaigns that were ever run."""

    async def pin(self, name: str, execution: str) -> Sequence[Baseline]:
        """Compare with an execution from now on. Raises Problem where it cannot be."""

    async def unpin(self, name: str) -> Sequence[Baseline]:
        """Leave the choice to the campaign's rule again. Raises Problem."""

    async def pause(self, name: str) -> ScheduleState:
        """Let a campaign's moments pass. Raises Problem where it has no schedule."""

    async def resume(self, name: str) -> ScheduleState:
        """Keep a campaign's moments from now on. Raises Problem where it has no schedule."""


class OrderDesk(Protocol):
    """Where executions are ordered. Nothing is half done: an order is stored whole, or not."""

    async def trigger(self, campaign: str, order: Order) -> Placed:
        """Run a campaign of the service. Raises Problem, CampaignInvalid, VendorFault."""

    async def submit(self, submission: Submission, order: Order) -> Placed:
        """Run a campaign from its text. Raises Problem, CampaignInvalid, VendorFault."""


class ExecutionDesk(Protocol):
    """Executions, going on and past."""

    async def campaign_of(self, execution: str) -> str | None:
        """Name the campaign of an execution; None if there is no such execution."""

    async def list(self, wanted: Filter) -> Sequence[ExecutionLine]:
        """List executions, the newest first."""

    async def report(self, execution: str) -> ExecutionReport: ...

    async def moves(self, execution: str, after: int) -> Sequence[tuple[int, Move]]:
        """Read the log after an event's number, oldest first, each line with its number."""

    async def progress(self, execution: str) -> Progress: ...

    async def change(self, execution: str, since: Mark | None) -> Mark:
        """Wait until an execution stands otherwise than it did; None does not wait."""

    async def cancel(self, execution: str) -> bool:
        """Ask whoever drives it to stop; false if it was over."""

    async def judge(self, execution: str, gates: JudgeBody, sees: Sees) -> JudgedAgain:
        """Judge what is stored again; nothing changes. Raises Problem, CampaignInvalid."""

    async def compare(self, base: str, new: str) -> Comparison: ...


class DeliveryDesk(Protocol):
    """Webhook messages."""

    async def list(self, sees: Sees, limit: int) -> Sequence[DeliveryLine]: ...

    async def find(self, delivery: str) -> DeliveryLine | None: ...

    async def retry(self, delivery: str) -> Sequence[DeliveryLine]:
        """Make a message due, and what was held back at its address. Raises Problem."""


class HealthDesk(Protocol):
    async def why_not_ready(self) -> str | None:
        """Say why the service cannot work; None if it can."""


class HookBell(Protocol):
    """Hears from Coval that a run has ended."""

    def is_right(self, secret: str) -> bool:
        """Whether the secret part of the path is ours; in constant time."""

    async def ring(self, run_id: str) -> None:
        """Have the run looked at soon."""


class Gauges(Protocol):
    """The metrics of the service."""

    async def render(self) -> tuple[bytes, str]:
        """Return the page and its media type."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that routes ask of the service. `render` draws a report in a format."""

    campaigns: CampaignDesk
    orders: OrderDesk
    executions: ExecutionDesk
    deliveries: DeliveryDesk
    health: HealthDesk
    bell: HookBell
    gauges: Gauges
    render: Callable[[ExecutionReport, str], str]


def _desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(_desk_of)]
"""The desk, for a route's parameters."""
