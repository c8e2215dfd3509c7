"""Quantiles of items that do not all weigh the same, and their bounds."""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.bounds import Bounds
from campaignd.core.statistics.shares import beta_bounds

FloatArray = NDArray[np.float64]
ORDER_STATISTICS = "order statistics"
_SLACK = 1e-9
"""What adding up weights may be off by."""


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """Sorted values, and the share of the weight that each and all before it have."""

    values: FloatArray
    reached: FloatArray

    @classmethod
    def of(cls, values: FloatArray, weights: FloatArray) -> "Distribution":
        """Sort at least one value; `weights` sum to 1. Infinite values are allowed."""
        order = np.argsort(values)
        return cls(values[order], np.cumsum(weights[order]))

    @classmethod
    def evenly(cls, values: FloatArray) -> "Distribution":
        """Sort at least one value, all of the same weight; much faster than with weights."""
        return cls(np.sort(values), np.arange(1, len(values) + 1) / len(values))

    def quantile(self, share: float) -> float:
        """The smallest value that at least `share` of the weight does not exceed.

        It is at most T exactly where at least `share` of the weight is at most T. Definition 1 of
        Hyndman, R. J. and Fan, Y. (1996), The American Statistician 50, 361-365, with weights.
        """
        index = int(np.searchsorted(self.reached, share - _SLACK))
        return float(self.values[min(index, len(self.values) - 1)])

    def quantile_bounds(self, share: float, size: float, confidence: float = 0.95) -> Bounds:
        """Bounds of a quantile from `size` independent items.

        The upper one is the first value that proves, by Clopper and Pearson's bound of the share
        up to it, to have reached `share`, the lower one the first that may have; None where there
        are too few items for that. Conover, W. J. (1999), Practical Nonparametric Statistics, 3.2;
        clusters by their effective size.
        """

        def proves_reached(reached: float) -> bool:
            return beta_bounds(reached, size, confidence)[0] >= share

        def may_be_reached(reached: float) -> bool:
            return beta_bounds(reached, size, confidence)[1] >= share

        whole = np.minimum(self.reached, 1.0)
        whole[-1] = 1.0
        above = bisect_left(whole, True, key=proves_reached)
        below = bisect_left(whole, True, key=may_be_reached)
        upper = float(self.values[above]) if above < len(whole) else None
        lower = None if may_be_reached(0.0) else float(self.values[below])
        return Bounds(lower, upper, ORDER_STATISTICS)
