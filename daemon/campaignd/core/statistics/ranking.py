"""Variants against the best of the others, with simultaneous intervals."""

from collections.abc import Callable
from dataclasses import dataclass

from campaignd.core.statistics.bounds import Bounds
from campaignd.core.statistics.inference import Measured

SIMULTANEOUS = "bonferroni, comparisons with the best"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A variant's distance from the best of the others: above 0 where it leads.

    `lower` and `upper` hold for all variants together; None where the method cannot tell. The
    best is behind none of the others for certain: `may_be_best`.
    """

    variant: int
    estimate: float
    lower: float | None
    upper: float | None
    may_be_best: bool
    method: str


def rank(
    variants: int, compare: Callable[[int, int], Measured], confidence: float = 0.95
) -> tuple[Ranked, ...]:
    """Rank variants 0, 1, … (two or more), best first.

    `compare(other, one)` measures by how much one is better than the other. Each variant is
    compared with all others at the confidence that they need together, by Bonferroni. The true
    best is then among those that `may_be_best` with the confidence asked for, however many there
    are: Edwards, D. G. and Hsu, J. C. (1983), JASA 78, 965-971; Hsu, J. C. (1984), Annals of
    Statistics 12, 1136-1144.
    """
    each = 1 - (1 - confidence) / (variants - 1)
    sides = [
        [compare(other, one) for other in range(variants) if other != one]
        for one in range(variants)
    ]
    bounds = [[measured.bounds(each) for measured in side] for side in sides]
    best = [all(bound.upper is None or bound.upper >= 0 for bound in side) for side in bounds]
    found = [
        Ranked(
            one,
            min(measured.estimate for measured in sides[one]),
            _lower(one, bounds[one], best),
            _upper(bounds[one]),
            best[one],
            f"{sides[one][0].method}, {SIMULTANEOUS}",
        )
        for one in range(variants)
    ]
    return tuple(sorted(found, key=lambda ranked: -ranked.estimate))


def _upper(bounds: list[Bounds]) -> float | None:
    """How far ahead it may be: of all that it is compared with, the nearest holds."""
    known = [bound.upper for bound in bounds if bound.upper is not None]
    return max(min(known), 0.0) if len(known) == len(bounds) else None


def _lower(one: int, bounds: list[Bounds], best: list[bool]) -> float | None:
    """How far behind it may be: of those that may be the best, the farthest holds."""
    others = [number for number in range(len(best)) if number != one]
    rivals = [bound.lower for other, bound in zip(others, bounds, strict=True) if best[other]]
    if None in rivals:
        return None
    return min((min(lower, 0.0) for lower in rivals if lower is not None), default=0.0)
