"""The outbox: webhook messages until their receivers have them.

A receiver that answered 410 is disabled for a campaign as long as one of the campaign's messages
to that address is: what is written after it is held back in the same state, and a retry of one of
them sends them all.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy
from sqlalchemy import ColumnElement, Subquery, Update, case, func, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from campaignd.adapters.store import posted
from campaignd.adapters.store.columns import UtcTime
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.moves import Move, log, swap
from campaignd.adapters.store.posted import Posted
from campaignd.adapters.store.tables import DeliveryRow, EventRow, ExecutionRow
from campaignd.core.states import UNDER_WAY, DeliveryState
from campaignd.engine.records import Delivery

CLAIM = timedelta(minutes=2)
"""A delivery that was being sent for longer than this lost its sender."""
PORTION = 50
AT_A_TIME = 4
"""Messages that one address is sent at a time, by all processes together."""
RETRIED = "asked for again"
_ENDED = (DeliveryState.FAILED.value, DeliveryState.DISABLED.value)


class Deliveries:
    """Claims, settles, lists and retries deliveries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, execution: str | None, at: datetime) -> tuple[Delivery, ...]:
        """Take what is due, of one execution or of all, each for one sender only.

        An address gets only so many messages at a time, so that one that answers nobody leaves
        room for the others. What a disabled receiver would get is held back.
        """
        # Most looks find nothing: they must not keep other writers waiting.
        if not await self._database.read(lambda session: _may_be_due(session, at)):
            return ()
        return await self._database.write(lambda session: _claim(session, execution, at))

    async def settle(self, delivery: Delivery, at: datetime) -> None:
        """Store what came of an attempt, unless another sender has claimed it since."""
        await self._database.write(lambda session: _settle(session, delivery, at))

    async def list(self, execution: str | None = None) -> tuple[Delivery, ...]:
        """List deliveries, the newest first."""
        return await self._database.read(lambda session: _list(session, execution))

    async def survey(
        self, limit: int, campaigns: Collection[str] | None = None
    ) -> Sequence[Posted]:
        """List deliveries, of all campaigns or some: what is not delivered, then the newest."""
        return await self._database.read(lambda session: posted.survey(session, limit, campaigns))

    async def find(self, prefix: str) -> Sequence[Posted]:
        """Find deliveries whose id begins so, letter case aside."""
        return await self._database.read(lambda session: posted.find(session, prefix))

    async def look_up(self, ids: Collection[str]) -> Sequence[Posted]:
        """Read deliveries by their ids, the oldest first."""
        return await self._database.read(lambda session: posted.look_up(session, ids))

    async def retry(self, delivery_id: str, at: datetime) -> Sequence[str]:
        """Make a message due, with all that was held back at its address; return what now is.

        Nothing that is delivered or being sent is touched. Raises LookupError if there is none.
        """
        return await self._database.write(lambda session: _retry(session, delivery_id, at))

    async def retry_all(self, at: datetime) -> Sequence[str]:
        """Make everything due that waits, failed or is disabled; return which."""
        return await self._database.write(lambda session: _retry_all(session, at))


_MAY_BE_DUE = sqlalchemy.select(
    sqlalchemy.select(col(DeliveryRow.id))
    .where(
        col(DeliveryRow.state).in_([state.value for state in UNDER_WAY]),
        col(DeliveryRow.next_attempt_at) <= sqlalchemy.bindparam("at", type_=UtcTime()),
    )
    .exists()
)


def _may_be_due(session: Session, at: datetime) -> bool:
    return bool(session.execute(_MAY_BE_DUE, {"at": at}).scalar())


def _claim(session: Session, execution: str | None, at: datetime) -> tuple[Delivery, ...]:
    candidates = _candidates(execution, at)
    rows = session.execute(
        select(DeliveryRow, _is_disabled())
        .join(ExecutionRow, col(ExecutionRow.id) == col(DeliveryRow.execution))
        .join(candidates, candidates.c.id == col(DeliveryRow.id))
        .where(candidates.c.is_due == 1, candidates.c.place <= AT_A_TIME)
        .order_by(candidates.c.place, col(DeliveryRow.created_at), col(DeliveryRow.id))
        .limit(PORTION)
    ).all()
    claimed = [_take(session, row, at) for row, is_disabled in rows if not is_disabled]
    for row, is_disabled in rows:
        if is_disabled:
            _hold_back(session, row, at)
    retried = _retried_at(session, claimed)
    return tuple(
        replace(each, created_at=retried.get(each.id, each.created_at)) for each in claimed
    )


