"""The tables. Rows, not domain values: `records` turns one into the other."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKeyConstraint, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from campaignd.adapters.store.columns import UtcTime


def _time(*, nullable: bool = True) -> Any:
    return Field(default=None, sa_type=UtcTime, nullable=nullable)


class InstallationRow(SQLModel, table=True):
    """One row: who this database is, as Coval's tags know it."""

    __tablename__ = "installation"

    id: str = Field(primary_key=True)
    created_at: datetime = _time(nullable=False)


class AccountRow(SQLModel, table=True):
    """One row a vendor account: locked while a launch is weighed against shared limits."""

    __tablename__ = "account"

    name: str = Field(primary_key=True)
    weighed: int = 0


class RevisionRow(SQLModel, table=True):
    """A campaign file's content."""

    __tablename__ = "revision"

    sha256: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)


class ExecutionRow(SQLModel, table=True):
    __tablename__ = "execution"
    __table_args__ = (
        Index("ix_execution_campaign", "campaign", "id"),
        Index("ix_execution_state", "state"),
    )

    id: str = Field(primary_key=True)
    campaign: str
    trigger: str
    account: str
    revision: str = Field(foreign_key="revision.sha256")
    source: str | None = None
    inputs: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    labels: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    state: str
    epoch: int = 0
    version: int = 0
    owner: str | None = None
    created_at: datetime = _time(nullable=False)
    deadline: datetime = _time(nullable=False)
    started_at: datetime | None = _time()
    finished_at: datetime | None = _time()
    given_up: str | None = None
    given_up_at: datetime | None = _time()
    verdict: str | None = None
    exit_status: int | None = None
    reason: str = Field(default="", sa_type=Text)
    notes: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    gates: list[Any] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    requests: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    pruned_at: datetime | None = _time()


class ResourceRow(SQLModel, table=True):
    """What preflight read of something the campaign refers to, as it was then."""

    __tablename__ = "resource"

    execution: str = Field(primary_key=True, foreign_key="execution.id")
    kind: str = Field(primary_key=True)
    vendor_id: str = Field(primary_key=True)
    name: str
    version: str | None = None
    update_time: datetime | None = _time()
    cases: int | None = None


class CellRow(SQLModel, table=True):
    __tablename__ = "cell"

    execution: str = Field(primary_key=True, foreign_key="execution.id")
    number: int = Field(primary_key=True)
    key: str
    plan: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    simulations: int


class LaunchRow(SQLModel, table=True):
    __tablename__ = "launch"
    __table_args__ = (
        ForeignKeyConstraint(["execution", "cell"], ["cell.execution", "cell.number"]),
        Index("ix_launch_execution", "execution"),
        Index("ix_launch_state", "state"),
        Index("ix_launch_run", "run_id"),
        Index("ix_launch_sending_at", "sending_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    execution: str
    cell: int
    attempt: int
    key: str = Field(unique=True)
    state: str
    sends: int = 0
    run_id: str | None = None
    sending_at: datetime | None = _time()
    quiet_from: datetime | None = _time()
    launched_at: datetime | None = _time()
    begun_at: datetime | None = _time()
    moved_at: datetime | None = _time()
    ended_at: datetime | None = _time()
    run_status: str | None = None
    progress_total: int = 0
    progress_completed: int = 0
    progress_failed: int = 0
    progress_in_progress: int = 0
    given_up: str | None = None
    error: str | None = Field(default=None, sa_type=Text)
    aggregates: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class DuplicateRow(SQLModel, table=True):
    """A second run of a launch: never wanted, cancelled, recorded."""

    __tablename__ = "duplicate"

    run_id: str = Field(primary_key=True)
    launch: int = Field(foreign_key="launch.id", index=True)
    found_at: datetime = _time(nullable=False)
    ended_at: datetime | None = _time()


class SimulationRow(SQLModel, table=True):
    __tablename__ = "simulation"

    launch: int = Field(primary_key=True, foreign_key="launch.id")
    simulation_id: str = Field(primary_key=True)
    mutation_id: str | None = None
    variant: str
    test_case: str | None = None
    status: str
    created_at: datetime = _time(nullable=False)
    error: str | None = Field(default=None, sa_type=Text)


class ValueRow(SQLModel, table=True):
    """One value: a number, a text or a set of texts; a row without any says "missing"."""

    __tablename__ = "value"

    launch: int = Field(primary_key=True, foreign_key="launch.id")
    simulation_id: str = Field(primary_key=True)
    metric_id: str = Field(primary_key=True)
    number: float | None = None
    text: str | None = Field(default=None, sa_type=Text)
    texts: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class ExplanationRow(SQLModel, table=True):
    """A judge's words on one metric of one simulation."""

    __tablename__ = "explanation"

    execution: str = Field(primary_key=True, foreign_key="execution.id")
    simulation_id: str = Field(primary_key=True)
    metric_id: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)


class TitleRow(SQLModel, table=True):
    """What Coval calls a test case."""

    __tablename__ = "title"

    test_case: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)


