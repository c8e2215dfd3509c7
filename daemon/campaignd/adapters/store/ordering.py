"""Executions that somebody orders: each request makes one, however often it comes."""

from datetime import datetime

from sqlmodel import Session, col, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.executions import ask_to_stop, create_execution
from campaignd.adapters.store.tables import ExecutionRow, IdempotencyRow
from campaignd.core.execution import Cause, Execution
from campaignd.core.orders import Claim, KeyReused
from campaignd.core.states import ExecutionState
from campaignd.engine.records import NewExecution

GROUP = "replace_group"
"""The label that names an execution's group."""


class Ordering:
    """Creates executions for requests that may come twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def made_before(self, claim: Claim) -> str | None:
        """Name the execution that an earlier request of this key made. Raises KeyReused."""
        return await self._database.read(lambda session: _made_before(session, claim))

    async def create(
        self, new: NewExecution, claim: Claim | None, group: str | None
    ) -> Execution | str:
        """Create an execution, once for each key; return it, or the id of the one made before.

        Unfinished executions of the campaign in its group are asked to stop. All of it is one
        transaction. Raises KeyReused.
        """
        return await self._database.write(lambda session: _create(session, new, claim, group))


def _made_before(session: Session, claim: Claim) -> str | None:
    row = session.get(IdempotencyRow, (claim.caller, claim.key))
    if row is None:
        return None
    if row.fingerprint != claim.fingerprint:
        raise KeyReused(row.execution)
    return row.execution


def _create(
    session: Session, new: NewExecution, claim: Claim | None, group: str | None
) -> Execution | str:
    if claim is not None and (before := _made_before(session, claim)) is not None:
        return before
    if group is not None:
        _replace(session, new, group)
    if claim is not None:
        session.add(_row(claim, new.id, new.created_at))
    return create_execution(session, new)


def _row(claim: Claim, execution: str, at: datetime) -> IdempotencyRow:
    return IdempotencyRow(
        caller=claim.caller,
        key=claim.key,
        fingerprint=claim.fingerprint,
        execution=execution,
        created_at=at,
    )


def _replace(session: Session, new: NewExecution, group: str) -> None:
    unfinished = select(ExecutionRow.id).where(
        ExecutionRow.campaign == new.campaign,
        ExecutionRow.account == new.account,
        ExecutionRow.state != ExecutionState.FINISHED.value,
        col(ExecutionRow.labels)[GROUP].as_string() == group,
    )
    for execution in session.exec(unfinished).all():
        reason = f"{Cause.CANCELLED.value}: replaced by {new.id}"
        ask_to_stop(session, execution, Cause.CANCELLED, new.created_at, reason=reason)
