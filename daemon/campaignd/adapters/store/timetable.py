"""Schedules in the database: it alone decides what becomes of a cron moment."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.executions import create_execution
from campaignd.adapters.store.tables import (
    ExecutionRow,
    ScheduleLineRow,
    ScheduleMomentRow,
    SchedulePauseRow,
)
from campaignd.core.execution import Execution
from campaignd.core.schedules import why_not_now
from campaignd.core.states import ExecutionState
from campaignd.engine.records import NewExecution

PAUSED = "the schedule was paused"
Line = tuple[str, str]
"""A cron line and its time zone."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a moment: `execution`, or else the `reason` why there is none."""

    moment: datetime
    decided_at: datetime
    execution: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Booking:
    """A moment of a campaign for which an execution is wanted.

    `left` are executions that are left alone: they are in nobody's way.
    """

    campaign: str
    moment: datetime
    account: str
    overlap: str
    left: Collection[str] = ()


class Timetable:
    """Lines, pauses and decided moments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def learn(
        self, campaign: str, lines: Collection[Line], at: datetime
    ) -> Mapping[Line, datetime]:
        """Remember the lines of a campaign and forget others; return since when each is known."""
        return await self._database.write(lambda session: _learn(session, campaign, lines, at))

    async def forget_all_but(self, campaigns: Collection[str]) -> None:
        """Forget the lines of campaigns that are gone: what comes back is new."""
        gone = delete(ScheduleLineRow).where(col(ScheduleLineRow.campaign).not_in(campaigns))
        await self._database.write(lambda session: session.execute(gone))

    async def known(self) -> Sequence[str]:
        """List the campaigns that have lines."""
        names = select(ScheduleLineRow.campaign).distinct().order_by(ScheduleLineRow.campaign)
        return await self._database.read(lambda session: session.exec(names).all())

    async def pause(self, campaign: str, at: datetime) -> bool:
        """Let a campaign's moments pass; false if it was paused already."""
        return await self._database.write(lambda session: _pause(session, campaign, at))

    async def resume(self, campaign: str, at: datetime) -> bool:
        """Keep a campaign's moments from now on; false if it was not paused."""
        return await self._database.write(lambda session: _resume(session, campaign, at))

    async def paused(self) -> Mapping[str, datetime]:
        """Return which campaigns are paused, and since when."""
        rows = select(SchedulePauseRow)
        found = await self._database.read(lambda session: session.exec(rows).all())
        return {row.campaign: row.paused_at for row in found}

    async def decided(self, campaign: str, moment: datetime) -> bool:
        """Whether it was decided what becomes of a moment."""
        key = (campaign, moment)
        row = await self._database.read(lambda session: session.get(ScheduleMomentRow, key))
        return row is not None

    async def last_decided(self, campaign: str) -> Decided | None:
        """Read what became of a campaign's last moment."""
        return await self._database.read(lambda session: _last_decided(session, campaign))

    async def why_not(self, booking: Booking) -> str | None:
        """Say why a moment is to be skipped, as things stand."""
        return await self._database.read(lambda session: _why_not(session, booking))

    async def skip(self, booking: Booking, reason: str, at: datetime) -> bool:
        """Decide that a moment creates nothing; false if it was decided before."""
        return await self._database.write(
            lambda session: _decide(session, booking, at, None, reason)
        )

    async def book(self, booking: Booking, new: NewExecution) -> Execution | str | None:
        """Create the execution of a moment, or skip it and return why; None if decided before.

        All in one transaction, so that a moment creates at most one execution, whoever asks.
        """
        return await self._database.write(lambda session: _book(session, booking, new))

    async def ahead_of(self, execution: Execution, left: Collection[str] = ()) -> str | None:
        """Find an older, unfinished execution of the same campaign and account, but none `left`."""
        return await self._database.read(lambda session: _ahead_of(session, execution, left))


def _learn(
    session: Session, campaign: str, lines: Collection[Line], at: datetime
) -> Mapping[Line, datetime]:
    rows = session.exec(select(ScheduleLineRow).where(ScheduleLineRow.campaign == campaign)).all()
    known = {(row.cron, row.timezone): row.known_since for row in rows}
    for row in rows:
        if (row.cron, row.timezone) not in lines:
            session.delete(row)
    for cron, timezone in set(lines) - known.keys():
        session.add(
            ScheduleLineRow(campaign=campaign, cron=cron, timezone=timezone, known_since=at)
        )
    return {line: known.get(line, at) for line in lines}


def _pause(session: Session, campaign: str, at: datetime) -> bool:
    if session.get(SchedulePauseRow, campaign) is not None:
        return False
    session.add(SchedulePauseRow(campaign=campaign, paused_at=at))
    return True


def _resume(session: Session, campaign: str, at: datetime) -> bool:
    row = session.get(SchedulePauseRow, campaign)
    if row is None:
        return False
    session.delete(row)
    # Moments that passed meanwhile were not missed: nobody wanted them.
    session.execute(
        update(ScheduleLineRow)
        .where(col(ScheduleLineRow.campaign) == campaign)
        .values(known_since=at)
    )
    return True


def _last_decided(session: Session, campaign: str) -> Decided | None:
    row = session.exec(
        select(ScheduleMomentRow)
        .where(ScheduleMomentRow.campaign == campaign)
        .order_by(col(ScheduleMomentRow.moment).desc())
        .limit(1)
    ).first()
    return None if row is None else Decided(row.moment, row.decided_at, row.execution, row.reason)


def _why_not(session: Session, booking: Booking) -> str | None:
    if session.get(SchedulePauseRow, booking.campaign) is not None:
        return PAUSED
    unfinished = _unfinished(session, booking.campaign, booking.account)
    return why_not_now(booking.overlap, [each for each in unfinished if each not in booking.left])


def _unfinished(session: Session, campaign: str, account: str) -> Sequence[str]:
    return session.exec(
        select(ExecutionRow.id)
        .where(
            ExecutionRow.campaign == campaign,
            ExecutionRow.account == account,
            ExecutionRow.state != ExecutionState.FINISHED.value,
        )
        .order_by(ExecutionRow.id)
    ).all()


def _decide(
    session: Session, booking: Booking, at: datetime, execution: str | None, reason: str
) -> bool:
    if session.get(ScheduleMomentRow, (booking.campaign, booking.moment)) is not None:
        return False
    session.add(
        ScheduleMomentRow(
            campaign=booking.campaign,
            moment=booking.moment,
            decided_at=at,
            execution=execution,
            reason=reason,
        )
    )
    return True


def _book(session: Session, booking: Booking, new: NewExecution) -> Execution | str | None:
    why_not = _why_not(session, booking)
    made = None if why_not else new.id
    if not _decide(session, booking, new.created_at, made, why_not or ""):
        return None
    return why_not or create_execution(session, new)


def _ahead_of(session: Session, execution: Execution, left: Collection[str]) -> str | None:
    unfinished = _unfinished(session, execution.campaign, execution.account)
    ahead = (each for each in unfinished if each < execution.id and each not in left)
    return next(ahead, None)
