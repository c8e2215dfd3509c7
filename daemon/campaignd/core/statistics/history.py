"""Past executions: what the next one is expected to be, and whether they drift."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.bounds import NO_BOUNDS, Bounds

FloatArray = NDArray[np.float64]
PREDICTION = "prediction bound"
FEWEST = 8
"""With fewer executions a prediction says nothing."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the next of a series of executions is expected to be.

    mean -/+ t * s * sqrt(1 + 1/n): Hahn, G. J. and Meeker, W. Q. (1991), Statistical Intervals,
    chapter 4. A `spread` of 0 (all past ones the same) means that it cannot be told.
    """

    mean: float
    spread: float
    executions: int

    def bounds(self, confidence: float) -> Bounds:
        """One-sided bounds of the next value, each at this confidence."""
        from scipy.special import stdtrit

        if self.spread == 0:
            return NO_BOUNDS
        reach = float(stdtrit(self.executions - 1, confidence)) * self._error
        return Bounds(self.mean - reach, self.mean + reach, PREDICTION)

    def p_lower(self, value: float) -> float | None:
        """The chance that the next value is as low as this or lower, if nothing changed."""
        return self._p(value - self.mean)

    def p_higher(self, value: float) -> float | None:
        """The chance that the next value is as high as this or higher, if nothing changed."""
        return self._p(self.mean - value)

    def _p(self, distance: float) -> float | None:
        from scipy.special import stdtr

        return float(stdtr(self.executions - 1, distance / self._error)) if self.spread else None

    @property
    def _error(self) -> float:
        return float(self.spread * np.sqrt(1 + 1 / self.executions))


@dataclass(frozen=True, slots=True)
class Drift:
    """How a series moves: by how much per execution, and the two-sided p of "it does not"."""

    slope: float
    p: float
    method: str = "kendall's tau, theil-sen slope"


def predict(past: FloatArray) -> Prediction:
    """The prediction from past executions (shape: executions).

    ValueError where there are fewer than 8.
    """
    if len(past) < FEWEST:
        raise ValueError(f"{len(past)} executions are too few to predict from: {FEWEST} are needed")
    spread = float(past.std(ddof=1)) if np.ptp(past) else 0.0
    return Prediction(float(past.mean()), spread, len(past))


def drift(past: FloatArray) -> Drift:
    """The drift of a series of executions, oldest first (shape: executions; two or more).

    Kendall, M. G. (1938), Biometrika 30, 81-93; Sen, P. K. (1968), JASA 63, 1379-1389. A series
    that never changes does not drift.
    """
    from scipy.stats import kendalltau, theilslopes

    if not np.ptp(past):
        return Drift(0.0, 1.0)
    order = np.arange(len(past))
    return Drift(float(theilslopes(past, order).slope), float(kendalltau(order, past).pvalue))
