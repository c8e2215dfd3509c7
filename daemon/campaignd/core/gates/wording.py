"""The sentences of gate results."""

from math import inf
from typing import TYPE_CHECKING

from campaignd.core.gates.findings import MISSING_DATA, NOT_GRADED, TOO_FEW
from campaignd.core.quantities import format_exact_share, format_quantity, format_share
from campaignd.core.statistics.bounds import NO_BOUNDS, Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.metric_gate import MetricGate
    from campaignd.core.gates.model import Bar
    from campaignd.core.gates.sample import Sample

_LISTED = 3


def items(group: "Group", sample: "Sample") -> str:
    """What was looked at: `36 simulations (12 test cases)`."""
    single, several = ("Cotool run", "check") if group.is_cotool else ("test case", "simulation")
    if sample.n != sample.cases:
        return f"{number_of(sample.n, several)} ({number_of(sample.cases, single)})"
    return number_of(sample.n, single if group.is_cotool else several)


def number_of(count: int, what: str, several: str | None = None) -> str:
    """`1 simulation`, `2 simulations`."""
    return f"{count} {what if count == 1 else several or what + 's'}"


def listed(names: "Sequence[str]") -> str:
    """Some names, and how many more there are."""
    rest = len(names) - _LISTED
    some = ", ".join(names[:_LISTED])
    return f"{some} and {rest} more" if rest > 0 else some


def share_range(bounds: Bounds, confidence: float) -> str:
    lower, upper = (
        format_share(min(max(bound or 0.0, 0.0), 1.0)) for bound in (bounds.lower, bounds.upper)
    )
    return f"{lower} to {upper} at {format_exact_share(confidence)}"


def number_range(bounds: Bounds, unit: str | None, confidence: float) -> str:
    """`5.9 s to 9.1 s at 95%`, or the one side that is known."""
    sure = format_exact_share(confidence)
    low = None if bounds.lower is None else format_quantity(bounds.lower, unit)
    high = None if bounds.upper is None else format_quantity(bounds.upper, unit)
    if low and high:
        return f"{low} to {high} at {sure}"
    return f"{low} or more at {sure}" if low else f"{high} or less at {sure}"


def change_range(
    ends: "tuple[float, float]", change: float, write: "Callable[[float], str]", confidence: float
) -> str:
    """`between 2.9 points and 9.4 points at 95%`, of a change that is told by its size."""
    lower, upper = ends
    sure = format_exact_share(confidence)
    if lower < 0 < upper:
        fall, rise = write(-lower), write(upper)
        return f"between {fall} down and {rise} up at {sure}"
    near, far = sorted((abs(lower), abs(upper)))
    less = "" if (lower + upper) * change >= 0 else "the other way, "
    return f"{less}between {write(near)} and {write(far)} at {sure}"


def by_chance(bounds: Bounds, bar: "Bar", spread: str) -> str:
    """A note where the bounds leave room for the other verdict, else nothing."""
    if bounds == NO_BOUNDS:
        return ""
    lower = -inf if bounds.lower is None else bounds.lower
    upper = inf if bounds.upper is None else bounds.upper
    if bar.holds(lower) == bar.holds(upper):
        return ""
    return f"; at this size chance alone could explain it: {spread}"


def about_missing(gate: "MetricGate", group: "Group", sample: "Sample", code: str | None) -> str:
    """What is missing, and what it does to the verdict."""
    if group.is_cotool:
        return _about_ungraded(gate, group, code)
    if not sample.missing:
        return ""
    missing = f"{sample.missing} of {number_of(len(sample.values), 'value')} missing"
    failed = f" ({group.failed} failed)" if group.failed and gate.needs_numbers else ""
    if code == MISSING_DATA:
        return f"; with {missing}{failed} that cannot be told"
    return f"; {missing}{failed}"


def _about_ungraded(gate: "MetricGate", group: "Group", code: str | None) -> str:
    if code == TOO_FEW:
        graded = number_of(group.runs_graded, "graded run")
        return f"; {graded} are too few, at least {gate.at_least_runs} were asked for"
    if group.runs_graded == group.runs:
        return ""
    graded = f"{group.runs_graded} of {number_of(group.runs, 'Cotool run')} graded"
    if code == NOT_GRADED:
        return f"; only {graded}, and {format_share(gate.graded_share)} were asked for"
    return f"; {graded}"
