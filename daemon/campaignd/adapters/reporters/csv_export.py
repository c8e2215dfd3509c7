"""An execution's evidence as the table that `gate try` and `--baseline` read.

One row per simulation and metric, one per Cotool run (and criterion). Numbers are written so that
they read back exactly. A text that a reader could take for a number, a set or a formula carries a
leading apostrophe, as spreadsheets write it; taking one apostrophe off gives the text back. Sets
stand as JSON lists of texts.
"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO

from campaignd.core.cotool import AgentRun, AgentRunStatus
from campaignd.core.coval import RunStatus, Value
from campaignd.core.evidence import CellEvidence, Evidence, ScoreEvidence, SimulationEvidence
from campaignd.core.metrics import CotoolMetric, CovalMetric

COLUMNS = (
    "execution",
    "agent",
    "persona",
    "test_set",
    "variant",
    "test_case",
    "iteration",
    "status",
    "metric",
    "value",
)
Metrics = Mapping[str, CovalMetric | CotoolMetric]
Row = tuple[str, ...]

COMPLETED, FAILED, LOST = "COMPLETED", "FAILED", "LOST"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "[")


def export_csv(execution: str, evidence: Evidence, metrics: Metrics) -> Iterator[str]:
    """Write the table line by line, `metrics` being those of the campaign by name."""
    yield _line(COLUMNS)
    for row in _rows(evidence, metrics):
        yield _line((execution, *row))


def _rows(evidence: Evidence, metrics: Metrics) -> Iterator[Row]:
    names = [name for name, metric in metrics.items() if isinstance(metric, CovalMetric)]
    simulations = _by_cell(evidence.simulations)
    for cell in evidence.cells:
        yield from _cell_rows(cell, simulations[cell.key], names)
    for score in evidence.scores:
        yield from _score_rows(score, metrics)


def _by_cell(simulations: Iterable[SimulationEvidence]) -> dict[str, list[SimulationEvidence]]:
    groups: dict[str, list[SimulationEvidence]] = defaultdict(list)
    for simulation in simulations:
        groups[simulation.cell].append(simulation)
    return groups


def _cell_rows(
    cell: CellEvidence, simulations: Sequence[SimulationEvidence], metrics: Sequence[str]
) -> Iterator[Row]:
    place = (cell.agent, cell.persona, cell.test_set)
    tries: Counter[tuple[str, str | None]] = Counter()
    for simulation in sorted(simulations, key=lambda s: (s.created_at, s.simulation_id)):
        case = (simulation.variant, simulation.test_case)
        tries[case] += 1
        status = _status(simulation.status)
        given = (simulation.variant, _id(simulation.test_case), str(tries[case]), status)
        for metric in metrics or ("",):
            yield (*place, *given, metric, _value(simulation.values.get(metric)))
    for variant in cell.variants:
        seen = sum(count for (name, _), count in tries.items() if name == variant)
        for _ in range(cell.cases_planned * cell.iterations - seen):
            yield from ((*place, variant, "", "", LOST, metric, "") for metric in metrics or ("",))


def _status(status: RunStatus) -> str:
    """Say whose a missing result is: the agent's (FAILED) or the platform's (LOST)."""
    return status.value if status in (RunStatus.COMPLETED, RunStatus.FAILED) else LOST


def _score_rows(score: ScoreEvidence, metrics: Metrics) -> Iterator[Row]:
    status = COMPLETED if score.run.status is AgentRunStatus.DONE else LOST
    place = (score.agent, "", "", "", _id(score.run.run_id))
    for name, metric in metrics.items():
        if isinstance(metric, CotoolMetric):
            for number, value in _cotool_values(score.run, metric):
                yield (*place, number, status, name, value)


def _cotool_values(run: AgentRun, metric: CotoolMetric) -> Iterator[tuple[str, str]]:
    """Give iteration and value; criteria are numbered, what was not delivered is empty."""
    match metric.cotool:
        case "score":
            yield "", _value(run.score)
        case "criteria":
            for number, criterion in enumerate(run.criteria or (), start=1):
                met = "met" if criterion.met else "unmet"
                yield str(number), f"{met}: {criterion.text}"
            if run.criteria is None:
                yield "", ""
        case "critical_issues":
            yield "", _issue(run)


def _issue(run: AgentRun) -> str:
    if run.critical_issue is not None:
        return _value(run.critical_issue.category)
    return "none" if run.delivers_critical_issues else ""


def _value(value: Value) -> str:
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if _is_ambiguous(value) else value
        case frozenset():
            return json.dumps(sorted(value), ensure_ascii=False)
        case _:
            return repr(float(value))


def _is_ambiguous(text: str) -> bool:
    if not text or text.startswith(_FORMULA):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


def _id(text: str | None) -> str:
    """Write an id as it is, unless a spreadsheet would run it."""
    if text is None:
        return ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(row: Sequence[str]) -> str:
    paper = StringIO()
    csv.writer(paper, lineterminator="\r\n").writerow(row)
    return paper.getvalue()
