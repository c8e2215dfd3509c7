"""The report of an execution, made from what is stored, while it goes on and after."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from campaignd.core.cotool import AgentRun
from campaignd.core.coval import RunStatus
from campaignd.core.decide import latest_attempts
from campaignd.core.execution import Duplicate, Execution, Launch, tag_of
from campaignd.core.report import (
    AttemptReport,
    CellReport,
    CriterionReport,
    ExecutionReport,
    GateReport,
    Revision,
    ScoreReport,
    SimulationCounts,
    Totals,
    Unsettled,
)
from campaignd.core.states import ExecutionState, LaunchState
from campaignd.engine.records import Measured, MeasuredLaunch


@dataclass(frozen=True, slots=True)
class Material:
    """What a report is made of."""

    execution: Execution
    launches: Sequence[Launch]
    measured: Measured
    gates: Sequence[GateReport]
    requests: Mapping[str, int]
    duplicates: Sequence[Duplicate]


def build_report(material: Material, run_url: Callable[[str], str | None]) -> ExecutionReport:
    """Build the report; verdict and exit status are None while the execution goes on."""
    execution = material.execution
    results = {part.launch.id: part for part in material.measured.launches}
    attempts: dict[int, list[Launch]] = defaultdict(list)
    for launch in material.launches:
        attempts[launch.cell.number].append(launch)
    cells = tuple(
        _cell(
            attempts[launch.cell.number], _count(execution, launch, results.get(launch.id)), run_url
        )
        for launch in latest_attempts(material.launches)
    )
    return ExecutionReport(
        execution=execution.id,
        campaign=execution.campaign,
        revision=Revision(sha256=execution.revision, source=execution.source),
        trigger=execution.trigger,
        inputs=dict(execution.inputs),
        labels=dict(execution.labels),
        state=execution.state.value,
        verdict=execution.verdict,
        exit_status=execution.exit_status,
        reason=execution.reason,
        started_at=execution.started_at or execution.created_at,
        finished_at=execution.finished_at,
        gates=tuple(material.gates),
        cells=cells,
        scores=tuple(
            _score(agent, run) for agent, runs in material.measured.scores.items() for run in runs
        ),
        totals=_totals(material, cells),
        unsettled=tuple(_all_unsettled(material)),
        notes=(*execution.notes, *_duplicate_notes(material), *_pruning_notes(execution)),
        pruned_at=execution.pruned_at,
    )


def _cell(
    attempts: Sequence[Launch],
    simulations: SimulationCounts,
    run_url: Callable[[str], str | None],
) -> CellReport:
    last = attempts[-1]
    return CellReport(
        key=last.cell.key,
        agent=last.cell.agent,
        persona=last.cell.persona,
        test_set=last.cell.test_set,
        state=last.state.value,
        attempts=tuple(_attempt(launch) for launch in attempts),
        run_id=last.run_id,
        url=run_url(last.run_id) if last.run_id else None,
        simulations=simulations,
        error=last.error,
    )


def _attempt(launch: Launch) -> AttemptReport:
    return AttemptReport(
        number=launch.attempt,
        state=launch.state.value,
        run_id=launch.run_id,
        launch_key=launch.key,
        launched_at=launch.launched_at,
        ended_at=launch.ended_at,
        error=launch.error,
    )


def _count(execution: Execution, launch: Launch, part: MeasuredLaunch | None) -> SimulationCounts:
    statuses = [simulation.status for simulation in part.simulations] if part else []
    planned, progress = launch.cell.simulations or 0, launch.progress
    is_pruned = execution.pruned_at is not None
    total = progress.total if is_pruned else len(statuses)
    completed, failed = progress.completed, progress.failed
    lost = planned if launch.is_settled else 0
    if launch.state is LaunchState.COLLECTED:
        if not is_pruned:
            completed = statuses.count(RunStatus.COMPLETED)
            failed = statuses.count(RunStatus.FAILED)
        lost = max(planned, total) - completed - failed
    return SimulationCounts(
        planned=planned, total=total, completed=completed, failed=failed, lost=lost
    )


def _score(agent: str, run: AgentRun) -> ScoreReport:
    return ScoreReport(
        agent=agent,
        run_id=run.run_id,
        title=run.title,
        created_at=run.created_at,
        status=run.status.value,
        score=run.score,
        explanation=run.explanation,
        criteria=None
        if run.criteria is None
        else tuple(
            CriterionReport(criterion=c.text, met=c.met, explanation=c.explanation)
            for c in run.criteria
        ),
        critical_issue=run.critical_issue.category if run.critical_issue else None,
    )


def _totals(material: Material, cells: Sequence[CellReport]) -> Totals:
    execution = material.execution
    duration = None
    if execution.finished_at is not None:
        began = execution.started_at or execution.created_at
        duration = (execution.finished_at - began).total_seconds()
    return Totals(
        simulations=sum(cell.simulations.total for cell in cells),
        runs=sum(launch.run_id is not None for launch in material.launches),
        requests=dict(material.requests),
        duration=duration,
    )


def _all_unsettled(material: Material) -> Iterator[Unsettled]:
    execution = material.execution
    yield from (_unsettled(x) for x in material.launches if _is_unsettled(execution, x))
    if execution.state is ExecutionState.FINISHED:
        yield from (_unended(twin) for twin in material.duplicates if twin.ended_at is None)


def _is_unsettled(execution: Execution, launch: Launch) -> bool:
    is_over = execution.state is ExecutionState.FINISHED
    return launch.state is LaunchState.UNRESOLVED or (is_over and launch.is_on_coval)


_UNSETTLED = {
    LaunchState.SENDING: "it is not known whether Coval launched it",
    LaunchState.UNRESOLVED: "it is not known whether Coval launched it",
    LaunchState.RUNNING: "its run may still be going on",
    LaunchState.CANCELLING: "its run could not be ended yet",
}


def _unsettled(launch: Launch) -> Unsettled:
    return Unsettled(
        cell=launch.cell.key,
        launch_key=launch.key,
        state=launch.state.value,
        run_id=launch.run_id,
        note=_what_to_do(launch, _UNSETTLED[launch.state]),
    )


def _unended(duplicate: Duplicate) -> Unsettled:
    launch = duplicate.launch
    return Unsettled(
        cell=launch.cell.key,
        launch_key=launch.key,
        state=LaunchState.CANCELLING.value,
        run_id=duplicate.run_id,
        note=_what_to_do(launch, "this second run of the launch could not be ended yet"),
    )


def _what_to_do(launch: Launch, what: str) -> str:
    tag = tag_of(launch.execution)
    return (
        f"{what}; `campaignd resume {launch.execution}` settles it, or look on Coval for the "
        f"tag {tag}"
    )


def _duplicate_notes(material: Material) -> Sequence[str]:
    runs: dict[str, list[str]] = defaultdict(list)
    for duplicate in material.duplicates:
        if duplicate.ended_at is not None:
            runs[duplicate.launch.key].append(duplicate.run_id)
    return [
        f"Coval ran launch {key} more than once; {', '.join(ended)} was ended and does not count"
        for key, ended in runs.items()
    ]


def _pruning_notes(execution: Execution) -> Iterator[str]:
    if execution.pruned_at is not None:
        yield (
            f"what was measured was pruned on {execution.pruned_at:%Y-%m-%d}: the verdict and the "
            "gates are as they were judged, the values are gone"
        )
