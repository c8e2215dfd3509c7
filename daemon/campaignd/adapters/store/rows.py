"""Rows to values and back."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row

from campaignd.adapters.store.tables import (
    CellRow,
    ExecutionRow,
    SimulationRow,
)
from campaignd.core.coval import Progress, RunStatus, Simulation, Value
from campaignd.core.execution import Cause, Execution, Launch
from campaignd.core.plan import Cell
from campaignd.core.states import ExecutionState, LaunchState
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import NewExecution

_CELL = TypeAdapter(Cell)


def new_execution_row(new: NewExecution) -> ExecutionRow:
    return ExecutionRow(
        id=new.id,
        campaign=new.campaign,
        trigger=new.trigger,
        account=new.account,
        revision=new.revision,
        source=new.source,
        inputs=dict(new.inputs),
        labels=dict(new.labels),
        state=ExecutionState.QUEUED,
        epoch=1,
        owner=new.owner,
        created_at=new.created_at,
        deadline=new.deadline,
        notes=list(new.notes),
    )


def execution_from(row: ExecutionRow | Row[Any]) -> Execution:
    return Execution(
        id=row.id,
        campaign=row.campaign,
        trigger=row.trigger,
        account=row.account,
        revision=row.revision,
        source=row.source,
        inputs=row.inputs,
        labels=row.labels,
        state=ExecutionState(row.state),
        epoch=row.epoch,
        owner=row.owner,
        created_at=row.created_at,
        deadline=row.deadline,
        started_at=row.started_at,
        finished_at=row.finished_at,
        given_up=Cause(row.given_up) if row.given_up else None,
        given_up_at=row.given_up_at,
        verdict=Verdict(row.verdict) if row.verdict else None,
        exit_status=row.exit_status,
        reason=row.reason,
        notes=tuple(row.notes),
        pruned_at=row.pruned_at,
    )


def execution_columns(execution: Execution) -> dict[str, Any]:
    """Return what a move may change."""
    return {
        "state": execution.state.value,
        "started_at": execution.started_at,
        "finished_at": execution.finished_at,
        "given_up": execution.given_up.value if execution.given_up else None,
        "given_up_at": execution.given_up_at,
        "verdict": execution.verdict.value if execution.verdict else None,
        "exit_status": execution.exit_status,
        "reason": execution.reason,
        "notes": list(execution.notes),
    }


def cell_row(execution: str, cell: Cell) -> CellRow:
    return CellRow(
        execution=execution,
        number=cell.number,
        key=cell.key,
        plan=_CELL.dump_python(cell, mode="json"),
        simulations=cell.simulations or 0,
    )


def cell_from(row: CellRow) -> Cell:
    return _CELL.validate_python(row.plan)


def launch_from(row: Row[Any], cell: Cell) -> Launch:
    return Launch(
        id=row.id,
        execution=row.execution,
        cell=cell,
        attempt=row.attempt,
        key=row.key,
        state=LaunchState(row.state),
        sends=row.sends,
        run_id=row.run_id,
        sending_at=row.sending_at,
        quiet_from=row.quiet_from,
        launched_at=row.launched_at,
        begun_at=row.begun_at,
        moved_at=row.moved_at,
        ended_at=row.ended_at,
        run_status=RunStatus(row.run_status) if row.run_status else None,
        progress=Progress(
            total=row.progress_total,
            completed=row.progress_completed,
            failed=row.progress_failed,
            in_progress=row.progress_in_progress,
        ),
        given_up=Cause(row.given_up) if row.given_up else None,
        error=row.error,
    )


def launch_columns(launch: Launch) -> dict[str, Any]:
    """Return what a move may change."""
    return {
        "state": launch.state.value,
        "sends": launch.sends,
        "run_id": launch.run_id,
        "sending_at": launch.sending_at,
        "quiet_from": launch.quiet_from,
        "launched_at": launch.launched_at,
        "begun_at": launch.begun_at,
        "moved_at": launch.moved_at,
        "ended_at": launch.ended_at,
        "run_status": launch.run_status.value if launch.run_status else None,
        "progress_total": launch.progress.total,
        "progress_completed": launch.progress.completed,
        "progress_failed": launch.progress.failed,
        "progress_in_progress": launch.progress.in_progress,
        "given_up": launch.given_up.value if launch.given_up else None,
        "error": launch.error,
    }


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of `new` that differ."""
    return {name: value for name, value in new.items() if old[name] != value}


def simulation_columns(launch: Launch, simulation: Simulation) -> dict[str, Any]:
    names = {variant.mutation_id: variant.name for variant in launch.cell.mutations}
    mutation = simulation.mutation_id
    return {
        "launch": launch.id,
        "simulation_id": simulation.simulation_id,
        "mutation_id": mutation,
        "variant": "base" if mutation is None else names.get(mutation, mutation),
        "test_case": simulation.test_case_id,
        "status": simulation.status.value,
        "created_at": simulation.create_time,
        "error": simulation.error,
    }


def simulation_from(row: SimulationRow, run_id: str) -> Simulation:
    return Simulation(
        simulation_id=row.simulation_id,
        run_id=run_id,
        status=RunStatus(row.status),
        raw_status=row.status,
        create_time=row.created_at,
        test_case_id=row.test_case,
        mutation_id=row.mutation_id,
        mutation_name=None if row.variant == "base" else row.variant,
        error=row.error,
    )


def value_columns(
    launch: Launch, metric_id: str, simulation_id: str, value: Value
) -> dict[str, Any]:
    return {
        "launch": launch.id,
        "simulation_id": simulation_id,
        "metric_id": metric_id,
        "number": value if isinstance(value, float) else None,
        "text": value if isinstance(value, str) else None,
        "texts": sorted(value) if isinstance(value, frozenset) else None,
    }


def value_from(number: float | None, text: str | None, texts: list[str] | None) -> Value:
    if number is not None:
        return number
    if text is not None:
        return text
    return None if texts is None else frozenset(texts)
