"""Bounds of means."""

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.bounds import NO_BOUNDS, Bounds

FloatArray = NDArray[np.float64]
T_INTERVAL = "one-sample t"


def t_bounds(case_means: FloatArray, confidence: float = 0.95) -> Bounds:
    """Student's bounds of the mean of independent case means.

    None where they cannot be told: fewer than two cases, or all of them the same, which would
    give an interval of no width. Student (1908), Biometrika 6, 1-25.
    """
    from scipy.stats import ttest_1samp

    if len(case_means) < 2 or np.ptp(case_means) == 0:  # noqa: PLR2004  one has no spread
        return NO_BOUNDS
    interval = ttest_1samp(case_means, 0.0).confidence_interval(2 * confidence - 1)
    return Bounds(float(interval.low), float(interval.high), T_INTERVAL)
