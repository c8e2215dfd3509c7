"""How things stand, in numbers, for those who watch: read often, so nothing large is read twice."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import disk_usage
from typing import Any

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.moves import EXECUTION
from campaignd.adapters.store.tables import (
    DeliveryRow,
    EventRow,
    ExecutionRow,
    LaunchRow,
    ScheduleMomentRow,
)
from campaignd.core.states import LAUNCH_ENDS, UNDER_WAY, DeliveryState, ExecutionState, LaunchState
from campaignd.core.verdicts import Verdict

_ELDEST = 50


@dataclass(frozen=True, slots=True)
class Files:
    """Bytes: the database with its log of writes, and what its disk has left."""

    size: int
    free: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is under way. `skipped` are moments by campaign that created nothing lately."""

    executions: Mapping[str, int]
    launches: Mapping[str, int]
    deliveries: Mapping[str, int]
    oldest_delivery: datetime | None
    skipped: Mapping[str, int]
    files: Files | None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Executions of a campaign that ended alike; `last` is when the last one did."""

    campaign: str
    verdict: Verdict
    count: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Concluded:
    """All that ever finished up to the event `mark`."""

    mark: int
    conclusions: Sequence[Conclusion]


@dataclass(frozen=True, slots=True)
class Finish:
    """An execution that has finished, and when the last of its runs had ended, if it had any."""

    campaign: str
    verdict: Verdict
    at: datetime
    runs_ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Finished:
    """What finished up to the event `mark`."""

    mark: int
    finishes: Sequence[Finish]


class Standings:
    """Counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self, campaigns: Collection[str], since: datetime) -> Standing:
        """Count what is under way, and which moments of some campaigns were skipped lately."""
        path = self._database.path
        return await self._database.read(lambda session: _stand(session, campaigns, since, path))

    async def concluded(self) -> Concluded:
        """Count all executions that ever finished. Looks at every one: do it once."""
        return await self._database.read(_concluded)

    async def finished_since(self, mark: int) -> Finished:
        """Read which executions have finished after a mark."""
        return await self._database.read(lambda session: _finished_since(session, mark))


def _stand(
    session: Session, campaigns: Collection[str], since: datetime, path: Path | None
) -> Standing:
    unfinished = [state.value for state in ExecutionState if state is not ExecutionState.FINISHED]
    open_launches = [state.value for state in LaunchState if state not in LAUNCH_ENDS]
    undelivered = [s.value for s in DeliveryState if s is not DeliveryState.DELIVERED]
    return Standing(
        executions=_count(session, ExecutionRow, unfinished),
        launches=_count(session, LaunchRow, open_launches),
        deliveries=_count(session, DeliveryRow, undelivered),
        oldest_delivery=_oldest_delivery(session),
        skipped=_skipped(session, campaigns, since),
        files=None if path is None else _measure(path),
    )


def _count(session: Session, table: type[SQLModel], states: Sequence[str]) -> Mapping[str, int]:
    """Count rows by state, through the index that each of these tables has."""
    state = sqlalchemy.column("state", sqlalchemy.String)
    source = table.__table__  # type: ignore[attr-defined]
    query = sqlalchemy.select(state, func.count()).select_from(source).where(state.in_(states))
    rows: Sequence[Any] = session.execute(query.group_by(state)).all()
    found: Mapping[str, int] = dict(rows)
    return {name: found.get(name, 0) for name in states}


def _oldest_delivery(session: Session) -> datetime | None:
    """Look at those of the oldest executions: to read all would be to read all their bodies."""
    waiting = [state.value for state in UNDER_WAY]
    eldest = (
        select(DeliveryRow.id)
        .where(col(DeliveryRow.state).in_(waiting))
        .order_by(DeliveryRow.id)
        .limit(_ELDEST)
    )
    oldest = select(func.min(DeliveryRow.created_at)).where(col(DeliveryRow.id).in_(eldest))
    return session.exec(oldest).one()


def _skipped(session: Session, campaigns: Collection[str], since: datetime) -> Mapping[str, int]:
    query = (
        select(ScheduleMomentRow.campaign, func.count())
        .where(
            col(ScheduleMomentRow.campaign).in_(campaigns),
            ScheduleMomentRow.moment >= since,
            col(ScheduleMomentRow.execution).is_(None),
        )
        .group_by(ScheduleMomentRow.campaign)
    )
    return dict.fromkeys(campaigns, 0) | dict(session.exec(query).all())


def _measure(path: Path) -> Files:
    parts = (path, path.with_name(f"{path.name}-wal"))
    size = sum(part.stat().st_size for part in parts if part.exists())
    return Files(size, disk_usage(path.parent).free)


def _mark(session: Session) -> int:
    return session.exec(select(func.max(EventRow.id))).one() or 0


def _concluded(session: Session) -> Concluded:
    query = (
        select(
            ExecutionRow.campaign,
            ExecutionRow.verdict,
            func.count(),
            func.max(ExecutionRow.finished_at),
        )
        .where(ExecutionRow.state == ExecutionState.FINISHED.value)
        .group_by(ExecutionRow.campaign, col(ExecutionRow.verdict))
    )
    found: Sequence[Any] = session.exec(query).all()
    conclusions = [Conclusion(name, Verdict(verdict), *rest) for name, verdict, *rest in found]
    return Concluded(_mark(session), conclusions)


def _finished_since(session: Session, mark: int) -> Finished:
    last_end = (
        select(func.max(LaunchRow.ended_at))
        .where(LaunchRow.execution == EventRow.execution)
        .scalar_subquery()
    )
    query = (
        select(ExecutionRow.campaign, ExecutionRow.verdict, EventRow.at, last_end)
        .join(ExecutionRow, col(ExecutionRow.id) == col(EventRow.execution))
        .where(
            col(EventRow.id) > mark,
            EventRow.subject == EXECUTION,
            EventRow.new == ExecutionState.FINISHED.value,
        )
        .order_by(col(EventRow.id))
    )
    found: Sequence[Any] = session.exec(query).all()
    finishes = [Finish(name, Verdict(verdict), at, end) for name, verdict, at, end in found]
    return Finished(_mark(session), finishes)
