"""Executions for those who look: filtered lists, whose each is, and whether one has moved."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.events import Event, read_events
from campaignd.adapters.store.listing import list_executions, summarize
from campaignd.adapters.store.tables import EventRow, ExecutionRow
from campaignd.core.browsing import Filter, Mark
from campaignd.core.states import ExecutionState
from campaignd.engine.records import Summary


class Browsing:
    """Reads what was stored, as callers of the API ask for it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, wanted: Filter) -> Sequence[Summary]:
        """List executions, the newest first."""
        return await self._database.read(lambda session: list_executions(session, wanted))

    async def newest(self, campaigns: Collection[str]) -> Mapping[str, Summary]:
        """Read the last execution of each campaign that has one."""
        return await self._database.read(lambda session: _newest(session, campaigns))

    async def campaign_of(self, execution: str) -> str | None:
        """Name the campaign of an execution; None if there is no such execution."""
        query = select(ExecutionRow.campaign).where(ExecutionRow.id == execution)
        return await self._database.read(lambda session: session.exec(query).first())

    async def events(self, execution: str, after: int) -> Sequence[tuple[int, Event]]:
        """Read the log of an execution behind an event's number, oldest first."""
        return await self._database.read(lambda session: read_events(session, execution, after))

    async def marks(self, executions: Collection[str]) -> Mapping[str, Mark]:
        """Tell how executions stand; those that do not exist are left out."""
        return await self._database.read(lambda session: _marks(session, executions))


def _newest(session: Session, campaigns: Collection[str]) -> Mapping[str, Summary]:
    last = (
        select(func.max(ExecutionRow.id))
        .where(col(ExecutionRow.campaign).in_(campaigns))
        .group_by(ExecutionRow.campaign)
    )
    rows = session.exec(select(ExecutionRow).where(col(ExecutionRow.id).in_(last))).all()
    return {each.execution.campaign: each for each in summarize(session, rows)}


def _marks(session: Session, executions: Collection[str]) -> Mapping[str, Mark]:
    last_event = (
        select(func.max(EventRow.id)).where(EventRow.execution == ExecutionRow.id).scalar_subquery()
    )
    query = select(ExecutionRow.id, ExecutionRow.state, ExecutionRow.version, last_event).where(
        col(ExecutionRow.id).in_(executions)
    )
    return {
        execution: Mark(ExecutionState(state), version, event or 0)
        for execution, state, version, event in session.exec(query)
    }