class ScoreRow(SQLModel, table=True):
    """A Cotool agent run as it was when an execution read it."""

    __tablename__ = "score"

    execution: str = Field(primary_key=True, foreign_key="execution.id")
    agent: str = Field(primary_key=True)
    run_id: str = Field(primary_key=True)
    read_at: datetime = _time(nullable=False)
    data: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class AgentLockRow(SQLModel, table=True):
    """A Cotool agent that one execution has to itself."""

    __tablename__ = "agent_lock"

    agent_id: str = Field(primary_key=True)
    execution: str = Field(foreign_key="execution.id", index=True)


class DeliveryRow(SQLModel, table=True):
    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_due", "state", "next_attempt_at"),)

    id: str = Field(primary_key=True)
    execution: str = Field(foreign_key="execution.id", index=True)
    event: str
    format: str
    url: str | None = None
    url_secret: str | None = None
    secret: str | None = None
    body: str = Field(sa_type=Text)
    state: str
    attempts: int = 0
    created_at: datetime = _time(nullable=False)
    next_attempt_at: datetime | None = _time()
    delivered_at: datetime | None = _time()
    detail: str | None = None


class EventRow(SQLModel, table=True):
    """One state move; rows are only ever added."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_execution", "execution", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    execution: str
    subject: str
    old: str | None = None
    new: str
    at: datetime = _time(nullable=False)
    reason: str = Field(default="", sa_type=Text)


class PinRow(SQLModel, table=True):
    """The execution that a person chose as baseline of a campaign, on one account."""

    __tablename__ = "pin"

    campaign: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    execution: str = Field(foreign_key="execution.id")
    pinned_at: datetime = _time(nullable=False)


class ComparedFileRow(SQLModel, table=True):
    """A table that gates compare with, as it was when an execution was created: zlib of it."""

    __tablename__ = "compared_file"

    sha256: str = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)


class ComparisonRow(SQLModel, table=True):
    """What an execution is compared with: an execution, a file, or (neither) nothing.

    `source` and `name` are those of a gate's `than`. `other` may have been pruned since.
    """

    __tablename__ = "comparison"

    execution: str = Field(primary_key=True, foreign_key="execution.id")
    source: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    other: str | None = None
    title: str = ""
    file: str | None = Field(default=None, foreign_key="compared_file.sha256")


class ScheduleLineRow(SQLModel, table=True):
    """Since when a cron line of a campaign is known; nothing before that is caught up."""

    __tablename__ = "schedule_line"

    campaign: str = Field(primary_key=True)
    cron: str = Field(primary_key=True)
    timezone: str = Field(primary_key=True)
    known_since: datetime = _time(nullable=False)


class SchedulePauseRow(SQLModel, table=True):
    """A campaign whose schedule is paused."""

    __tablename__ = "schedule_pause"

    campaign: str = Field(primary_key=True)
    paused_at: datetime = _time(nullable=False)


class ScheduleMomentRow(SQLModel, table=True):
    """What became of a cron moment, un-jittered: an execution, or why there is none.

    Its key is what makes a moment create at most one execution. That may have been pruned since.
    """

    __tablename__ = "schedule_moment"

    campaign: str = Field(primary_key=True)
    moment: datetime = Field(sa_type=UtcTime, primary_key=True)
    decided_at: datetime = _time(nullable=False)
    execution: str | None = None
    reason: str = Field(default="", sa_type=Text)


class TokenRow(SQLModel, table=True):
    """A token of the API: of its secret only the SHA-256. Rows stay when it is revoked."""

    __tablename__ = "token"

    id: str = Field(primary_key=True)
    name: str = Field(index=True)
    digest: str
    scopes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    campaigns: list[str] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = _time(nullable=False)
    expires_at: datetime | None = _time()
    revoked_at: datetime | None = _time()


class IdempotencyRow(SQLModel, table=True):
    """What a caller's Idempotency-Key created. That may have been pruned since.

    `caller` is the id of a token or "loopback", `fingerprint` the SHA-256 of route and body.
    """

    __tablename__ = "idempotency"

    caller: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    execution: str
    created_at: datetime = _time(nullable=False)


class LastGoodRow(SQLModel, table=True):
    """What a campaign file of the service's folder last held without mistakes."""

    __tablename__ = "last_good"

    source: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
