"""The chance that a comparison proves a claim, by what truly changed.

Changes are for the better, in the unit of the margins: -0.1 is a drop of 10 points.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import inf, sqrt
from typing import Protocol

from campaignd.core.statistics.composed_differences import ComposedDifference
from campaignd.core.statistics.difference_power import Changes, chance_tango_proven
from campaignd.core.statistics.inference import Claim, Side
from campaignd.core.statistics.mean_power import (
    MeanDesign,
    Spreads,
    paired_design,
    unmatched_design,
)
from campaignd.core.statistics.sample_size import smallest_size
from campaignd.core.statistics.share_power import POWER
from campaignd.core.statistics.shares import MeasuredShare

_CLOSE = 5e-4
_MOST_TRIES = 50
_LEAST = 1e-6
"""A spread of nothing would prove anything."""
_WIDEST = 40


class Trial(Protocol):
    """A comparison at a size."""

    @property
    def farthest(self) -> float:
        """The largest drop that there can be, as a positive number."""

    def chance(self, claim: Claim, change: float, confidence: float) -> float:
        """The chance to prove a claim where this is the true change."""


TrialAt = Callable[[int, int], Trial]
"""From a number of test cases and tries of each to the comparison."""


@dataclass(frozen=True, slots=True)
class OneTry:
    """Shares with one try per case, by Tango's score, exactly. `noise` is what changes anyway."""

    cases: int
    noise: float

    @property
    def farthest(self) -> float:
        return 1 - self.noise

    def chance(self, claim: Claim, change: float, confidence: float) -> float:
        fell, rose = (self.noise / 2 + max(part, 0.0) for part in (-change, change))
        return _tango(self.cases, claim, Changes(fell, rose), confidence)


@dataclass(frozen=True, slots=True)
class SeveralTries:
    """Shares with several tries per case, by square-and-add as it comes out on average.

    `share` passes of the base; `likeness` is the correlation of two tries of a case, `reaction`
    the deviation of the true changes of cases. The estimate is taken as normal around the truth,
    and its bounds as far from it as they are on average.
    """

    cases: int
    tries: int
    share: float
    likeness: float
    reaction: float

    @property
    def farthest(self) -> float:
        return self.share

    def chance(self, claim: Claim, change: float, confidence: float) -> float:
        return _composed(self, claim, change, confidence)

    def expected(self, change: float) -> tuple[ComposedDifference, float]:
        """The difference as it comes out on average, and the standard error of its estimate."""
        base, new = self.share, min(max(self.share + change, _CLOSE), 1 - _CLOSE)
        true = [self.likeness * share * (1 - share) for share in (base, new)]
        seen = [
            part + (1 - self.likeness) * share * (1 - share) / self.tries
            for part, share in zip(true, (base, new), strict=True)
        ]
        common = (sum(true) - self.reaction**2) / 2
        shared = max(min(common, sqrt(true[0] * true[1])), 0.0)
        items = self.cases * self.tries
        first, second = (
            MeasuredShare(share, self.cases, items, variance / self.cases)
            for share, variance in zip((base, new), seen, strict=True)
        )
        spread = sqrt(base * (1 - base) * new * (1 - new))
        half_a_pair = 0.5 / self.cases / spread
        correlation = max(shared / sqrt(seen[0] * seen[1]) - half_a_pair, 0.0)
        error = sqrt(max(sum(seen) - 2 * shared, _LEAST) / self.cases)
        return ComposedDifference(first, second, correlation), error


@dataclass(frozen=True, slots=True)
class Numbers:
    """Differences of numbers, by Student's t."""

    cases: int
    tries: int
    spreads: Spreads

    @property
    def farthest(self) -> float:
        return inf

    def chance(self, claim: Claim, change: float, confidence: float) -> float:
        deviation = max(self.spreads.of_differences(self.tries), _LEAST)
        return _by_t(paired_design(self.cases, deviation), claim, change, confidence)


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Two sets of so many items that do not belong together, by Welch's t."""

    items: int
    deviation: float

    @property
    def farthest(self) -> float:
        return inf

    def chance(self, claim: Claim, change: float, confidence: float) -> float:
        side = self.items, max(self.deviation, _LEAST)
        return _by_t(unmatched_design(side, side), claim, change, confidence)


def detectable(trial: Trial, claim: Claim, confidence: float) -> float | None:
    """The smallest change on the claim's side that is proven 4 times in 5, without its sign.

    None where none is.
    """
    sign = 1 if claim.side is Side.ABOVE else -1

    def detects(size: float) -> bool:
        return trial.chance(claim, sign * size, confidence) >= POWER

    high = _within_reach(trial.farthest, detects)
    if high is None:
        return None
    low = 0.0
    while high - low > _CLOSE * max(high, _CLOSE):
        middle = (low + high) / 2
        low, high = (low, middle) if detects(middle) else (middle, high)
    return high


def cases_for(trial_at: TrialAt, tries: int, claim: Claim, aims: tuple[float, float]) -> int | None:
    """How many test cases prove a claim where nothing changed; `aims` are confidence and power.

    None beyond 20,000.
    """
    confidence, power = aims

    return smallest_size(
        lambda cases: trial_at(cases, tries).chance(claim, 0.0, confidence) >= power, fewest=2
    )


def tries_for(
    trial_at: TrialAt, size: tuple[int, int], claim: Claim, aims: tuple[float, float]
) -> int | None:
    """How many tries of each case do the same; None where more of them do not help.

    `size` is what is planned: cases and tries.
    """
    confidence, power = aims
    cases, planned = size

    def decides(tries: int) -> bool:
        return trial_at(cases, tries).chance(claim, 0.0, confidence) >= power

    if not decides(_MOST_TRIES):
        return None
    return next(filter(decides, range(planned + 1, _MOST_TRIES + 1)), None)


@lru_cache(maxsize=16_384)
def _composed(trial: SeveralTries, claim: Claim, change: float, confidence: float) -> float:
    from scipy.special import ndtr

    difference, error = trial.expected(change)
    bounds = difference.bounds(confidence)
    if claim.side is Side.ABOVE:
        return float(ndtr(((bounds.lower or 0.0) - claim.margin) / error))
    return float(ndtr((claim.margin - (bounds.upper or 0.0)) / error))


def _within_reach(farthest: float, detects: Callable[[float], bool]) -> float | None:
    if farthest < inf:
        return farthest if detects(farthest) else None
    sizes = (_LEAST * 2**doubling for doubling in range(60))
    return next(filter(detects, sizes), None)


def _by_t(design: MeanDesign, claim: Claim, change: float, confidence: float) -> float:
    beyond = change - claim.margin if claim.side is Side.ABOVE else claim.margin - change
    return design.chance_proven(max(beyond, -_WIDEST * design.error), confidence)


@lru_cache(maxsize=4096)
def _tango(n: int, claim: Claim, truth: Changes, confidence: float) -> float:
    return chance_tango_proven(n, claim, truth, confidence)
