"""Executions that wait for one another, because a Cotool agent is one execution's at a time."""

from collections.abc import Callable, Sequence

from sqlmodel import Session, col, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.tables import AgentLockRow, ExecutionRow
from campaignd.engine.records import Rival


class RivalRows:
    """Finds who is in the way; `is_alive` tells whether an owner's process still lives."""

    def __init__(self, database: Database, is_alive: Callable[[str | None], bool]) -> None:
        self._database = database
        self._is_alive = is_alive

    async def in_the_way(self, execution: str, agent_ids: Sequence[str]) -> Rival | None:
        """Find another execution that has one of these agents to itself."""
        return await self._database.read(lambda session: self._find(session, execution, agent_ids))

    def _find(self, session: Session, execution: str, agent_ids: Sequence[str]) -> Rival | None:
        found = session.exec(
            select(ExecutionRow.id, ExecutionRow.owner)
            .join(AgentLockRow, col(AgentLockRow.execution) == col(ExecutionRow.id))
            .where(col(AgentLockRow.agent_id).in_(agent_ids), ExecutionRow.id != execution)
            .order_by(col(ExecutionRow.id))
        ).first()
        if found is None:
            return None
        holder, owner = found
        return Rival(holder, is_abandoned=not self._is_alive(owner))
