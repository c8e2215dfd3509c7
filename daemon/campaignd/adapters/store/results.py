"""What was measured, in the database. Writing the same twice changes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Table, delete, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.executions import load_launches
from campaignd.adapters.store.moves import confirm
from campaignd.adapters.store.rows import (
    simulation_columns,
    simulation_from,
    value_columns,
    value_from,
)
from campaignd.adapters.store.tables import (
    ExplanationRow,
    LaunchRow,
    ResourceRow,
    ScoreRow,
    SimulationRow,
    TitleRow,
    ValueRow,
)
from campaignd.core.cotool import AgentRun
from campaignd.core.coval import (
    FINAL,
    Aggregate,
    Explanation,
    Results,
    RunStatus,
    Simulation,
    Value,
)
from campaignd.core.execution import Execution, Launch
from campaignd.engine.records import Measured, MeasuredLaunch, Missing, ResourceSeen

_AGENT_RUN = TypeAdapter(AgentRun)


class ResultRows:
    """Stores and reads simulations, values, scores and explanations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_simulations(
        self, execution: Execution, launch: Launch, page: Sequence[Simulation]
    ) -> None:
        """Store one page; what was stored of the same simulations is replaced."""
        rows = [simulation_columns(launch, simulation) for simulation in page]
        await self._database.write(lambda session: _upsert(session, execution, SimulationRow, rows))

    async def save_values(
        self, execution: Execution, launch: Launch, results: Results, read: Collection[str]
    ) -> None:
        """Store a run's values or aggregates in place of all earlier ones.

        Simulations other than those that were `read` are forgotten: what stays is one read.
        """
        rows = [
            value_columns(launch, metric_id, simulation_id, value)
            for metric_id, values in results.values.items()
            for simulation_id, value in values.items()
            if value is not None
        ]
        aggregates = {key: asdict(value) for key, value in results.aggregates.items()}

        def save(session: Session) -> None:
            confirm(session, execution)
            _forget_others(session, launch, read)
            _replace_values(session, launch, rows)
            session.get_one(LaunchRow, launch.id).aggregates = aggregates

        await self._database.write(save)

    async def count_missing(self, launch: Launch) -> Missing:
        """Count simulations that are not there or go on, and values that completed ones lack."""
        return await self._database.read(lambda session: _count_missing(session, launch))

    async def save_scores(
        self, execution: Execution, agent: str, runs: Sequence[AgentRun], at: datetime
    ) -> None:
        """Store what Cotool says of the runs of an agent, in place of what it said before."""
        rows = [
            {
                "execution": execution.id,
                "agent": agent,
                "run_id": run.run_id,
                "read_at": at,
                "data": _AGENT_RUN.dump_python(run, mode="json"),
            }
            for run in runs
        ]
        await self._database.write(lambda session: _replace_scores(session, execution, agent, rows))

    async def save_explanations(
        self, execution: Execution, simulation_id: str, words: Sequence[Explanation]
    ) -> None:
        """Store the judges' words on one simulation."""
        rows = [
            {
                "execution": execution.id,
                "simulation_id": simulation_id,
                "metric_id": word.metric_id,
                "text": word.text,
            }
            for word in words
        ]
        await self._database.write(
            lambda session: _upsert(session, execution, ExplanationRow, rows)
        )

    async def measured(self, execution: Execution) -> Measured:
        """Read everything stored of an execution's results."""
        return await self._database.read(lambda session: _measured(session, execution.id))


