"""Score tests of the difference of two shares with one item per case: paired, and not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.bounds import Bounds

FloatArray = NDArray[np.float64]
TANGO = "tango"
FARRINGTON_MANNING = "farrington-manning"
_FAR = 1e6
"""A score beyond any quantile: the data cannot be at that margin."""
_EDGE = 1e-12


@dataclass(frozen=True, slots=True)
class ScoreDifference:
    """A difference of shares, new minus base, with the score test at every margin.

    `score` gives the standard normal deviate of the data from a margin between -1 and 1; it falls
    as the margin grows. Bounds are its roots.
    """

    estimate: float
    score: Callable[[float], float]
    method: str

    def bounds(self, confidence: float) -> Bounds:
        from scipy.special import ndtri

        deviate = float(ndtri(confidence))
        return Bounds(self._root(deviate), self._root(-deviate), self.method)

    def p_above(self, margin: float) -> float:
        return self._p(-self._score(margin))

    def p_below(self, margin: float) -> float:
        return self._p(self._score(margin))

    def _p(self, deviate: float) -> float:
        from scipy.special import ndtr

        return float(ndtr(deviate))

    def _score(self, margin: float) -> float:
        if not -1 <= margin <= 1:
            return -_FAR if margin > 0 else _FAR
        return self.score(margin)

    def _root(self, deviate: float) -> float:
        """The margin that the data deviate from by this much."""
        from scipy.optimize import brentq

        low, high = -1 + _EDGE, 1 - _EDGE
        if self.score(low) <= deviate:
            return -1.0
        if self.score(high) >= deviate:
            return 1.0
        return float(brentq(lambda margin: self.score(margin) - deviate, low, high, xtol=1e-12))


def tango(rose: int, fell: int, n: int) -> ScoreDifference:
    """The difference of paired shares, from `n` pairs (1 or more).

    `rose` passed only as new, `fell` only as base. Tango, T. (1998), Statistics in Medicine 17,
    891-908.
    """
    return ScoreDifference(
        (rose - fell) / n, lambda margin: float(tango_score(rose, fell, n, margin)), TANGO
    )


def tango_score(
    rose: FloatArray | int, fell: FloatArray | int, n: int, margin: float
) -> FloatArray:
    """Tango's score at a margin from -1 to 1, of arrays of tables or of one."""
    both = 2.0 * n
    linear = (both - rose + fell) * margin - rose - fell
    root = np.sqrt(np.maximum(linear**2 + 4 * both * fell * margin * (1 - margin), 0.0))
    share_fell = (root - linear) / (2 * both)
    variance = n * (2 * share_fell + margin * (1 - margin))
    return _ratio(rose - fell - n * margin, variance)


def farrington_manning(
    passed_base: int, n_base: int, passed_new: int, n_new: int
) -> ScoreDifference:
    """The difference of the shares of independent items, sizes 1 or more.

    Farrington, C. P. and Manning, G. (1990), Statistics in Medicine 9, 1447-1454; its bounds are
    those of Mee, R. W. (1984), Biometrics 40, 1175-1176.
    """
    estimate = passed_new / n_new - passed_base / n_base

    def score(margin: float) -> float:
        shares = passed_base / n_base, passed_new / n_new
        return float(farrington_manning_score(*shares, (n_base, n_new), margin))

    return ScoreDifference(estimate, score, FARRINGTON_MANNING)


def farrington_manning_score(
    base: FloatArray | float, new: FloatArray | float, sizes: tuple[int, int], margin: float
) -> FloatArray:
    """Farrington and Manning's score at a margin from -1 to 1, of arrays of shares or of one."""
    n_base, n_new = sizes
    share_new = np.clip(_restricted(base, new, n_base / n_new, margin), 0.0, 1.0)
    share_base = np.clip(share_new - margin, 0.0, 1.0)
    variance = share_new * (1 - share_new) / n_new + share_base * (1 - share_base) / n_base
    return _ratio(new - base - margin, variance)


def _restricted(
    base: FloatArray | float, new: FloatArray | float, ratio: float, margin: float
) -> FloatArray:
    """The most likely share of the new items if the difference is the margin: a cubic's root."""
    third = 1 + ratio
    second = -(1 + ratio + new + ratio * base + margin * (ratio + 2))
    first = margin**2 + margin * (2 * new + ratio + 1) + new + ratio * base
    constant = -new * margin * (1 + margin)
    centre = second / (3 * third)
    cubed = centre**3 - second * first / (6 * third**2) + constant / (2 * third)
    radius = np.sqrt(np.maximum(centre**2 - first / (3 * third), 0.0))
    radius = np.where(cubed < 0, -radius, radius)
    cosine = np.divide(cubed, radius**3, out=np.zeros_like(radius), where=radius != 0)
    angle = (np.pi + np.arccos(np.clip(cosine, -1.0, 1.0))) / 3
    return np.asarray(2 * radius * np.cos(angle) - centre)


def _ratio(distance: FloatArray | float, variance: FloatArray | float) -> FloatArray:
    """The distance in standard deviations; 0 where there is none, far where nothing varies."""
    deviation = np.sqrt(np.maximum(variance, 0.0))
    distance, deviation = np.broadcast_arrays(np.asarray(distance, dtype=np.float64), deviation)
    far = np.where(np.abs(distance) < _EDGE, 0.0, np.sign(distance) * _FAR)
    found = np.divide(distance, deviation, out=far, where=deviation > 0)
    return np.clip(found, -_FAR, _FAR)
