"""What deserves a reader's attention first, the same in every report."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from campaignd.adapters.reporters.notation import plain, sized
from campaignd.core.quantities import format_quantity
from campaignd.core.report import CaseReport, CellReport, GateReport, ScoreReport
from campaignd.core.states import LaunchState
from campaignd.core.verdicts import GateVerdict

_URGENCY = (
    GateVerdict.FAILED,
    GateVerdict.ERRORED,
    GateVerdict.INCONCLUSIVE,
    GateVerdict.PASSED,
)


def is_passed(gate: GateReport) -> bool:
    return gate.verdict is GateVerdict.PASSED


def wants_words(gate: GateReport) -> bool:
    """A gate that did not plainly pass is explained."""
    return not is_passed(gate) or gate.reason_code is not None


def explained(gates: Iterable[GateReport]) -> Iterator[GateReport]:
    """Walk through what to explain: gates inside another one only if that one did not pass."""
    for gate in gates:
        if wants_words(gate):
            yield gate
        if not is_passed(gate):
            yield from explained(gate.gates)


def by_urgency(gates: Iterable[GateReport]) -> list[GateReport]:
    """Put what failed and counts first, what passed last, else as in the campaign."""
    return sorted(
        gates,
        key=lambda gate: (is_passed(gate), not gate.blocks, _URGENCY.index(gate.verdict)),
    )


def with_inner(gates: Iterable[GateReport], depth: int = 0) -> Iterator[tuple[int, GateReport]]:
    """Walk through gates, each followed by the gates inside it, one deeper."""
    for gate in gates:
        yield depth, gate
        yield from with_inner(gate.gates, depth + 1)


def counted(gates: Iterable[GateReport]) -> str:
    """Count gates by verdict, the worst first: `2 failed, 1 inconclusive, 9 passed`."""
    counts = Counter(gate.verdict for gate in gates)
    parts = [f"{counts[verdict]} {verdict.value}" for verdict in _URGENCY if counts[verdict]]
    return ", ".join(parts)


def names_of(gates: Iterable[GateReport]) -> str:
    """Name gates once each, with the number of groups that were judged of it."""
    counts = Counter(plain(gate.name) for gate in gates)
    return ", ".join(
        name if groups == 1 else f"{name} ({groups} groups)" for name, groups in counts.items()
    )


def is_troubled(cell: CellReport) -> bool:
    """A cell that was not collected whole, or only after more than one attempt."""
    counts = cell.simulations
    lacks = counts.failed or counts.lost or cell.error or len(cell.attempts) > 1
    return bool(lacks) or cell.state != LaunchState.COLLECTED


def troubled_first(cells: Sequence[CellReport]) -> list[CellReport]:
    return sorted(cells, key=lambda cell: not is_troubled(cell))


def errors_of(cell: CellReport) -> list[str]:
    """Say what went wrong in each attempt, and last with the cell."""
    errors = [
        f"attempt {attempt.number}, {attempt.state}: {attempt.error}"
        for attempt in cell.attempts
        if attempt.error and attempt.error != cell.error
    ]
    return [plain(error) for error in (*errors, cell.error) if error]


def summarize(runs: Sequence[ScoreReport]) -> str:
    """Say how many runs were graded, their mean and lowest score, and the critical issues."""
    grades = [run.score for run in runs if run.score is not None]
    facts = [sized(len(runs), "run"), f"{len(grades)} graded"]
    if grades:
        facts.append(f"mean {format_quantity(sum(grades) / len(grades))}")
        facts.append(f"lowest {format_quantity(min(grades))}")
    issues = sum(run.critical_issue is not None for run in runs)
    return ", ".join([*facts, sized(issues, "critical issue")])


def by_agent(scores: Iterable[ScoreReport]) -> dict[str, list[ScoreReport]]:
    """Group scores by agent, in the order in which agents first appear."""
    groups: dict[str, list[ScoreReport]] = {}
    for score in scores:
        groups.setdefault(score.agent, []).append(score)
    return groups


def case_name(case: CaseReport) -> str:
    return plain(case.title or case.test_case or "unnamed test case")


def case_place(case: CaseReport) -> str:
    """Say where a test case ran, as far as known."""
    return plain(" / ".join(p for p in (case.agent, case.persona, case.test_set) if p))


def attempts_time(cell: CellReport) -> float | None:
    """Seconds from a cell's first launch to its last end; None while either is unknown."""
    starts = [attempt.launched_at for attempt in cell.attempts if attempt.launched_at]
    ends = [attempt.ended_at for attempt in cell.attempts if attempt.ended_at]
    return _seconds(min(starts), max(ends)) if starts and ends else None


def _seconds(start: datetime, end: datetime) -> float:
    return max((end - start).total_seconds(), 0.0)
