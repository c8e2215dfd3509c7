"""What of a long list is shown at once, and what waits in a fold."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from campaignd.adapters.reporters.selection import is_troubled, troubled_first
from campaignd.core.report import CellReport, ScoreReport

SMOOTH_SHOWN = 20
SCORES_SHOWN = 10
ISSUES_SHOWN = 50

T = TypeVar("T")


class Folded(NamedTuple, Generic[T]):
    shown: Sequence[T]
    folded: Sequence[T]


def fold_smooth(ordered: Sequence[T], smooth: int) -> Folded[T]:
    """Fold the last entries of a list, the smooth ones, if they are many."""
    cut = len(ordered) - smooth if smooth > SMOOTH_SHOWN else len(ordered)
    return Folded(ordered[:cut], ordered[cut:])


def fold_cells(cells: Sequence[CellReport]) -> Folded[CellReport]:
    """Show cells with trouble first; fold the others if they are many."""
    return fold_smooth(troubled_first(cells), sum(not is_troubled(cell) for cell in cells))


def fold_scores(runs: Sequence[ScoreReport]) -> Folded[ScoreReport]:
    """Show the runs with critical issues and the lowest grades; those without a grade are last."""
    ordered = sorted(runs, key=_rank)
    issues = sum(run.critical_issue is not None for run in runs)
    cut = min(max(issues, SCORES_SHOWN), ISSUES_SHOWN)
    return Folded(ordered[:cut], ordered[cut:])


def _rank(run: ScoreReport) -> tuple[bool, bool, float]:
    return run.critical_issue is None, run.score is None, run.score or 0.0
