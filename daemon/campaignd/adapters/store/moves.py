"""State moves: compare and set, with the event in the same transaction.

Each event is also a line of the log, once it is committed: what was rolled back did not happen.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Update, update
from sqlmodel import Session, col, select

from campaignd.adapters.store.database import after_commit
from campaignd.adapters.store.tables import EventRow, ExecutionRow
from campaignd.core.execution import Execution
from campaignd.core.states import State, check_move
from campaignd.engine.faults import OwnershipLost

journal = structlog.get_logger()

EXECUTION = "execution"
"""The subject of events about an execution itself."""


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
    """One thing moved: its name in the log, its states, when and why.

    `campaign` is looked up where it is not at hand; `cell` is the key of a launch's cell.
    """

    execution: str
    subject: str
    old: State | None
    new: State
    at: datetime
    reason: str = ""
    campaign: str | None = None
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something happened to an execution that is no move of it."""

    execution: str
    what: str
    at: datetime
    reason: str
    campaign: str | None = None


def log(session: Session, move: Move) -> None:
    """Append the event of a move that the tables allow; staying is no event."""
    if move.old is not None and move.old is move.new:
        return
    if move.old is not None:
        check_move(move.old, move.new)
    old = None if move.old is None else move.old.value
    session.add(
        EventRow(
            execution=move.execution,
            subject=move.subject,
            old=old,
            new=move.new.value,
            at=move.at,
            reason=move.reason,
        )
    )
    campaign = move.campaign or _campaign_of(session, move.execution)
    told = {"cell": move.cell, "old": old, "new": move.new.value, "why": move.reason}
    _tell_later(session, "moved", campaign, move.execution, subject=move.subject, **told)


def note(session: Session, noted: Note) -> None:
    """Append the event of something that is no move."""
    session.add(
        EventRow(
            execution=noted.execution,
            subject=EXECUTION,
            new=noted.what,
            at=noted.at,
            reason=noted.reason,
        )
    )
    campaign = noted.campaign or _campaign_of(session, noted.execution)
    told = {"subject": EXECUTION, "why": noted.reason}
    _tell_later(session, noted.what, campaign, noted.execution, **told)


def _campaign_of(session: Session, execution: str) -> str | None:
    # What is not flushed yet may wait for what it refers to.
    with session.no_autoflush:
        campaign = select(ExecutionRow.campaign).where(col(ExecutionRow.id) == execution)
        return session.exec(campaign).first()


def _tell_later(
    session: Session, event: str, campaign: str | None, execution: str, **told: str | None
) -> None:
    facts = {name: fact for name, fact in told.items() if fact}
    after_commit(
        session, lambda: journal.info(event, campaign=campaign, execution=execution, **facts)
    )


def swap(session: Session, statement: Update) -> bool:
    """Run a guarded update; whether exactly one row was still as expected."""
    return bool(session.execute(statement).rowcount == 1)  # type: ignore[attr-defined]  # updates have it
