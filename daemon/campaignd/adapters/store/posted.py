"""Deliveries for people to look at: whose they are and how far they came, without the bodies."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func
from sqlmodel import Session, col, select

from campaignd.adapters.store.tables import DeliveryRow, ExecutionRow
from campaignd.core.states import DeliveryState

CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Posted:
    """A message to one address; `url` or `url_secret` says which."""

    id: str
    execution: str
    campaign: str
    event: str
    format: str
    url: str | None
    url_secret: str | None
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    detail: str | None = None


def survey(
    session: Session, limit: int, campaigns: Collection[str] | None = None
) -> Sequence[Posted]:
    """List what is not delivered, then what is; of both the newest first."""
    is_delivered = col(DeliveryRow.state) == DeliveryState.DELIVERED.value
    newest = col(DeliveryRow.created_at).desc(), col(DeliveryRow.id).desc()
    query = _posted().order_by(is_delivered, *newest).limit(limit)
    if campaigns is not None:
        query = query.where(col(ExecutionRow.campaign).in_(campaigns))
    return _read(session, query)


def find(session: Session, prefix: str) -> Sequence[Posted]:
    """Find those whose id begins so, letter case aside."""
    begins = func.lower(DeliveryRow.id).startswith(prefix.lower(), autoescape=True)
    return _read(session, _posted().where(begins).order_by(col(DeliveryRow.id)).limit(CANDIDATES))


def look_up(session: Session, ids: Collection[str]) -> Sequence[Posted]:
    """Read some by their ids, the oldest first."""
    oldest = col(DeliveryRow.created_at), col(DeliveryRow.id)
    return _read(session, _posted().where(col(DeliveryRow.id).in_(ids)).order_by(*oldest))


def _posted() -> Select[Any]:
    columns = (
        DeliveryRow.id,
        DeliveryRow.execution,
        ExecutionRow.campaign,
        DeliveryRow.event,
        DeliveryRow.format,
        DeliveryRow.url,
        DeliveryRow.url_secret,
        DeliveryRow.state,
        DeliveryRow.attempts,
        DeliveryRow.created_at,
        DeliveryRow.next_attempt_at,
        DeliveryRow.delivered_at,
        DeliveryRow.detail,
    )
    of_campaign = col(ExecutionRow.id) == col(DeliveryRow.execution)
    return select(*columns).join(ExecutionRow, of_campaign)  # type: ignore[call-overload,no-any-return]


def _read(session: Session, query: Select[Any]) -> Sequence[Posted]:
    return [_posted_of(row) for row in session.execute(query)]


def _posted_of(row: Row[Any]) -> Posted:
    facts = row._asdict()
    return Posted(**{**facts, "state": DeliveryState(facts["state"])})
