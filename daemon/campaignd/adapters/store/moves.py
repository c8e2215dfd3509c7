"""State moves: compare and set, with the event in the same transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, update
from sqlmodel import Session, col

from campaignd.adapters.store.tables import EventRow, ExecutionRow
from campaignd.core.execution import Execution
from campaignd.core.states import State, check_move
from campaignd.engine.faults import OwnershipLost


def confirm(session: Session, execution: Execution) -> None:
    """Raise OwnershipLost unless this epoch still drives the execution; count the write."""
    statement = (
        update(ExecutionRow)
        .where(col(ExecutionRow.id) == execution.id, col(ExecutionRow.epoch) == execution.epoch)
        .values(version=col(ExecutionRow.version) + 1)
    )
    if not swap(session, statement):
        raise OwnershipLost(execution.id)


@dataclass(frozen=True, slots=True)
class Move:
    """One thing moved: its name in the log, its states, when and why."""

    execution: str
    subject: str
    old: State | None
    new: State
    at: datetime
    reason: str = ""


def log(session: Session, move: Move) -> None:
    """Append the event of a move that the tables allow; staying is no event."""
    if move.old is not None and move.old is move.new:
        return
    if move.old is not None:
        check_move(move.old, move.new)
    session.add(
        EventRow(
            execution=move.execution,
            subject=move.subject,
            old=None if move.old is None else move.old.value,
            new=move.new.value,
            at=move.at,
            reason=move.reason,
        )
    )


def swap(session: Session, statement: Update) -> bool:
    """Run a guarded update; whether exactly one row was still as expected."""
    return bool(session.execute(statement).rowcount == 1)  # type: ignore[attr-defined]
