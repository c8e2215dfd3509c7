"""Before spending: what a comparison of means can tell, from the noncentral t distribution.

Distances are from the margin of a claim, in the unit of the metric (or of its logs), and above 0.
"""

from dataclasses import dataclass
from math import ceil, inf, sqrt

from campaignd.core.statistics.share_power import POWER

_LARGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Spreads:
    """How the difference of a case varies, in the unit of the metric.

    `cases` is the standard deviation of the true differences of cases, `tries` that of single
    simulations of one case.
    """

    cases: float
    tries: float

    def of_differences(self, iterations: int) -> float:
        """The standard deviation of differences of means of so many iterations."""
        return sqrt(self.cases**2 + 2 * self.tries**2 / iterations)


@dataclass(frozen=True, slots=True)
class MeanDesign:
    """A test of a mean: the standard error it will have, and its degrees of freedom."""

    error: float
    degrees: float

    def chance_proven(self, distance: float, confidence: float = 0.95) -> float:
        """The chance to prove a claim whose margin the truth is beyond by `distance`.

        Johnson, N. L. and Welch, B. L. (1940), Biometrika 31, 362-389.
        """
        from scipy.special import nctdtr, stdtrit

        critical = float(stdtrit(self.degrees, confidence))
        return 1 - float(nctdtr(self.degrees, distance / self.error, critical))

    def detectable(self, confidence: float = 0.95, power: float = POWER) -> float:
        """The distance from the margin that is proven with this power."""
        from scipy.optimize import brentq

        def lacking(distance: float) -> float:
            return self.chance_proven(distance * self.error, confidence) - power

        highest = 4.0
        while lacking(highest) < 0:
            highest *= 2
        return float(brentq(lacking, 0.0, highest)) * self.error


def paired_design(cases: int, deviation: float) -> MeanDesign:
    """Differences of matched cases (two or more) with this standard deviation; or single means."""
    return MeanDesign(deviation / sqrt(cases), cases - 1)


def unmatched_design(base: tuple[float, float], new: tuple[float, float]) -> MeanDesign:
    """Two sets of cases, each with how many they are (two or more) and their deviation."""
    parts = [deviation**2 / cases for cases, deviation in (base, new)]
    shrunk = sum(part**2 / (cases - 1) for part, (cases, _) in zip(parts, (base, new), strict=True))
    return MeanDesign(sqrt(sum(parts)), sum(parts) ** 2 / shrunk)


def cases_needed(
    distance: float, deviation: float, confidence: float = 0.95, power: float = POWER
) -> int | None:
    """How many matched cases prove a difference with this power; None beyond a million."""
    low, high = 2, _LARGEST + 1
    while low < high:
        middle = (low + high) // 2
        detects = paired_design(middle, deviation).chance_proven(distance, confidence) >= power
        low, high = (low, middle) if detects else (middle + 1, high)
    return low if low <= _LARGEST else None


def iterations_needed(
    cases: int, distance: float, spreads: Spreads, confidence: float = 0.95
) -> int | None:
    """How many iterations of each case prove a difference with 80% power.

    None where none are enough: then only more cases help.
    """
    per_deviation = paired_design(cases, 1.0).detectable(confidence)
    room = (distance / per_deviation) ** 2 - spreads.cases**2
    needed = 2 * spreads.tries**2 / room if room > 0 else inf
    return max(1, ceil(needed)) if needed <= _LARGEST else None
