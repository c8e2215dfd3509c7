"""Comparisons of numbers, absolute and relative, of matched and of other cases."""

from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.bounds import Bounds
from campaignd.core.statistics.inference import Measured
from campaignd.core.statistics.means import paired_mean, welch
from campaignd.core.statistics.shares import MeasuredShare

FloatArray = NDArray[np.float64]
FEW_DIFFERENCES = "exact bound, few differences"
LOGS = "on logs"
FEWEST = 10
"""With fewer differences that are not zero, a t interval says too much."""


@dataclass(frozen=True, slots=True)
class FewDifferences:
    """The mean of differences of which few are not zero.

    The worst that the mean can be is that every case that may change does so by the whole range:
    `-span` times the Clopper-Pearson upper bound of the share of cases that fell, and likewise
    above. So it can rule a change out, and never prove one. `span` is in the unit of the
    differences and no difference exceeds it.
    """

    estimate: float
    fell: MeasuredShare
    rose: MeasuredShare
    span: float

    @property
    def method(self) -> str:
        return FEW_DIFFERENCES

    def bounds(self, confidence: float) -> Bounds:
        fall = self.fell.bounds(confidence).upper or 0.0
        rise = self.rose.bounds(confidence).upper or 0.0
        return Bounds(-self.span * fall, self.span * rise, self.method)

    def p_above(self, margin: float) -> float:
        return self.fell.p_below(-margin / self.span)

    def p_below(self, margin: float) -> float:
        return self.rose.p_below(margin / self.span)


@dataclass(frozen=True, slots=True)
class RelativeChange:
    """A difference of logs, told as a relative change: 0.1 is 10% more. Margins are above -1."""

    logs: Measured

    @property
    def estimate(self) -> float:
        return exp(self.logs.estimate) - 1

    @property
    def method(self) -> str:
        return f"{self.logs.method} {LOGS}"

    def bounds(self, confidence: float) -> Bounds:
        bounds = self.logs.bounds(confidence)
        lower, upper = (None if b is None else exp(b) - 1 for b in (bounds.lower, bounds.upper))
        return Bounds(lower, upper, bounds.method and self.method)

    def p_above(self, margin: float) -> float | None:
        return self.logs.p_above(log(1 + margin))

    def p_below(self, margin: float) -> float | None:
        return self.logs.p_below(log(1 + margin))


def matched_difference(base: FloatArray, new: FloatArray, span: float) -> Measured:
    """The mean difference, new minus base, of matched case means (shape of both: cases).

    By t; where fewer than 10 cases differ, by the exact bound, for which `span` is the largest
    difference that there can be, in the unit of the values and above 0.
    """
    differences = new - base
    if np.count_nonzero(differences) < FEWEST:
        return _few(differences, span)
    return paired_mean(differences)


def unmatched_difference(base: FloatArray, new: FloatArray) -> Measured:
    """The difference, new minus base, of the means of cases that do not belong together."""
    return welch(base, new)


def matched_change(base: FloatArray, new: FloatArray) -> Measured:
    """The relative change of matched case means, as the geometric mean of their ratios.

    The span of an exact bound is the widest ratio among all values. ValueError where a value is
    not above 0: it has no logarithm.
    """
    logs = _logs(base), _logs(new)
    everything = np.concatenate(logs)
    span = float(np.ptp(everything)) or 1.0
    return RelativeChange(matched_difference(*logs, span))


def unmatched_change(base: FloatArray, new: FloatArray) -> Measured:
    """The relative change between the geometric means of two independent sets of case means.

    ValueError where a value is not above 0.
    """
    return RelativeChange(welch(_logs(base), _logs(new)))


def _few(differences: FloatArray, span: float) -> FewDifferences:
    count = len(differences)
    fell, rose = (
        MeasuredShare(np.count_nonzero(side) / count, count, count, 0.0)
        for side in (differences < 0, differences > 0)
    )
    return FewDifferences(float(differences.mean()), fell, rose, span)


def _logs(values: FloatArray) -> FloatArray:
    lowest = float(values.min())
    if lowest <= 0:
        raise ValueError(
            f"a relative margin needs values above 0, and the lowest is {lowest:g}: "
            "write the margin as a plain number"
        )
    return np.log(values)
