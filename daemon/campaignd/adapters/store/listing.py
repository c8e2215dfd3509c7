"""Lists of executions."""

from collections.abc import Sequence

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from campaignd.adapters.store.rows import execution_from
from campaignd.adapters.store.tables import CellRow, ExecutionRow
from campaignd.core.browsing import Filter
from campaignd.core.verdicts import GateVerdict
from campaignd.engine.records import Summary


def list_executions(session: Session, wanted: Filter) -> Sequence[Summary]:
    """List executions, the newest first."""
    query = _narrow(select(ExecutionRow), wanted)
    newest = query.order_by(col(ExecutionRow.id).desc()).limit(wanted.limit)
    return summarize(session, session.exec(newest).all())


def _narrow(query: SelectOfScalar[ExecutionRow], wanted: Filter) -> SelectOfScalar[ExecutionRow]:
    if wanted.campaigns is not None:
        query = query.where(col(ExecutionRow.campaign).in_(wanted.campaigns))
    if wanted.verdict is not None:
        query = query.where(ExecutionRow.verdict == wanted.verdict.value)
    if wanted.state is not None:
        query = query.where(ExecutionRow.state == wanted.state.value)
    if wanted.before is not None:
        query = query.where(col(ExecutionRow.id) < wanted.before)
    for name, value in wanted.labels.items():
        query = query.where(col(ExecutionRow.labels)[name].as_string() == value)
    return query


def summarize(session: Session, rows: Sequence[ExecutionRow]) -> Sequence[Summary]:
    """Make lines of a list, in the given order."""
    counts = dict(
        session.exec(
            select(CellRow.execution, func.sum(CellRow.simulations))
            .where(col(CellRow.execution).in_([row.id for row in rows]))
            .group_by(col(CellRow.execution))
        ).all()
    )
    return [_summary(row, counts.get(row.id, 0)) for row in rows]


def _summary(row: ExecutionRow, simulations: int) -> Summary:
    failed = sum(gate["verdict"] == GateVerdict.FAILED.value for gate in row.gates)
    return Summary(execution_from(row), len(row.gates), failed, simulations)
