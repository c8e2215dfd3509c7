"""What may be pruned, as queries."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from campaignd.adapters.store.history import select_unfinished
from campaignd.adapters.store.tables import (
    ComparisonRow,
    DeliveryRow,
    EventRow,
    ExecutionRow,
    IdempotencyRow,
    PinRow,
    ScheduleMomentRow,
    SimulationRow,
    TitleRow,
)
from campaignd.core.states import UNDER_WAY, DeliveryState, ExecutionState

PRUNED = "pruned"
"""The event that ends the pruning of an execution."""


def select_executions(until: datetime, needed: Collection[str]) -> SelectOfScalar[str]:
    """Select executions that may be pruned and are not yet, or not wholly; the oldest first."""
    others = aliased(ExecutionRow)
    is_young = or_(col(others.finished_at).is_(None), col(others.finished_at) >= until)
    compared_with = (
        select(ComparisonRow.other)
        .join(others, col(others.id) == col(ComparisonRow.execution))
        .where(col(ComparisonRow.other).is_not(None), or_(is_young, col(others.id).in_(needed)))
    )
    under_way = [state.value for state in UNDER_WAY]
    awaited = select(DeliveryRow.execution).where(col(DeliveryRow.state).in_(under_way))
    is_done = select(EventRow.id).where(
        EventRow.execution == ExecutionRow.id, EventRow.new == PRUNED
    )
    return (
        select(ExecutionRow.id)
        .where(
            ExecutionRow.state == ExecutionState.FINISHED.value,
            col(ExecutionRow.finished_at) < until,
            or_(col(ExecutionRow.pruned_at).is_(None), ~is_done.exists()),
            col(ExecutionRow.id).not_in(needed),
            col(ExecutionRow.id).not_in(select(PinRow.execution)),
            col(ExecutionRow.id).not_in(compared_with),
            col(ExecutionRow.id).not_in(awaited),
            col(ExecutionRow.id).not_in(select_unfinished()),
        )
        .order_by(ExecutionRow.id)
    )


def deliveries_to_go(execution: str) -> SelectOfScalar[str]:
    """Select messages of an execution that nobody waits for.

    The last one that a disabled receiver did not get stays: it is what keeps it disabled.
    """
    younger, then, now = aliased(DeliveryRow), aliased(ExecutionRow), aliased(ExecutionRow)
    is_superseded = (
        select(younger.id)
        .join(now, col(now.id) == col(younger.execution))
        .join(then, col(then.id) == col(DeliveryRow.execution))
        .where(
            col(younger.state) == DeliveryState.DISABLED.value,
            col(now.campaign) == col(then.campaign),
            col(younger.url).is_not_distinct_from(col(DeliveryRow.url)),
            col(younger.url_secret).is_not_distinct_from(col(DeliveryRow.url_secret)),
            col(younger.created_at) > col(DeliveryRow.created_at),
        )
        .correlate(DeliveryRow)
        .exists()
    )
    ended = (DeliveryState.DELIVERED.value, DeliveryState.FAILED.value)
    is_disabled = col(DeliveryRow.state) == DeliveryState.DISABLED.value
    return select(DeliveryRow.id).where(
        DeliveryRow.execution == execution,
        or_(col(DeliveryRow.state).in_(ended), and_(is_disabled, is_superseded)),
    )


def is_moment_before(until: datetime) -> ColumnElement[bool]:
    """Tell cron moments that nobody asks for any more; the last one of a campaign is shown."""
    later = aliased(ScheduleMomentRow)
    has_later = (
        select(later.moment)
        .where(
            col(later.campaign) == col(ScheduleMomentRow.campaign),
            col(later.moment) > col(ScheduleMomentRow.moment),
        )
        .correlate(ScheduleMomentRow)
        .exists()
    )
    return and_(col(ScheduleMomentRow.moment) < until, has_later)


def moments_before(until: datetime) -> Any:
    """Select the moments that may go."""
    return select(ScheduleMomentRow.moment).where(is_moment_before(until))


def is_key_before(until: datetime) -> ColumnElement[bool]:
    """Tell idempotency keys that are older."""
    return col(IdempotencyRow.created_at) < until


def keys_before(until: datetime) -> Any:
    """Select the keys that may go."""
    return select(IdempotencyRow.key).where(is_key_before(until))


def find_unused_titles(session: Session) -> Sequence[str]:
    """Find test cases that have a title, and no simulation."""
    used = select(SimulationRow.test_case).where(col(SimulationRow.test_case).is_not(None))
    return session.exec(
        select(TitleRow.test_case).where(col(TitleRow.test_case).not_in(used.distinct()))
    ).all()


def is_anything_going(session: Session) -> bool:
    """Whether there is an execution without a verdict, or with results still to come."""
    return session.exec(select_unfinished().limit(1)).first() is not None
