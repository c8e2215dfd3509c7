"""Means, and differences of them, by Student's t."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.bounds import NO_BOUNDS, Bounds

FloatArray = NDArray[np.float64]
T_INTERVAL = "one-sample t"
PAIRED_T = "paired t"
WELCH = "welch"


@dataclass(frozen=True, slots=True)
class MeasuredMean:
    """A mean, or a difference of means, with its standard error and degrees of freedom.

    An `error` of 0 means that it cannot be told, for want of cases or of spread: an interval of
    no width would prove anything.
    """

    estimate: float
    error: float
    degrees: float
    method: str

    def bounds(self, confidence: float) -> Bounds:
        from scipy.special import stdtrit

        if self.error == 0:
            return NO_BOUNDS
        reach = float(stdtrit(self.degrees, confidence)) * self.error
        return Bounds(self.estimate - reach, self.estimate + reach, self.method)

    def p_above(self, margin: float) -> float | None:
        return self._p(margin - self.estimate)

    def p_below(self, margin: float) -> float | None:
        return self._p(self.estimate - margin)

    def _p(self, distance: float) -> float | None:
        from scipy.special import stdtr

        if self.error == 0:
            return None
        return float(stdtr(self.degrees, distance / self.error))


def measured_mean(case_means: FloatArray) -> MeasuredMean:
    """The mean of independent case means (one or more). Student (1908), Biometrika 6, 1-25."""
    return _one_sample(case_means, T_INTERVAL)


def paired_mean(differences: FloatArray) -> MeasuredMean:
    """The mean of the differences of matched cases, new minus base (one or more)."""
    return _one_sample(differences, PAIRED_T)


def welch(base: FloatArray, new: FloatArray) -> MeasuredMean:
    """The difference, new minus base, of the means of two independent sets of case means.

    Welch, B. L. (1947), Biometrika 34, 28-35: the spreads need not be the same. Neither is empty.
    """
    estimate = float(new.mean() - base.mean())
    if min(len(base), len(new)) < 2 or max(np.ptp(base), np.ptp(new)) == 0:  # noqa: PLR2004
        return MeasuredMean(estimate, 0.0, 0.0, WELCH)
    parts = [float(side.var(ddof=1)) / len(side) for side in (base, new)]
    shrunk = sum(part**2 / (len(side) - 1) for part, side in zip(parts, (base, new), strict=True))
    return MeasuredMean(estimate, sum(parts) ** 0.5, sum(parts) ** 2 / shrunk, WELCH)


def _one_sample(values: FloatArray, method: str) -> MeasuredMean:
    count = len(values)
    mean = float(values.mean())
    if count < 2 or np.ptp(values) == 0:  # noqa: PLR2004  one has no spread
        return MeasuredMean(mean, 0.0, 0.0, method)
    return MeasuredMean(mean, float(values.std(ddof=1)) / count**0.5, count - 1.0, method)
