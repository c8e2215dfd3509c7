"""An execution's evidence as the table that `gate try` and `--baseline` read."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO

from campaignd.adapters.table.columns import (
    COLUMNS,
    COMPLETED,
    FAILED,
    LOST,
    MET,
    NONE,
    RUNS,
    TIMED_OUT,
    UNMET,
    Metrics,
)
from campaignd.adapters.table.values import write_aggregate, write_name, write_value
from campaignd.core.cotool import AgentRun, AgentRunStatus
from campaignd.core.coval import RunStatus
from campaignd.core.evidence import (
    CellEvidence,
    CellOutcome,
    Evidence,
    ScoreEvidence,
    SimulationEvidence,
)
from campaignd.core.metrics import CotoolMetric, CovalMetric

Row = tuple[str, ...]
_BAD_ENDS = frozenset({AgentRunStatus.ERROR, AgentRunStatus.INTERRUPTED})


def export_csv(execution: str, evidence: Evidence, metrics: Metrics) -> Iterator[str]:
    """Write the table line by line, `metrics` being those of the campaign by name."""
    yield _line(COLUMNS)
    for row in _rows(evidence, metrics):
        yield _line((execution, *row))


def _rows(evidence: Evidence, metrics: Metrics) -> Iterator[Row]:
    names = [name for name, metric in metrics.items() if isinstance(metric, CovalMetric)]
    simulations = _by_arm(evidence.simulations)
    for cell in evidence.cells:
        arms = [simulations[cell.key, variant] for variant in cell.variants]
        for variant, arm in zip(cell.variants, arms, strict=True):
            yield from _arm_rows(cell, variant, arm, names or [""])
        yield from _cell_rows(cell, seen=any(arms))
    for score in sorted(
        evidence.scores, key=lambda score: (score.run.created_at, score.run.run_id)
    ):
        yield from _score_rows(score, metrics)


def _by_arm(
    simulations: Iterable[SimulationEvidence],
) -> Mapping[tuple[str, str], list[SimulationEvidence]]:
    groups: dict[tuple[str, str], list[SimulationEvidence]] = defaultdict(list)
    for simulation in simulations:
        groups[simulation.cell, simulation.variant].append(simulation)
    return groups


def _arm_rows(
    cell: CellEvidence,
    variant: str,
    simulations: Sequence[SimulationEvidence],
    metrics: Sequence[str],
) -> Iterator[Row]:
    """One variant of a cell: what was seen, and what was planned and was not."""
    place = _place(cell)
    tries: Counter[str | None] = Counter()
    for simulation in sorted(simulations, key=lambda s: (s.created_at, s.simulation_id)):
        case = simulation.test_case
        tries[case] += 1
        # Without a test case it is no iteration of anything.
        number = "" if case is None else str(tries[case])
        given = (variant, write_name(case), number, _status(simulation.status))
        for metric in metrics:
            yield (*place, *given, metric, write_value(simulation.values.get(metric)))
    for position in range(cell.cases_planned * cell.iterations - len(simulations)):
        iteration = str(cell.iterations - position % cell.iterations)
        yield from ((*place, variant, "", iteration, LOST, metric, "") for metric in metrics)


def _place(cell: CellEvidence) -> tuple[str, str, str]:
    """Agent, persona and test set; a further chunk of mutations shows as in the cell's key."""
    chunk = cell.key.partition("#")[2]
    return cell.agent, cell.persona, f"{cell.test_set}#{chunk}" if chunk else cell.test_set


def _status(status: RunStatus) -> str:
    """Say whose a missing result is: the agent's (FAILED) or the platform's (LOST)."""
    return status.value if status in (RunStatus.COMPLETED, RunStatus.FAILED) else LOST


def _cell_rows(cell: CellEvidence, *, seen: bool) -> Iterator[Row]:
    """Write what the rows of its simulations do not say: launches, and Coval's own sums."""
    place = _place(cell)
    for metric, aggregate in cell.aggregates.items():
        yield (*place, "", "", "", COMPLETED, metric, write_aggregate(aggregate))
    collected = cell.outcome is CellOutcome.COLLECTED
    if collected and seen and (cell.attempts, cell.attempts_lost) == (1, 0):
        return
    for number, (status, value) in enumerate(_launches(cell), start=1):
        yield (*place, "", "", str(number), status, RUNS, value)


def _launches(cell: CellEvidence) -> Iterator[tuple[str, str]]:
    """Status and value of each launch: as many FAILED as failed, and the last one's outcome."""
    if cell.outcome is CellOutcome.COLLECTED:
        earlier, last = cell.attempts_lost, (COMPLETED, "")
    else:
        ended = TIMED_OUT if cell.outcome is CellOutcome.TIMED_OUT else ""
        earlier = max(cell.attempts_lost - 1, 0)
        last = (FAILED if cell.attempts_lost else LOST, ended)
    for number in range(cell.attempts - 1):
        yield (FAILED if number < earlier else LOST, "")
    yield last


def _score_rows(score: ScoreEvidence, metrics: Metrics) -> Iterator[Row]:
    status = LOST if score.run.status in _BAD_ENDS else COMPLETED
    place = (score.agent, "", "", "", write_name(score.run.run_id))
    for name, metric in metrics.items():
        if isinstance(metric, CotoolMetric):
            for number, value in _cotool_values(score.run, metric):
                yield (*place, number, status, name, value)


def _cotool_values(run: AgentRun, metric: CotoolMetric) -> Iterator[tuple[str, str]]:
    """Give iteration and value; criteria are numbered, what was not delivered is empty."""
    match metric.cotool:
        case "score":
            yield "", write_value(run.score)
        case "criteria":
            for number, criterion in enumerate(run.criteria or (), start=1):
                yield str(number), f"{MET if criterion.met else UNMET}{criterion.text}"
            if not run.criteria:
                yield "", "" if run.criteria is None else NONE
        case "critical_issues":
            yield "", _issue(run)


def _issue(run: AgentRun) -> str:
    if run.critical_issue is not None:
        return write_value(run.critical_issue.category)
    return NONE if run.delivers_critical_issues else ""


def _line(row: Sequence[str]) -> str:
    paper = StringIO()
    csv.writer(paper, lineterminator="\r\n").writerow(row)
    return paper.getvalue()
