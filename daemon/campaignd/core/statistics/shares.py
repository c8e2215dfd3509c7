"""Shares: one item per test case, and several."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.bounds import Bounds

FloatArray = NDArray[np.float64]
CLOPPER_PEARSON = "clopper-pearson"
KORN_GRAUBARD = "korn-graubard"
_MIDDLE = 0.499
"""The largest error rate at which two t quantiles are divided: at one half both are 0, and beyond
it a bound is on the far side of the estimate, where it does not matter."""
_TINY = 1e-15


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """The mean of each test case (shape: cases), and how many items they come from in all.

    At least one case, and at least one item per case. The means of shares are from 0 to 1.
    """

    means: FloatArray
    items: int

    @property
    def has_one_each(self) -> bool:
        return self.items == len(self.means)


@dataclass(frozen=True, slots=True)
class MeasuredShare:
    """A share with the binomial's exact tails at its effective size.

    One item per case: Clopper, C. and Pearson, E. S. (1934), Biometrika 26, 404-413. Several:
    they resemble each other, so `items` shrinks to an effective size: Korn, E. L. and Graubard,
    B. I. (1998), Survey Methodology 24, 193-201. `variance` is that of the mean of case means.
    """

    estimate: float
    cases: int
    items: int
    variance: float

    @property
    def method(self) -> str:
        return CLOPPER_PEARSON if self.items == self.cases else KORN_GRAUBARD

    def bounds(self, confidence: float) -> Bounds:
        size = self.size_at(1 - confidence)
        return Bounds(*beta_bounds(self.estimate, size, confidence), self.method)

    def p_above(self, margin: float) -> float:
        """The chance of as many passes or more at a share of `margin`; 0 where that is below 0."""
        return 0.0 if margin < 0 else self._p(lambda size: _at_least(self.estimate, size, margin))

    def p_below(self, margin: float) -> float:
        """The chance of as few passes or fewer at a share of `margin`; 0 where it is above 1."""
        return 0.0 if margin > 1 else self._p(lambda size: _at_most(self.estimate, size, margin))

    def size_at(self, alpha: float) -> float:
        """How many independent items say as much as these, for a bound at this error rate.

        At most the number of items; the number of cases where all of them agree at 0 or 1, or
        where there is one case alone.
        """
        if self.items == self.cases:
            return float(self.items)
        if self.cases == 1 or self.estimate in {0.0, 1.0}:
            return float(self.cases)
        if self.variance == 0:
            return float(self.items)
        binomial = self.estimate * (1 - self.estimate)
        return float(min(self.items, binomial / self.variance * self._degrees(alpha)))

    def _degrees(self, alpha: float) -> float:
        from scipy.special import stdtrit

        tail = min(alpha, _MIDDLE)
        return float((stdtrit(self.items - 1, tail) / stdtrit(self.cases - 1, tail)) ** 2)

    def _p(self, tail: Callable[[float], float]) -> float:
        """The error rate at which the bound meets the margin; the size depends on the rate too."""
        from scipy.optimize import brentq

        if self.size_at(_TINY) == self.size_at(_MIDDLE):
            return tail(self.size_at(_MIDDLE))
        if tail(self.size_at(_TINY)) <= _TINY:
            return 0.0
        if tail(self.size_at(1.0)) >= 1:
            return 1.0

        def lacking(alpha: float) -> float:
            return tail(self.size_at(alpha)) - alpha

        return float(brentq(lacking, _TINY, 1.0, xtol=1e-13))


def measured_share(cases: Cases) -> MeasuredShare:
    """The mean of case means that are shares, each case counting once."""
    count = len(cases.means)
    variance = float(cases.means.var(ddof=1)) / count if count > 1 else 0.0
    return MeasuredShare(float(cases.means.mean()), count, cases.items, variance)


def effective_size(case_means: FloatArray, n: int, confidence: float = 0.95) -> float:
    """How many independent items say as much as `n` items of these cases, at most `n`."""
    return measured_share(Cases(case_means, n)).size_at(1 - confidence)


def beta_bounds(share: float, size: float, confidence: float) -> tuple[float, float]:
    """The lower and the upper Clopper-Pearson bound, where the size need not be whole."""
    from scipy.special import betainccinv, betaincinv

    passed, alpha = share * size, 1 - confidence
    lower = 0.0 if share <= 0 else float(betaincinv(passed, size - passed + 1, alpha))
    upper = 1.0 if share >= 1 else float(betainccinv(passed + 1, size - passed, alpha))
    return lower, upper


def _at_least(share: float, size: float, truth: float) -> float:
    from scipy.special import betainc

    if share <= 0 or truth >= 1:
        return 1.0
    return float(betainc(share * size, size - share * size + 1, truth))


def _at_most(share: float, size: float, truth: float) -> float:
    from scipy.special import betaincc

    if share >= 1 or truth <= 0:
        return 1.0
    return float(betaincc(share * size + 1, size - share * size, truth))