def _candidates(execution: str | None, at: datetime) -> Subquery:
    """Queue what is due at each address, behind what is being sent there."""
    lapsed = col(DeliveryRow.next_attempt_at) <= at - CLAIM
    is_sending = col(DeliveryRow.state) == DeliveryState.SENDING.value
    is_pending = col(DeliveryRow.state) == DeliveryState.PENDING.value
    is_due = is_pending & (col(DeliveryRow.next_attempt_at) <= at) | is_sending & lapsed
    if execution is not None:
        is_due &= col(DeliveryRow.execution) == execution
    due = case((is_due, 1), else_=0)
    place = func.row_number().over(
        partition_by=(col(DeliveryRow.url), col(DeliveryRow.url_secret)),
        order_by=(due, col(DeliveryRow.created_at), col(DeliveryRow.id)),
    )
    columns = (DeliveryRow.id, due.label("is_due"), place.label("place"))
    return select(*columns).where(is_due | is_sending).subquery()


def _is_disabled() -> ColumnElement[bool]:
    """Whether a message of the same campaign to the same address is disabled."""
    other, begun = aliased(DeliveryRow), aliased(ExecutionRow)
    return (
        select(other.id)
        .join(begun, col(begun.id) == col(other.execution))
        .where(
            col(other.state) == DeliveryState.DISABLED.value,
            col(begun.campaign) == col(ExecutionRow.campaign),
            col(other.url).is_not_distinct_from(col(DeliveryRow.url)),
            col(other.url_secret).is_not_distinct_from(col(DeliveryRow.url_secret)),
        )
        .exists()
    )


def _take(session: Session, row: DeliveryRow, at: datetime) -> Delivery:
    old = _delivery(row)
    new = replace(old, state=DeliveryState.SENDING, attempts=old.attempts + 1, next_attempt_at=at)
    session.execute(_update(new))
    log(session, Move(old.execution, f"delivery {old.id}", old.state, new.state, at))
    return new


def _hold_back(session: Session, row: DeliveryRow, at: datetime) -> None:
    """Take a message and do not send it, which is no attempt."""
    old = _delivery(row)
    why = (
        "held back: the receiver wants no more of this campaign (410); "
        f"`campaignd deliveries retry {old.id}` enables it again"
    )
    new = replace(old, state=DeliveryState.DISABLED, next_attempt_at=None, detail=why)
    session.execute(_update(new))
    subject, taken = f"delivery {old.id}", DeliveryState.SENDING
    log(session, Move(old.execution, subject, old.state, taken, at))
    log(session, Move(old.execution, subject, taken, new.state, at, why))


def _retried_at(session: Session, claimed: Iterable[Delivery]) -> Mapping[str, datetime]:
    """Read when messages were last asked for again, which is when their age began anew."""
    by_subject = {f"delivery {each.id}": each for each in claimed}
    query = (
        select(EventRow.subject, func.max(EventRow.at))
        .where(
            col(EventRow.execution).in_({each.execution for each in by_subject.values()}),
            col(EventRow.subject).in_(by_subject),
            col(EventRow.new) == DeliveryState.PENDING.value,
            col(EventRow.old).in_(_ENDED),
        )
        .group_by(EventRow.subject)
    )
    return {by_subject[subject].id: at for subject, at in session.exec(query)}


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


def _retry(session: Session, delivery_id: str, at: datetime) -> Sequence[str]:
    wanted = session.get(DeliveryRow, delivery_id)
    if wanted is None:
        raise LookupError(delivery_id)
    campaign = session.get_one(ExecutionRow, wanted.execution).campaign
    held_back = (
        select(DeliveryRow)
        .join(ExecutionRow, col(ExecutionRow.id) == col(DeliveryRow.execution))
        .where(
            col(DeliveryRow.state) == DeliveryState.DISABLED.value,
            col(DeliveryRow.id) != delivery_id,
            col(ExecutionRow.campaign) == campaign,
            col(DeliveryRow.url).is_not_distinct_from(wanted.url),
            col(DeliveryRow.url_secret).is_not_distinct_from(wanted.url_secret),
        )
    )
    rows = [wanted, *session.exec(held_back)]
    return [row.id for row in rows if _make_due(session, row, at)]


def _retry_all(session: Session, at: datetime) -> Sequence[str]:
    waiting = (DeliveryState.PENDING.value, *_ENDED)
    rows = session.exec(select(DeliveryRow).where(col(DeliveryRow.state).in_(waiting))).all()
    return [row.id for row in rows if _make_due(session, row, at)]


def _make_due(session: Session, row: DeliveryRow, at: datetime) -> bool:
    """False for what is delivered or being sent."""
    old = _delivery(row)
    if old.state in {DeliveryState.DELIVERED, DeliveryState.SENDING}:
        return False
    made = old.attempts if old.state is DeliveryState.PENDING else 0
    new = replace(old, state=DeliveryState.PENDING, attempts=made, next_attempt_at=at)
    session.execute(_update(new))
    log(session, Move(old.execution, f"delivery {old.id}", old.state, new.state, at, RETRIED))
    return True


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
