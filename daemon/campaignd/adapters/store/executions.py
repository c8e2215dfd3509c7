"""Executions in the database."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import BindParameter, Select, Table, bindparam, delete, func, update
from sqlmodel import Session, SQLModel, col, select

from campaignd.adapters.store.comparisons import add_compared
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.moves import EXECUTION, Move, Note, confirm, log, note, swap
from campaignd.adapters.store.rows import (
    cell_from,
    cell_row,
    changed,
    execution_columns,
    execution_from,
    launch_from,
    new_execution_row,
)
from campaignd.adapters.store.tables import (
    AgentLockRow,
    CellRow,
    DeliveryRow,
    DuplicateRow,
    ExecutionRow,
    LaunchRow,
    ResourceRow,
    RevisionRow,
    TitleRow,
)
from campaignd.core.execution import Cause, Duplicate, Execution, Launch, launch_key
from campaignd.core.plan import Cell
from campaignd.core.states import DeliveryState, ExecutionState, LaunchState
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import Message, NewExecution, Outcome, Stored


def _select(model: type[SQLModel]) -> Select[Any]:
    """Select a table's columns; rows would cost three times as much."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return sqlalchemy.select(*table.columns)


# What is read at every step is written once: writing it costs more than asking it.
_OF_EXECUTION: BindParameter[str] = bindparam("execution")
_EXECUTION = _select(ExecutionRow).where(col(ExecutionRow.id) == _OF_EXECUTION)
_LAUNCHES = _select(LaunchRow).where(
    col(LaunchRow.execution) == _OF_EXECUTION,
    col(LaunchRow.id).not_in(bindparam("settled", expanding=True)),
)
_DUPLICATES = (
    _select(DuplicateRow)
    .join(LaunchRow, col(LaunchRow.id) == col(DuplicateRow.launch))
    .where(col(LaunchRow.execution) == _OF_EXECUTION)
    .order_by(col(DuplicateRow.found_at), col(DuplicateRow.run_id))
)


class Executions:
    """Creates, moves and finishes executions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, new: NewExecution) -> Execution:
        """Store the whole execution at once: revision, cells and one launch key for each."""
        return await self._database.write(lambda session: create_execution(session, new))

    async def load(self, execution_id: str, known: Stored | None = None) -> Stored:
        """Read an execution and its launches; LookupError if there is none.

        What is `known` of it and has not changed, or cannot any more, is not read again.
        """
        return await self._database.read(lambda session: _load(session, execution_id, known))

    async def move(self, old: Execution, new: Execution, at: datetime, reason: str = "") -> bool:
        """Write what differs if the state is still the old one; false if it is not."""
        return await self._database.write(lambda session: _move(session, old, new, at, reason))

    async def begin(
        self,
        execution: Execution,
        agent_ids: Sequence[str],
        at: datetime,
        messages: Sequence[Message] = (),
    ) -> bool:
        """Move from queued to running, lock all Cotool agents and store messages, or do nothing."""
        return await self._database.write(
            lambda session: _begin(session, execution, agent_ids, at, messages)
        )

    async def finish(self, old: Execution, outcome: Outcome, at: datetime) -> bool:
        """Store verdict, gate results and outbox messages, and unlock the agents."""
        return await self._database.write(lambda session: _finish(session, old, outcome, at))

    async def ask_to_stop(self, execution_id: str, cause: Cause, at: datetime) -> bool:
        """Tell whoever drives the execution to stop; false if it was told or is finished."""
        return await self._database.write(
            lambda session: ask_to_stop(session, execution_id, cause, at)
        )

    async def take_over(self, seen: Execution, owner: str, at: datetime) -> bool:
        """Become the driver, fencing the one before; false if somebody was faster."""
        return await self._database.write(lambda session: _take_over(session, seen, owner, at))

    async def last_verdict(self, campaign: str, before: str) -> Verdict | None:
        """Read the verdict of the campaign's last finished execution before this one."""
        return await self._database.read(lambda session: _last_verdict(session, campaign, before))


def create_execution(session: Session, new: NewExecution) -> Execution:
    """Store a new execution with its cells and launch keys, within a transaction."""
    if session.get(RevisionRow, new.revision) is None:
        session.add(RevisionRow(sha256=new.revision, text=new.text))
        session.flush()
    row = new_execution_row(new)
    session.add(row)
    session.flush()
    _create_parts(session, new)
    queued, at = ExecutionState.QUEUED, new.created_at
    log(session, Move(new.id, EXECUTION, None, queued, at, new.trigger, new.campaign))
    return execution_from(row)


def _create_parts(session: Session, new: NewExecution) -> None:
    session.add_all(cell_row(new.id, cell) for cell in new.cells)
    session.flush()
    for cell in new.cells:
        session.add(
            LaunchRow(
                execution=new.id,
                cell=cell.number,
                attempt=1,
                key=launch_key(new.id, cell.number, 1),
                state=LaunchState.PLANNED,
            )
        )
    for seen in new.resources:
        session.add(
            ResourceRow(
                execution=new.id,
                kind=seen.kind,
                vendor_id=seen.vendor_id,
                name=seen.name,
                version=seen.version,
                update_time=seen.update_time,
                cases=seen.cases,
            )
        )
    add_compared(session, new.id, new.compared)
    for test_case, text in new.titles.items():
        session.merge(TitleRow(test_case=test_case, text=text))


def _load(session: Session, execution_id: str, known: Stored | None) -> Stored:
    row = session.execute(_EXECUTION, {"execution": execution_id}).one_or_none()
    if row is None:
        raise LookupError(execution_id)
    execution = execution_from(row)
    if known is not None and row.version == known.version:
        return replace(known, execution=execution)
    launches = load_launches(session, execution_id, known.launches if known is not None else ())
    duplicates = tuple(_load_duplicates(session, execution_id, launches))
    return Stored(execution, launches, duplicates, row.version)


