"""Looking back: lists of executions, and what reports are made of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.events import Event, read_events
from campaignd.adapters.store.listing import list_executions
from campaignd.adapters.store.tables import (
    DeliveryRow,
    DuplicateRow,
    ExecutionRow,
    InstallationRow,
    LaunchRow,
    RevisionRow,
)
from campaignd.core.browsing import Filter
from campaignd.core.report import GateReport
from campaignd.core.states import LAUNCH_ENDS, UNDER_WAY, DeliveryState, ExecutionState, LaunchState
from campaignd.engine.records import Summary


@dataclass(frozen=True, slots=True)
class CollectedRun:
    """A run whose results are stored, and the execution that paid for it."""

    run_id: str
    execution: str
    account: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A webhook message that its receiver does not have; `detail` says what the last try gave."""

    execution: str
    state: DeliveryState
    attempts: int
    detail: str | None


class History:
    """Reads what was stored; writes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, campaign: str | None, limit: int) -> Sequence[Summary]:
        """List executions, the newest first."""
        wanted = Filter(campaigns=None if campaign is None else {campaign}, limit=limit)
        return await self._database.read(lambda session: list_executions(session, wanted))

    async def find(self, prefix: str) -> Sequence[str]:
        """Find the ids that begin with a prefix, letter case aside."""
        return await self._database.read(lambda session: _find(session, prefix))

    async def campaigns(self) -> Sequence[str]:
        """List the names of all campaigns that were ever run."""
        names = select(ExecutionRow.campaign).distinct().order_by(col(ExecutionRow.campaign))
        return await self._database.read(lambda session: session.exec(names).all())

    async def unfinished(self) -> Sequence[str]:
        """Find executions without a verdict, or with something on Coval that is not settled."""
        return await self._database.read(_unfinished)

    async def revision(self, sha256: str) -> str:
        """Read a campaign file's content."""
        return await self._database.read(lambda session: session.get_one(RevisionRow, sha256).text)

    async def gates(self, execution_id: str) -> Sequence[GateReport]:
        """Read the stored gate results."""
        return await self._database.read(lambda session: _gates(session, execution_id))

    async def requests(self, execution_id: str) -> Mapping[str, int]:
        """Read how many requests an execution cost, by vendor."""
        return await self._database.read(
            lambda session: session.get_one(ExecutionRow, execution_id).requests
        )

    async def events(self, execution_id: str) -> Sequence[Event]:
        """Read the log of an execution, oldest first."""
        found = await self._database.read(lambda session: read_events(session, execution_id))
        return [event for _, event in found]

    async def installation(self) -> str | None:
        """Read who this database is to Coval; None before its first use."""
        return await self._database.read(lambda session: session.exec(_INSTALLATION).first())

    async def collected(self, limit: int) -> Sequence[CollectedRun]:
        """List runs that were collected, the last one first."""
        return await self._database.read(lambda session: _collected(session, limit))

    async def known_runs(self, run_ids: Collection[str]) -> frozenset[str]:
        """Return those of some runs that launches of any execution have."""
        return await self._database.read(lambda session: _known_runs(session, run_ids))

    async def undelivered(self, since: datetime) -> Sequence[Undelivered]:
        """List messages on their way, and those made since a moment that were given up."""
        return await self._database.read(lambda session: _undelivered(session, since))


def _find(session: Session, prefix: str) -> Sequence[str]:
    begins = col(ExecutionRow.id).startswith(prefix.upper(), autoescape=True)
    query = select(ExecutionRow.id).where(begins).order_by(col(ExecutionRow.id).desc()).limit(20)
    return list(session.exec(query))


def select_unfinished() -> SelectOfScalar[str]:
    """Select executions without a verdict, or with something on Coval that is not settled."""
    # What is left to do is named, not what is done: an index finds it among years of the rest.
    open_launch = (
        select(LaunchRow.execution)
        .where(col(LaunchRow.state).in_([x.value for x in LaunchState if x not in LAUNCH_ENDS]))
        .distinct()
    )
    unended = select(DuplicateRow.launch).where(col(DuplicateRow.ended_at).is_(None))
    open_duplicate = select(LaunchRow.execution).where(col(LaunchRow.id).in_(unended))
    unfinished = [x.value for x in ExecutionState if x is not ExecutionState.FINISHED]
    return select(ExecutionRow.id).where(
        col(ExecutionRow.state).in_(unfinished)
        | col(ExecutionRow.id).in_(open_launch)
        | col(ExecutionRow.id).in_(open_duplicate)
    )


def _unfinished(session: Session) -> Sequence[str]:
    return list(session.exec(select_unfinished().order_by(col(ExecutionRow.id))))


def _gates(session: Session, execution_id: str) -> Sequence[GateReport]:
    row = session.get_one(ExecutionRow, execution_id)
    return [GateReport.model_validate(gate) for gate in row.gates]


_INSTALLATION = select(InstallationRow.id)


def _collected(session: Session, limit: int) -> Sequence[CollectedRun]:
    query = (
        select(LaunchRow.run_id, ExecutionRow.id, ExecutionRow.account)
        .join(ExecutionRow, col(ExecutionRow.id) == col(LaunchRow.execution))
        .where(LaunchRow.state == LaunchState.COLLECTED.value, col(LaunchRow.run_id).is_not(None))
        .order_by(col(LaunchRow.ended_at).desc(), col(LaunchRow.id).desc())
        .limit(limit)
    )
    return [
        CollectedRun(run_id, execution, account)
        for run_id, execution, account in session.exec(query)
        if run_id is not None
    ]


def _known_runs(session: Session, run_ids: Collection[str]) -> frozenset[str]:
    query = select(LaunchRow.run_id).where(col(LaunchRow.run_id).in_(run_ids))
    return frozenset(run_id for run_id in session.exec(query) if run_id is not None)


def _undelivered(session: Session, since: datetime) -> Sequence[Undelivered]:
    under_way = [state.value for state in UNDER_WAY]
    is_recent = col(DeliveryRow.created_at) >= since
    query = (
        select(DeliveryRow)
        .where(col(DeliveryRow.state) != DeliveryState.DELIVERED.value)
        .where(col(DeliveryRow.state).in_(under_way) | is_recent)
        .order_by(col(DeliveryRow.created_at), col(DeliveryRow.id))
    )
    return [
        Undelivered(row.execution, DeliveryState(row.state), row.attempts, row.detail)
        for row in session.exec(query)
    ]
