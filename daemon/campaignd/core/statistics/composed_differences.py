"""Differences of two shares with several items per case: Newcombe's square-and-add."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.bounds import Bounds
from campaignd.core.statistics.shares import Cases, MeasuredShare, measured_share

FloatArray = NDArray[np.float64]
SQUARE_AND_ADD = "square-and-add"
_FARTHEST = 8.0
"""The deviate beyond which a p value is 0."""


@dataclass(frozen=True, slots=True)
class ComposedDifference:
    """A difference of shares, new minus base, from Wilson's bounds of each.

    Newcombe, R. G. (1998), Statistics in Medicine 17, 873-890 (independent, method 10) and
    2635-2650 (paired, method 10), at effective sizes. Limits are combined with a correlation as
    by Zou, G. Y. and Donner, A. (2008), Statistics in Medicine 27, 1693-1702. p values are the
    error rates at which a bound meets the margin.
    """

    base: MeasuredShare
    new: MeasuredShare
    correlation: float

    @property
    def estimate(self) -> float:
        return self.new.estimate - self.base.estimate

    @property
    def method(self) -> str:
        return SQUARE_AND_ADD

    def bounds(self, confidence: float) -> Bounds:
        from scipy.special import ndtri

        deviate = float(ndtri(confidence))
        if deviate < 0:
            return Bounds(self._upper(-deviate), self._lower(-deviate), self.method)
        return Bounds(self._lower(deviate), self._upper(deviate), self.method)

    def p_above(self, margin: float) -> float:
        return self._p_above(margin)

    def p_below(self, margin: float) -> float:
        return 1 - self._p_above(margin)

    def _p_above(self, margin: float) -> float:
        from scipy.special import ndtr

        if margin < self.estimate:
            return float(ndtr(-_meeting(lambda deviate: self._lower(deviate) - margin)))
        return float(ndtr(_meeting(lambda deviate: margin - self._upper(deviate))))

    def _lower(self, deviate: float) -> float:
        down = self.new.estimate - _wilson(self.new, deviate)[0]
        up = _wilson(self.base, deviate)[1] - self.base.estimate
        return max(self.estimate - _add(down, up, self.correlation), -1.0)

    def _upper(self, deviate: float) -> float:
        up = _wilson(self.new, deviate)[1] - self.new.estimate
        down = self.base.estimate - _wilson(self.base, deviate)[0]
        return min(self.estimate + _add(up, down, self.correlation), 1.0)


def square_and_add(base: Cases, new: Cases) -> ComposedDifference:
    """The difference of the shares of cases that do not belong together."""
    return ComposedDifference(measured_share(base), measured_share(new), 0.0)


def paired_square_and_add(base: Cases, new: Cases) -> ComposedDifference:
    """The difference of the shares of matched cases, in the same order."""
    correlation = corrected_correlation(base.means, new.means)
    return ComposedDifference(measured_share(base), measured_share(new), correlation)


def corrected_correlation(base: FloatArray, new: FloatArray) -> float:
    """The correlation of matched case means; a positive one with Newcombe's correction.

    He takes half a pair off the product of a fourfold table, in his method 10; of case means that
    is 1 / (2 cases) off their covariance in relation to single items. 0 where either never
    varies.
    """
    if min(np.ptp(base), np.ptp(new)) == 0:
        return 0.0
    plain = float(np.corrcoef(base, new)[0, 1])
    if plain <= 0:
        return plain
    shares = float(base.mean()), float(new.mean())
    spread = np.sqrt(shares[0] * (1 - shares[0]) * shares[1] * (1 - shares[1]))
    return max(plain - float(0.5 / len(base) / spread), 0.0)


def wilson(share: float, size: float, deviate: float) -> tuple[float, float]:
    """Wilson's bounds of a share. Wilson, E. B. (1927), JASA 22, 209-212."""
    squared = deviate**2
    centre = share * size + squared / 2
    reach = deviate * np.sqrt(share * (1 - share) * size + squared / 4)
    return float((centre - reach) / (size + squared)), float((centre + reach) / (size + squared))


def _wilson(share: MeasuredShare, deviate: float) -> tuple[float, float]:
    from scipy.special import ndtr

    return wilson(share.estimate, share.size_at(float(ndtr(-deviate))), deviate)


def _add(one: float, other: float, correlation: float) -> float:
    squares = one**2 + other**2 - 2 * correlation * one * other
    return float(np.sqrt(max(squares, 0.0)))


def _meeting(beyond: Callable[[float], float]) -> float:
    """The deviate at which a bound, which moves away from the estimate, meets a margin."""
    from scipy.optimize import brentq

    if beyond(0.0) <= 0:
        return 0.0
    if beyond(_FARTHEST) >= 0:
        return _FARTHEST
    return float(brentq(beyond, 0.0, _FARTHEST, xtol=1e-12))
