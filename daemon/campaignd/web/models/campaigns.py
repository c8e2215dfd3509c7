"""Campaigns, their schedules and baselines."""

from datetime import datetime

from campaignd.core.verdicts import Verdict
from campaignd.web.models.answer import Answer
from campaignd.web.models.executions import ExecutionLine


class CampaignLine(Answer):
    """A campaign of the service. `needs` are inputs that have no default: they must be given."""

    name: str
    description: str | None
    source: str
    revision: str
    needs: tuple[str, ...]
    next_start: datetime | None
    paused_at: datetime | None
    last: ExecutionLine | None


class BrokenFile(Answer):
    """A file that cannot be read as a campaign; its last good revision, if any, stays in force."""

    source: str
    mistakes: tuple[str, ...]


class CampaignList(Answer):
    """`broken` is told to callers who may see all campaigns, and empty for others."""

    campaigns: tuple[CampaignLine, ...]
    broken: tuple[BrokenFile, ...] = ()


class InputNeed(Answer):
    """An input; without a default it must be given."""

    name: str
    default: str | None
    description: str | None


class ScheduleLine(Answer):
    """A cron line with its next five moments, jitter aside; durations in seconds."""

    cron: str
    timezone: str
    jitter: float
    catch_up: str
    catch_up_within: float
    next: tuple[datetime, ...]


class Baseline(Answer):
    """What the next execution on an account is compared with; `pinned_at` if a person chose it."""

    account: str
    execution: str | None
    verdict: Verdict | None
    pinned_at: datetime | None
    rule: str


class BaselineList(Answer):
    campaign: str
    baselines: tuple[Baseline, ...]


class CampaignDetail(CampaignLine):
    """A campaign with its last ten executions.

    Of one that `needs` inputs, labels, overlap and schedule are not known without them.
    """

    labels: dict[str, str]
    inputs: tuple[InputNeed, ...]
    overlap: str | None
    schedule: tuple[ScheduleLine, ...]
    baselines: tuple[Baseline, ...]
    executions: tuple[ExecutionLine, ...]


class ScheduleState(Answer):
    """Whether a campaign's moments pass; `changed` if this request made it so."""

    campaign: str
    paused_at: datetime | None
    changed: bool