def _upsert(
    session: Session,
    execution: Execution,
    model: type[SQLModel],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    confirm(session, execution)
    _replace_rows(session, model, rows)


def _replace_rows(
    session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> None:
    if not rows:
        return
    table: Table = model.__table__  # type: ignore[attr-defined]
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    keys = [column.name for column in table.primary_key]
    insert = dialect.insert(table)
    others = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in keys}
    upsert = insert.on_conflict_do_update(index_elements=keys, set_=others)
    # Past the session: its bulk insert would compile the statement anew for each batch of rows.
    session.connection().execute(upsert, rows)


def _forget_others(session: Session, launch: Launch, read: Collection[str]) -> None:
    stored = select(SimulationRow.simulation_id).where(SimulationRow.launch == launch.id)
    gone = set(session.exec(stored)).difference(read)
    for simulation_id in gone:
        session.execute(
            delete(SimulationRow).where(
                col(SimulationRow.launch) == launch.id,
                col(SimulationRow.simulation_id) == simulation_id,
            )
        )


def _replace_values(session: Session, launch: Launch, rows: Sequence[Mapping[str, Any]]) -> None:
    session.execute(delete(ValueRow).where(col(ValueRow.launch) == launch.id))
    _replace_rows(session, ValueRow, rows)


def _replace_scores(
    session: Session, execution: Execution, agent: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    confirm(session, execution)
    session.execute(
        delete(ScoreRow).where(
            col(ScoreRow.execution) == execution.id, col(ScoreRow.agent) == agent
        )
    )
    _replace_rows(session, ScoreRow, rows)


def _count_missing(session: Session, launch: Launch) -> Missing:
    simulations = select(func.count()).where(col(SimulationRow.launch) == launch.id)
    ended = simulations.where(col(SimulationRow.status).in_([status.value for status in FINAL]))
    completed = simulations.where(col(SimulationRow.status) == RunStatus.COMPLETED.value)
    values = (
        select(func.count())
        .select_from(ValueRow)
        .join(
            SimulationRow,
            (col(SimulationRow.launch) == col(ValueRow.launch))
            & (col(SimulationRow.simulation_id) == col(ValueRow.simulation_id)),
        )
        .where(
            col(ValueRow.launch) == launch.id,
            col(SimulationRow.status) == RunStatus.COMPLETED.value,
            col(ValueRow.metric_id).in_(launch.cell.metric_ids),
        )
    )
    wanted = session.exec(completed).one() * len(launch.cell.metric_ids)
    planned = max(launch.cell.simulations or 0, session.exec(simulations).one())
    absent = planned - session.exec(ended).one()
    return Missing(absent, max(wanted - session.exec(values).one(), 0))


def _measured(session: Session, execution_id: str) -> Measured:
    launches = [launch for launch in load_launches(session, execution_id) if launch.run_id]
    return Measured(
        launches=tuple(_measured_launch(session, launch) for launch in launches),
        scores=_scores(session, execution_id),
        explanations={
            (row.simulation_id, row.metric_id): row.text
            for row in session.exec(
                select(ExplanationRow).where(ExplanationRow.execution == execution_id)
            )
        },
        titles=_titles(session, launches),
        resources=tuple(_resources(session, execution_id)),
    )


def _measured_launch(session: Session, launch: Launch) -> MeasuredLaunch:
    values: dict[str, dict[str, Value]] = defaultdict(dict)
    table: Table = ValueRow.__table__  # type: ignore[attr-defined]
    # As plain columns: a million objects would take longer than reading them.
    for row in session.execute(table.select().where(table.c.launch == launch.id)):
        values[row.simulation_id][row.metric_id] = value_from(row.number, row.text, row.texts)
    rows = session.exec(
        select(SimulationRow)
        .where(SimulationRow.launch == launch.id)
        .order_by(col(SimulationRow.created_at), col(SimulationRow.simulation_id))
    )
    aggregates = session.get_one(LaunchRow, launch.id).aggregates
    return MeasuredLaunch(
        launch=launch,
        simulations=[simulation_from(row, launch.run_id or "") for row in rows],
        values=values,
        aggregates={key: Aggregate(**value) for key, value in aggregates.items()},
    )


def _scores(session: Session, execution_id: str) -> Mapping[str, Sequence[AgentRun]]:
    scores: dict[str, list[AgentRun]] = defaultdict(list)
    for row in session.exec(select(ScoreRow).where(ScoreRow.execution == execution_id)):
        scores[row.agent].append(_AGENT_RUN.validate_python(row.data))
    return {
        agent: sorted(runs, key=lambda run: (run.created_at, run.run_id))
        for agent, runs in scores.items()
    }


def _titles(session: Session, launches: Iterable[Launch]) -> Mapping[str, str]:
    ids = [launch.id for launch in launches]
    rows = session.exec(
        select(TitleRow)
        .join(SimulationRow, col(SimulationRow.test_case) == col(TitleRow.test_case))
        .where(col(SimulationRow.launch).in_(ids))
        .distinct()
    )
    return {row.test_case: row.text for row in rows}


def _resources(session: Session, execution_id: str) -> Iterable[ResourceSeen]:
    for row in session.exec(select(ResourceRow).where(ResourceRow.execution == execution_id)):
        yield ResourceSeen(
            kind=row.kind,
            vendor_id=row.vendor_id,
            name=row.name,
            version=row.version,
            update_time=row.update_time,
            cases=row.cases,
        )
