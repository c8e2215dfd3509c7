"""The outbox: webhook messages until their receivers have them."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Update, update
from sqlmodel import Session, col, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.moves import Move, log, swap
from campaignd.adapters.store.tables import DeliveryRow
from campaignd.core.states import DeliveryState
from campaignd.engine.records import Delivery

CLAIM = timedelta(minutes=2)
"""A delivery that was being sent for longer than this lost its sender."""


class Deliveries:
    """Claims, settles and lists deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, execution: str | None, at: datetime) -> tuple[Delivery, ...]:
        """Take all that is due, of one execution or of all, each for one sender only."""
        return await self._database.write(lambda session: _claim(session, execution, at))

    async def settle(self, delivery: Delivery, at: datetime) -> None:
        """Store what came of an attempt, unless another sender has claimed it since."""
        await self._database.write(lambda session: _settle(session, delivery, at))

    async def list(self, execution: str | None = None) -> tuple[Delivery, ...]:
        """List deliveries, the newest first."""
        return await self._database.read(lambda session: _list(session, execution))


def _claim(session: Session, execution: str | None, at: datetime) -> tuple[Delivery, ...]:
    due = select(DeliveryRow).where(
        (col(DeliveryRow.state) == DeliveryState.PENDING.value)
        & (col(DeliveryRow.next_attempt_at) <= at)
        | (col(DeliveryRow.state) == DeliveryState.SENDING.value)
        & (col(DeliveryRow.next_attempt_at) <= at - CLAIM)
    )
    if execution is not None:
        due = due.where(col(DeliveryRow.execution) == execution)
    rows = session.exec(due.order_by(col(DeliveryRow.created_at)).limit(50)).all()
    return tuple(_claim_row(session, row, at) for row in rows)


def _claim_row(session: Session, row: DeliveryRow, at: datetime) -> Delivery:
    old = _delivery(row)
    new = replace(old, state=DeliveryState.SENDING, attempts=old.attempts + 1, next_attempt_at=at)
    session.execute(_update(new))
    log(session, Move(old.execution, f"delivery {old.id}", old.state, new.state, at))
    return new


def _settle(session: Session, delivery: Delivery, at: datetime) -> None:
    is_mine = _update(delivery).where(
        col(DeliveryRow.state) == DeliveryState.SENDING.value,
        # Who was given up for dead has lost the message to whoever claimed it after that.
        col(DeliveryRow.attempts) == delivery.attempts,
    )
    if swap(session, is_mine):
        subject, detail = f"delivery {delivery.id}", delivery.detail or ""
        sent = DeliveryState.SENDING
        log(session, Move(delivery.execution, subject, sent, delivery.state, at, detail))


def _update(delivery: Delivery) -> Update:
    return (
        update(DeliveryRow)
        .where(col(DeliveryRow.id) == delivery.id)
        .values(
            state=delivery.state.value,
            attempts=delivery.attempts,
            next_attempt_at=delivery.next_attempt_at,
            delivered_at=delivery.delivered_at,
            detail=delivery.detail,
        )
    )


def _list(session: Session, execution: str | None) -> tuple[Delivery, ...]:
    query = select(DeliveryRow).order_by(col(DeliveryRow.created_at).desc())
    if execution is not None:
        query = query.where(col(DeliveryRow.execution) == execution)
    return tuple(_delivery(row) for row in session.exec(query))


def _delivery(row: DeliveryRow) -> Delivery:
    return Delivery(
        id=row.id,
        execution=row.execution,
        event=row.event,
        format=row.format,
        url=row.url,
        url_secret=row.url_secret,
        secret=row.secret,
        body=row.body,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        delivered_at=row.delivered_at,
        detail=row.detail,
    )
