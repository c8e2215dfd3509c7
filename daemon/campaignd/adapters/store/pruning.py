"""Taking what was measured long ago out of the database; executions and verdicts stay for ever.

Everything is done in portions, with pauses as long as these took, so that whoever else writes to
the database gets their turn. What is interrupted is gone on with by the next time.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import anyio
from sqlalchemy import Select, delete, func, update
from sqlmodel import Session, SQLModel, col, select

from campaignd.adapters.store import prunable
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.moves import EXECUTION, swap
from campaignd.adapters.store.prunable import PRUNED
from campaignd.adapters.store.space import Space
from campaignd.adapters.store.tables import (
    ComparedFileRow,
    ComparisonRow,
    DeliveryRow,
    EventRow,
    ExecutionRow,
    ExplanationRow,
    IdempotencyRow,
    LaunchRow,
    ResourceRow,
    ScheduleLineRow,
    ScheduleMomentRow,
    ScoreRow,
    SimulationRow,
    TitleRow,
    ValueRow,
)
from campaignd.core.coval import RunStatus
from campaignd.core.states import ExecutionState, LaunchState

T = TypeVar("T")
Removed = Mapping[str, int]
"""How many rows went, by what they were: `values`, `scores`, `executions` (whose data went)…"""

PORTION = 500
KEYS_LIVE = timedelta(days=7)
"""A request that comes again within this time must find what it made, whatever is pruned."""
_OF_EXECUTION: Mapping[str, type[SQLModel]] = {
    "explanations": ExplanationRow,
    "scores": ScoreRow,
    "resources": ResourceRow,
    "events": EventRow,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What may go: finished before `until`, and not `needed` for comparisons; `now` is noted."""

    until: datetime
    needed: Collection[str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest execution of a campaign on an account."""

    id: str
    campaign: str
    account: str


class Pruning:
    """Removes what was measured; `portion` simulations, with all their values, at a time."""

    def __init__(self, database: Database, portion: int = PORTION) -> None:
        self._database = database
        self._portion = portion
        self.space = Space(database)

    async def newest(self) -> Sequence[Newest]:
        """Find the newest execution of each campaign on each account."""
        names = col(ExecutionRow.campaign), col(ExecutionRow.account)
        newest = select(func.max(ExecutionRow.id), *names).group_by(*names)
        found = await self._database.read(lambda session: session.exec(newest).all())
        return [Newest(*row) for row in found]

    async def find(self, limits: Limits) -> Sequence[str]:
        """Find executions that may be pruned, the oldest first.

        They are finished and settled, and nobody waits for their messages, pinned them, or was
        compared with them since.
        """
        query = prunable.select_executions(limits.until, limits.needed)
        return await self._database.read(lambda session: session.exec(query).all())

    async def count_whole(self, until: datetime) -> int:
        """Count finished executions that are older and keep their values."""
        query = select(func.count()).where(
            ExecutionRow.state == ExecutionState.FINISHED.value,
            col(ExecutionRow.finished_at) < until,
            col(ExecutionRow.pruned_at).is_(None),
        )
        return await self._database.read(lambda session: session.exec(query).one())

    async def count(self, executions: Sequence[str], limits: Limits) -> Removed:
        """Count what pruning these executions removes, apart from what only they use."""
        counted: Counter[str] = Counter(executions=len(executions))
        for execution in executions:
            counted += await self._database.read(partial(_count, execution=execution))
        return counted + await self._database.read(
            lambda session: Counter(
                moments=_number(session, prunable.moments_before(limits.until)),
                keys=_number(session, prunable.keys_before(_keys_until(limits))),
            )
        )

    async def prune(self, execution: str, limits: Limits) -> Removed:
        """Remove what was measured by an execution, if it still may be pruned."""
        if not await self._write(lambda session: _mark(session, execution, limits)):
            return {}
        removed: Counter[str] = Counter()
        remove = partial(_remove_portion, execution=execution, limit=self._portion)
        while portion := await self._write(remove):
            removed += portion
        removed += await self._write(lambda session: _remove_rest(session, execution, limits.now))
        return removed + Counter(executions=1)

    async def prune_unused(self, limits: Limits) -> Removed:
        """Remove what no execution uses any more, and what is older than the limit by itself."""
        titles = await self._database.read(prunable.find_unused_titles)
        removed: Counter[str] = Counter()
        removed += await self._write(partial(_remove_old, limits=limits))
        for start in range(0, len(titles), PORTION):
            some = titles[start : start + PORTION]
            removed += await self._write(partial(_remove_titles, titles=some))
        return removed

    async def _write(self, work: Callable[[Session], T]) -> T:
        began = anyio.current_time()
        done = await self._database.write(work)
        # Locks of SQLite know no queue: who takes one again at once shuts out all others.
        await anyio.sleep(anyio.current_time() - began)
        return done


def _mark(session: Session, execution: str, limits: Limits) -> bool:
    """Put on record that the values go, before the first does."""
    may_go = prunable.select_executions(limits.until, limits.needed)
    if session.exec(may_go.where(ExecutionRow.id == execution)).first() is None:
        return False
    is_whole = (col(ExecutionRow.id) == execution) & col(ExecutionRow.pruned_at).is_(None)
    marked = update(ExecutionRow).where(is_whole)
    values = {"pruned_at": limits.now, "version": col(ExecutionRow.version) + 1}
    if swap(session, marked.values(values)):
        _keep_counts(session, execution)
    return True


def _keep_counts(session: Session, execution: str) -> None:
    """Remember how many simulations there were, as reports tell."""
    for launch in session.exec(select(LaunchRow).where(LaunchRow.execution == execution)):
        counts = dict(
            session.exec(
                select(SimulationRow.status, func.count())
                .where(SimulationRow.launch == launch.id)
                .group_by(col(SimulationRow.status))
            ).all()
        )
        launch.progress_total = sum(counts.values())
        launch.aggregates = {}
        if launch.state == LaunchState.COLLECTED.value:
            launch.progress_completed = counts.get(RunStatus.COMPLETED.value, 0)
            launch.progress_failed = counts.get(RunStatus.FAILED.value, 0)


def _remove_portion(session: Session, execution: str, limit: int) -> Counter[str]:
    portion: dict[int, list[str]] = defaultdict(list)
    rows = session.exec(
        select(SimulationRow.launch, SimulationRow.simulation_id)
        .where(col(SimulationRow.launch).in_(_launches_of(execution)))
        .order_by(col(SimulationRow.launch))
        .limit(limit)
    )
    for launch, simulation in rows:
        portion[launch].append(simulation)
    removed: Counter[str] = Counter()
    for launch, simulations in portion.items():
        for name, row in (("values", ValueRow), ("simulations", SimulationRow)):
            gone = delete(row).where(
                col(row.launch) == launch, col(row.simulation_id).in_(simulations)
            )
            removed[name] += _run(session, gone)
    return removed


def _remove_rest(session: Session, execution: str, now: datetime) -> Counter[str]:
    removed: Counter[str] = Counter()
    without_simulation = delete(ValueRow).where(col(ValueRow.launch).in_(_launches_of(execution)))
    removed["values"] += _run(session, without_simulation)
    for name, row in _OF_EXECUTION.items():
        gone = delete(row).where(row.execution == execution)  # type: ignore[attr-defined]
        removed[name] += _run(session, gone)
    messages = session.exec(prunable.deliveries_to_go(execution)).all()
    delivered = delete(DeliveryRow).where(col(DeliveryRow.id).in_(messages))
    removed["deliveries"] += _run(session, delivered)
    forget_files = update(ComparisonRow).where(col(ComparisonRow.execution) == execution)
    session.execute(forget_files.values(file=None))
    session.add(
        EventRow(
            execution=execution,
            subject=EXECUTION,
            new=PRUNED,
            at=now,
            reason="what was measured, and the log until now, was removed to save space",
        )
    )
    return removed


def _remove_old(session: Session, limits: Limits) -> Counter[str]:
    used = select(ComparisonRow.file).where(col(ComparisonRow.file).is_not(None))
    files = delete(ComparedFileRow).where(col(ComparedFileRow.sha256).not_in(used))
    moments = delete(ScheduleMomentRow).where(prunable.is_moment_before(limits.until))
    keys = delete(IdempotencyRow).where(prunable.is_key_before(_keys_until(limits)))
    # What is not on record must not look like a moment that was missed.
    session.execute(
        update(ScheduleLineRow)
        .where(col(ScheduleLineRow.known_since) < limits.until)
        .values(known_since=limits.until)
    )
    return Counter(
        files=_run(session, files), moments=_run(session, moments), keys=_run(session, keys)
    )


def _remove_titles(session: Session, titles: Sequence[str]) -> Counter[str]:
    if prunable.is_anything_going(session):
        # An execution that goes on may use them: it has no simulations yet that would tell.
        return Counter()
    gone = delete(TitleRow).where(col(TitleRow.test_case).in_(titles))
    return Counter(titles=_run(session, gone))


def _count(session: Session, execution: str) -> Counter[str]:
    launches = _launches_of(execution)
    wanted: dict[str, Any] = {
        "simulations": select(SimulationRow.launch).where(col(SimulationRow.launch).in_(launches)),
        "values": select(ValueRow.launch).where(col(ValueRow.launch).in_(launches)),
        "deliveries": prunable.deliveries_to_go(execution),
    }
    for name, row in _OF_EXECUTION.items():
        wanted[name] = select(row.execution).where(row.execution == execution)  # type: ignore[attr-defined]
    return Counter({name: _number(session, query) for name, query in wanted.items()})


def _launches_of(execution: str) -> Any:
    return select(LaunchRow.id).where(LaunchRow.execution == execution)


def _keys_until(limits: Limits) -> datetime:
    return min(limits.until, limits.now - KEYS_LIVE)


def _number(session: Session, query: Select[Any]) -> int:
    return int(session.execute(select(func.count()).select_from(query.subquery())).scalar_one())


def _run(session: Session, statement: Any) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]  # deletions have it