def load_launches(
    session: Session, execution_id: str, known: Sequence[Launch] = ()
) -> tuple[Launch, ...]:
    """Read all launches of an execution, ordered by cell and attempt.

    Cells and settled launches never change: those `known` are not read again.
    """
    cells = {launch.cell.number: launch.cell for launch in known}
    cells = cells or _load_cells(session, execution_id)
    settled = [launch for launch in known if launch.is_settled]
    wanted = {"execution": execution_id, "settled": [launch.id for launch in settled]}
    rows = session.execute(_LAUNCHES, wanted)
    launches = [*settled, *(launch_from(row, cells[row.cell]) for row in rows)]
    return tuple(sorted(launches, key=lambda launch: (launch.cell.number, launch.attempt)))


def _load_cells(session: Session, execution_id: str) -> dict[int, Cell]:
    rows = session.exec(select(CellRow).where(CellRow.execution == execution_id))
    return {row.number: cell_from(row) for row in rows}


def _load_duplicates(
    session: Session, execution_id: str, launches: Sequence[Launch]
) -> Iterator[Duplicate]:
    by_id = {launch.id: launch for launch in launches}
    for row in session.execute(_DUPLICATES, {"execution": execution_id}):
        yield Duplicate(by_id[row.launch], row.run_id, row.found_at, row.ended_at)


def _move(session: Session, old: Execution, new: Execution, at: datetime, reason: str) -> bool:
    confirm(session, old)
    values = changed(execution_columns(old), execution_columns(new))
    for name in values.keys() & {"given_up", "given_up_at"}:
        # Others may have told it to stop since it was read: the first cause stands.
        values[name] = func.coalesce(getattr(ExecutionRow, name), values[name])
    statement = (
        update(ExecutionRow)
        .where(col(ExecutionRow.id) == old.id, col(ExecutionRow.state) == old.state.value)
        .values(**values)
    )
    if values and not swap(session, statement):
        return False
    log(session, Move(old.id, EXECUTION, old.state, new.state, at, reason, old.campaign))
    return True


def _begin(
    session: Session,
    execution: Execution,
    agents: Sequence[str],
    at: datetime,
    messages: Sequence[Message],
) -> bool:
    confirm(session, execution)
    held = select(AgentLockRow).where(col(AgentLockRow.agent_id).in_(agents))
    if any(lock.execution != execution.id for lock in session.exec(held)):
        return False
    running = replace(execution, state=ExecutionState.RUNNING, started_at=at)
    if not _move(session, execution, running, at, ""):
        return False
    for agent_id in agents:
        session.merge(AgentLockRow(agent_id=agent_id, execution=execution.id))
    _enqueue(session, execution.id, messages, at)
    return True


def _finish(session: Session, old: Execution, outcome: Outcome, at: datetime) -> bool:
    new = replace(
        old,
        state=ExecutionState.FINISHED,
        finished_at=at,
        verdict=outcome.verdict,
        exit_status=outcome.exit_status,
        reason=outcome.reason,
        notes=outcome.notes,
    )
    if not _move(session, old, new, at, outcome.verdict.value):
        return False
    row = session.get_one(ExecutionRow, old.id)
    row.gates = [gate.model_dump(mode="json") for gate in outcome.gates]
    row.requests = dict(outcome.requests)
    session.add(row)
    _enqueue(session, old.id, outcome.messages, at)
    session.execute(delete(AgentLockRow).where(col(AgentLockRow.execution) == old.id))
    return True


def _enqueue(
    session: Session, execution_id: str, messages: Sequence[Message], at: datetime
) -> None:
    for message in messages:
        session.add(
            DeliveryRow(
                id=message.id,
                execution=execution_id,
                event=message.event,
                format=message.format,
                url=message.url,
                url_secret=message.url_secret,
                secret=message.secret,
                body=message.body,
                state=DeliveryState.PENDING,
                created_at=at,
                next_attempt_at=at,
            )
        )
        log(session, Move(execution_id, f"delivery {message.id}", None, DeliveryState.PENDING, at))


def ask_to_stop(
    session: Session, execution_id: str, cause: Cause, at: datetime, reason: str = ""
) -> bool:
    """Tell an execution to stop, within a transaction; false if it was told or is finished."""
    statement = (
        update(ExecutionRow)
        .where(
            col(ExecutionRow.id) == execution_id,
            col(ExecutionRow.given_up).is_(None),
            col(ExecutionRow.state).in_(
                [ExecutionState.QUEUED, ExecutionState.RUNNING, ExecutionState.SCORING]
            ),
        )
        .values(given_up=cause.value, given_up_at=at)
    )
    if not swap(session, statement):
        return False
    note(session, Note(execution_id, "stop asked", at, reason or cause.value))
    return True


def _take_over(session: Session, seen: Execution, owner: str, at: datetime) -> bool:
    statement = (
        update(ExecutionRow)
        .where(col(ExecutionRow.id) == seen.id, col(ExecutionRow.epoch) == seen.epoch)
        .values(epoch=seen.epoch + 1, owner=owner)
    )
    if not swap(session, statement):
        return False
    note(session, Note(seen.id, "taken over", at, owner, seen.campaign))
    return True


def _last_verdict(session: Session, campaign: str, before: str) -> Verdict | None:
    found = session.exec(
        select(ExecutionRow.verdict)
        .where(
            ExecutionRow.campaign == campaign,
            col(ExecutionRow.id) < before,
            ExecutionRow.state == ExecutionState.FINISHED.value,
        )
        .order_by(col(ExecutionRow.id).desc())
        .limit(1)
    ).first()
    return None if found is None else Verdict(found)
