"""Looks, after every step, at all that must hold whatever goes wrong."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from sqlmodel import Session, col, select
from tests.engine.simulation.network import Weather
from tests.engine.stage import Stage

from campaignd.adapters.store.tables import (
    DeliveryRow,
    DuplicateRow,
    EventRow,
    ExecutionRow,
    LaunchRow,
    SimulationRow,
    ValueRow,
)
from campaignd.core.coval import RunStatus
from campaignd.core.states import LAUNCH_ENDS, ExecutionState, LaunchState, check_move
from campaignd.sandbox.runs import Run

BY_ANYBODY = frozenset({"stop asked", "taken over"})
ENDS = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.DELETED})


class Broken(BaseException):
    """A promise is broken. No handler of the engine's may hear of it."""


class Inspector:
    """Follows one execution through all of its processes."""

    def __init__(self, stage: Stage, weather: Weather, execution: str, in_flight: int) -> None:
        self._stage = stage
        self._weather = weather
        self._execution = execution
        self._in_flight = in_flight
        self._states: dict[str, str] = {}
        self._last_event = 0

    def start_over(self) -> None:
        """Forget the log: the database was replaced by an older copy of itself."""
        self._states, self._last_event = {}, 0
        self._stage.database.read_now(lambda session: self._follow_log(session, None))

    def inspect(self, epoch: int | None) -> None:
        """Look at the vendors and the database after a step of the process with this epoch."""
        self._inspect_vendors()
        self._stage.database.read_now(lambda session: self._inspect_database(session, epoch))

    def inspect_end(self) -> None:
        """Look at what is left once everything is over."""
        self._stage.database.read_now(self._inspect_rest)

    def _inspect_vendors(self) -> None:
        """No launch is paid for twice, unless the network itself repeated it."""
        made, copies = Counter(map(_key, self._runs())), self._weather.copies
        twice = {key: count for key, count in made.items() if count - copies[key] > 1}
        if twice:
            raise Broken(f"launched twice: {twice}; the network repeated {dict(copies)}")
        active = sum(not self._is_over(run) for run in self._runs())
        if active > self._in_flight + copies.total():
            raise Broken(f"{active} runs in flight")

    def _inspect_database(self, session: Session, epoch: int | None) -> None:
        self._follow_log(session, epoch)
        for row in session.exec(select(LaunchRow).where(LaunchRow.execution == self._execution)):
            if self._states.get(f"launch {row.key}", LaunchState.PLANNED) != row.state:
                raise Broken(f"{row.key} is {row.state}, which is not in the log")
        execution = session.get_one(ExecutionRow, self._execution)
        if self._states["execution"] != execution.state:
            raise Broken(f"the execution is {execution.state}, which is not in the log")

    def _follow_log(self, session: Session, epoch: int | None) -> None:
        query = (
            select(EventRow).where(col(EventRow.id) > self._last_event).order_by(col(EventRow.id))
        )
        events = session.exec(query).all()
        if not events:
            return
        owner = session.get_one(ExecutionRow, self._execution).epoch
        for event in events:
            self._last_event = event.id or 0
            if event.new in BY_ANYBODY:
                continue
            if epoch is not None and epoch != owner:
                raise Broken(f"moved by a process that had lost it: {event.subject} {event.new}")
            self._follow(event)

    def _follow(self, event: EventRow) -> None:
        subject = event.subject
        if subject.startswith("delivery "):
            return
        machine = ExecutionState if subject == "execution" else LaunchState
        before = self._states.get(subject, LaunchState.PLANNED if event.old else None)
        if event.old != before:
            raise Broken(f"{subject} moved from {event.old}, but was {before}")
        if event.old is not None:
            check_move(machine(event.old), machine(event.new))
        self._states[subject] = event.new

    def _inspect_rest(self, session: Session) -> None:
        launches = session.exec(select(LaunchRow).where(LaunchRow.execution == self._execution))
        rows = {row.key: row for row in launches}
        ended = {row.run_id for row in session.exec(select(DuplicateRow)) if row.ended_at}
        for run in self._runs():
            if not self._is_over(run):
                raise Broken(f"{run.run_id} of {_key(run)} goes on")
        for key, runs in self._runs_by_key():
            row = rows.pop(key, None)
            if row is None:
                raise Broken(f"{key} was launched, and nothing is known of it")
            for run in runs:
                if run.run_id != row.run_id and run.run_id not in ended:
                    raise Broken(f"{run.run_id} of {key} is no recorded duplicate")
            self._inspect_collected(session, row)
        open_ones = [row.key for row in rows.values() if row.state not in LAUNCH_ENDS]
        if open_ones:
            raise Broken(f"unsettled: {open_ones}")
        self._inspect_messages(session)

    def _inspect_collected(self, session: Session, row: LaunchRow) -> None:
        run = next(run for run in self._runs() if run.run_id == row.run_id)
        is_complete = run.status(self._now()) == RunStatus.COMPLETED
        if row.state not in LAUNCH_ENDS or (row.state == LaunchState.COLLECTED) != is_complete:
            raise Broken(f"{row.key} is {row.state}; its run is {run.status(self._now())}")
        if not is_complete:
            return
        stored = session.exec(select(SimulationRow).where(SimulationRow.launch == row.id)).all()
        made = sorted(item.simulation_id for item in run.course.simulations)
        if sorted(item.simulation_id for item in stored) != made:
            raise Broken(f"{row.key} has {len(stored)} simulations instead of {len(made)}")
        values = session.exec(select(ValueRow).where(ValueRow.launch == row.id)).all()
        strays = {value.simulation_id for value in values}.difference(made)
        if strays:
            raise Broken(f"{row.key} has values of others: {strays}")

    def _inspect_messages(self, session: Session) -> None:
        sent = Counter(row.event for row in session.exec(select(DeliveryRow)))
        if sent["finished"] != 1 or sent["started"] > 1:
            raise Broken(f"messages: {dict(sent)}")
        if "running" in self._states.values() and sent["started"] != 1:
            raise Broken("the start was told to nobody")

    def _runs(self) -> Iterator[Run]:
        return self._stage.world.launched()

    def _runs_by_key(self) -> Iterator[tuple[str, list[Run]]]:
        for key, runs in groupby(sorted(self._runs(), key=_key), key=_key):
            yield key, list(runs)

    def _is_over(self, run: Run) -> bool:
        return run.status(self._now()) in ENDS

    def _now(self) -> datetime:
        return self._stage.world.server_time(self._stage.clock.now())


def _key(run: Run) -> str:
    return str(run.launch.customer["launch_key"])
