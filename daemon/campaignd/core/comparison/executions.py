"""Two executions, metric by metric and case by case."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from campaignd.core.comparison.cases import (
    Pairs,
    Values,
    Yardstick,
    frame_of,
    gather,
    match,
    measure_matched,
    measure_unmatched,
    pool,
    yardsticks,
)
from campaignd.core.evidence import Evidence
from campaignd.core.metrics import Metric


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A test case whose value differs. `worse` is None where nobody said which way is better."""

    test_set: str
    test_case: str
    base: float
    new: float
    worse: bool | None


@dataclass(frozen=True, slots=True)
class Compared:
    """One metric of one agent and variant, in two executions.

    Shares are from 0 to 1, numbers in the metric's unit. `lower` and `upper` hold together at the
    confidence asked for; None where the method cannot tell. `matched` counts test cases that both
    have; 0 where none is in both, and all of both sides are compared. `verdict` is better, worse,
    higher, lower, or same: a difference is not proven. `changes` come worst first.
    """

    metric: str
    agent: str
    variant: str
    is_share: bool
    unit: str | None
    base: float
    new: float
    difference: float
    lower: float | None
    upper: float | None
    matched: int
    verdict: str
    method: str
    changes: tuple[CaseChange, ...]


def compare_executions(
    base: Evidence, new: Evidence, metrics: Mapping[str, Metric], confidence: float = 0.95
) -> tuple[Compared, ...]:
    """Compare what both measured. What only one of them has is left out."""
    found: list[Compared] = []
    for yard in yardsticks(metrics):
        before = gather(frame_of(base, metrics, yard.name), yard)
        after = gather(frame_of(new, metrics, yard.name), yard)
        common = [place for place in after if before.get(place) and after[place]]
        found += [_compare(yard, at, (before[at], after[at]), confidence) for at in common]
    return tuple(found)


def _compare(
    yard: Yardstick, place: tuple[str, str], sides: tuple[Values, Values], confidence: float
) -> Compared:
    pairs = match(*sides)
    base, new = (pairs.base, pairs.new) if pairs else (pool(sides[0]), pool(sides[1]))
    measure = measure_matched if pairs else measure_unmatched
    measured = measure(yard, base, new)
    # Each side gets half of the error, so that both bounds hold together.
    bounds = measured.bounds(1 - (1 - confidence) / 2)
    return Compared(
        metric=yard.name,
        agent=place[0],
        variant=place[1],
        is_share=yard.is_share,
        unit=yard.unit,
        base=float(base.means.mean()),
        new=float(new.means.mean()),
        difference=measured.estimate,
        lower=bounds.lower,
        upper=bounds.upper,
        matched=len(pairs.cases) if pairs else 0,
        verdict=_verdict(yard, bounds.lower, bounds.upper),
        method=measured.method,
        changes=tuple(_changes(yard, pairs)) if pairs else (),
    )


def _verdict(yard: Yardstick, lower: float | None, upper: float | None) -> str:
    rose = lower is not None and lower > 0
    fell = upper is not None and upper < 0
    if not rose and not fell:
        return "same"
    if yard.better is None:
        return "higher" if rose else "lower"
    return "better" if rose == (yard.better == "higher") else "worse"


def _changes(yard: Yardstick, pairs: Pairs) -> Iterator[CaseChange]:
    sign = -1 if yard.better == "lower" else 1
    rows = zip(pairs.cases, pairs.base.means.tolist(), pairs.new.means.tolist(), strict=True)
    changed = [(case, old, new) for case, old, new in rows if old != new]
    for (test_set, case), old, new in sorted(changed, key=lambda row: sign * (row[2] - row[1])):
        worse = None if yard.better is None else sign * (new - old) < 0
        yield CaseChange(test_set, case, old, new, worse)
