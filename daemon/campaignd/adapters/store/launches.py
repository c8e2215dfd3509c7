"""Launches in the database: the intent, the limits, the moves."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.moves import Move, confirm, log, swap
from campaignd.adapters.store.rows import changed, launch_columns
from campaignd.adapters.store.tables import (
    AccountRow,
    CellRow,
    DuplicateRow,
    ExecutionRow,
    LaunchRow,
)
from campaignd.core.execution import Execution, Launch, launch_key
from campaignd.core.states import ON_COVAL, LaunchState
from campaignd.engine.records import Allowance, Intent, Refusal

ACCOUNT = "coval"


class Launches:
    """Weighs, moves and adds launches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(
        self, execution: Execution, launch: Launch, intent: Intent, allowance: Allowance
    ) -> Launch | Refusal:
        """Weigh the launch against all shared limits and store the intent, or say why not."""
        return await self._database.write(
            lambda session: _reserve(session, execution, launch, intent, allowance)
        )

    async def move(
        self, execution: Execution, old: Launch, new: Launch, at: datetime, reason: str = ""
    ) -> bool:
        """Write what differs if state and sends are still the old ones; false if they are not."""
        return await self._database.write(
            lambda session: _move(session, execution, _Step(old, new, at, reason))
        )

    async def add_attempt(self, execution: Execution, failed: Launch, at: datetime) -> None:
        """Plan the next attempt of a cell, under a key of its own."""
        await self._database.write(lambda session: _add_attempt(session, execution, failed, at))

    async def record_duplicate(
        self, execution: Execution, launch: Launch, run_id: str, at: datetime
    ) -> None:
        """Remember a second run of a launch; knowing it already changes nothing."""
        await self._database.write(
            lambda session: _record_duplicate(session, execution, launch, run_id, at)
        )

    async def close_duplicate(self, execution: Execution, run_id: str, at: datetime) -> None:
        """Note that a second run was ended on Coval."""
        await self._database.write(lambda session: _close_duplicate(session, execution, run_id, at))

    async def simulations_since_midnight(self, now: datetime, account: str) -> int:
        """Count what launches of all campaigns have cost an account since midnight, UTC."""
        return await self._database.read(
            lambda session: session.exec(
                _sent(account).where(col(LaunchRow.sending_at) >= _midnight(now))
            ).one()
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """A launch before and after, when and why."""

    old: Launch
    new: Launch
    at: datetime
    reason: str


def _move(session: Session, execution: Execution, step: _Step) -> bool:
    confirm(session, execution)
    old, new = step.old, step.new
    values = changed(launch_columns(old), launch_columns(new))
    statement = (
        update(LaunchRow)
        .where(
            col(LaunchRow.id) == old.id,
            col(LaunchRow.state) == old.state.value,
            # A launch that was sent again may be in the same state as before: not the same doubt.
            col(LaunchRow.sends) == old.sends,
        )
        .values(**values)
    )
    if values and not swap(session, statement):
        return False
    log(
        session,
        Move(
            execution=execution.id,
            subject=f"launch {old.key}",
            old=old.state,
            new=new.state,
            at=step.at,
            reason=step.reason,
            campaign=execution.campaign,
            cell=old.cell.key,
        ),
    )
    return True


def _reserve(
    session: Session, execution: Execution, launch: Launch, intent: Intent, allowance: Allowance
) -> Launch | Refusal:
    confirm(session, execution)
    # An execution is told to stop by others, who raise no epoch.
    if session.get_one(ExecutionRow, execution.id).given_up is not None:
        return Refusal("the execution was told to stop", for_good=False)
    _lock_account(session)
    refusal = _weigh(session, execution, launch, intent, allowance)
    if refusal is not None:
        return refusal
    sending = replace(
        launch,
        state=LaunchState.SENDING,
        sends=launch.sends + 1,
        sending_at=intent.at,
        quiet_from=intent.quiet_from,
    )
    if _move(session, execution, _Step(launch, sending, intent.at, f"send {sending.sends}")):
        return sending
    return Refusal("somebody else moved this launch", for_good=False)


def _lock_account(session: Session) -> None:
    """Make all who weigh take turns; on SQLite the transaction does so anyway."""
    statement = (
        update(AccountRow)
        .where(col(AccountRow.name) == ACCOUNT)
        .values(weighed=col(AccountRow.weighed) + 1)
    )
    if not swap(session, statement):
        session.add(AccountRow(name=ACCOUNT, weighed=1))
        session.flush()


def _weigh(
    session: Session, execution: Execution, launch: Launch, intent: Intent, allowance: Allowance
) -> Refusal | None:
    others = (
        select(func.count())
        .select_from(LaunchRow)
        .join(ExecutionRow, col(ExecutionRow.id) == col(LaunchRow.execution))
        .where(
            col(ExecutionRow.account) == execution.account,
            col(LaunchRow.state).in_([state.value for state in ON_COVAL]),
            col(LaunchRow.id) != launch.id,
        )
    )
    if session.exec(others).one() >= allowance.account_runs_in_flight:
        return Refusal("all runs in flight that the account allows", for_good=False)
    mine = others.where(col(LaunchRow.execution) == execution.id)
    if session.exec(mine).one() >= allowance.runs_in_flight:
        return Refusal("all runs in flight that the campaign allows", for_good=False)
    return _weigh_budgets(session, execution, launch, intent, allowance)


def _weigh_budgets(
    session: Session, execution: Execution, launch: Launch, intent: Intent, allowance: Allowance
) -> Refusal | None:
    wanted = launch.cell.simulations or 0
    sent = _sent(execution.account).where(col(LaunchRow.id) != launch.id)
    spent = session.exec(sent.where(col(LaunchRow.execution) == execution.id)).one()
    if spent + wanted > allowance.campaign_simulations:
        return Refusal(
            f"{spent} of {allowance.campaign_simulations} simulations (limits.simulations) are "
            f"spent; this attempt needs {wanted}",
            for_good=True,
        )
    if allowance.simulations_per_day is None:
        return None
    today = sent.where(col(LaunchRow.sending_at) >= _midnight(intent.at))
    if session.exec(today).one() + wanted > allowance.simulations_per_day:
        return Refusal("the day's budget of simulations is spent", for_good=False)
    return None


def _sent(account: str) -> Any:
    """Select the sum of the simulations of all launches that were ever sent on an account."""
    return (
        select(func.coalesce(func.sum(CellRow.simulations), 0))
        .join(
            LaunchRow,
            (col(LaunchRow.execution) == col(CellRow.execution))
            & (col(LaunchRow.cell) == col(CellRow.number)),
        )
        .join(ExecutionRow, col(ExecutionRow.id) == col(LaunchRow.execution))
        .where(col(LaunchRow.sends) > 0, col(ExecutionRow.account) == account)
    )


def _midnight(moment: datetime) -> datetime:
    return moment - timedelta(
        hours=moment.hour,
        minutes=moment.minute,
        seconds=moment.second,
        microseconds=moment.microsecond,
    )


def _add_attempt(session: Session, execution: Execution, failed: Launch, at: datetime) -> None:
    confirm(session, execution)
    attempt = failed.attempt + 1
    key = launch_key(execution.id, failed.cell.number, attempt)
    if session.exec(select(LaunchRow).where(LaunchRow.key == key)).first() is not None:
        return
    session.add(
        LaunchRow(
            execution=execution.id,
            cell=failed.cell.number,
            attempt=attempt,
            key=key,
            state=LaunchState.PLANNED,
        )
    )
    log(
        session,
        Move(
            execution=execution.id,
            subject=f"launch {key}",
            old=None,
            new=LaunchState.PLANNED,
            at=at,
            reason="run failed",
            campaign=execution.campaign,
            cell=failed.cell.key,
        ),
    )


def _record_duplicate(
    session: Session, execution: Execution, launch: Launch, run_id: str, at: datetime
) -> None:
    confirm(session, execution)
    if session.get(DuplicateRow, run_id) is None:
        session.add(DuplicateRow(run_id=run_id, launch=launch.id, found_at=at))


def _close_duplicate(session: Session, execution: Execution, run_id: str, at: datetime) -> None:
    confirm(session, execution)
    row = session.get(DuplicateRow, run_id)
    if row is not None and row.ended_at is None:
        row.ended_at = at
        session.add(row)
