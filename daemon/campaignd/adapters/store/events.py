"""The log of an execution: a numbered line for each thing that moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from campaignd.adapters.store.tables import EventRow


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log."""

    subject: str
    old: str | None
    new: str
    at: datetime
    reason: str


def read_events(session: Session, execution: str, after: int = 0) -> Sequence[tuple[int, Event]]:
    """Read what is behind an event's number, oldest first, each line with its own number."""
    rows = session.exec(
        select(EventRow)
        .where(EventRow.execution == execution, col(EventRow.id) > after)
        .order_by(col(EventRow.id))
    )
    return [(row.id or 0, Event(row.subject, row.old, row.new, row.at, row.reason)) for row in rows]
