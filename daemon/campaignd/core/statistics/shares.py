"""Bounds of shares: one item per test case, and several."""

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.bounds import Bounds

FloatArray = NDArray[np.float64]
CLOPPER_PEARSON = "clopper-pearson"
KORN_GRAUBARD = "korn-graubard"


def clopper_pearson(passed: int, n: int, confidence: float = 0.95) -> Bounds:
    """Bounds of the share behind `passed` of `n` independent items; n is 1 or more.

    Clopper, C. and Pearson, E. S. (1934), Biometrika 26, 404-413.
    """
    from scipy.stats import binomtest

    interval = binomtest(passed, n).proportion_ci(2 * confidence - 1, method="exact")
    return Bounds(float(interval.low), float(interval.high), CLOPPER_PEARSON)


def korn_graubard(case_means: FloatArray, n: int, confidence: float = 0.95) -> Bounds:
    """Bounds of the mean of `case_means`, shares between 0 and 1 from `n` items in all.

    Items of one case resemble each other, so `n` shrinks to an effective size. Korn, E. L. and
    Graubard, B. I. (1998), Survey Methodology 24, 193-201.
    """
    share = float(case_means.mean())
    size = effective_size(case_means, n, confidence)
    return beta_bounds(share, size, confidence)


def effective_size(case_means: FloatArray, n: int, confidence: float = 0.95) -> float:
    """How many independent items say as much as these, at most `n`.

    The number of cases where all of them agree at 0 or 1, or where there is one case alone.
    """
    from scipy.stats import t

    cases = len(case_means)
    share = float(case_means.mean())
    if cases == 1 or share in {0.0, 1.0}:
        return float(cases)
    variance = float(case_means.var(ddof=1)) / cases
    if variance == 0:
        return float(n)
    degrees = (t.ppf(confidence, n - 1) / t.ppf(confidence, cases - 1)) ** 2
    return float(min(n, share * (1 - share) / variance * degrees))


def beta_bounds(share: float, size: float, confidence: float) -> Bounds:
    """The Clopper-Pearson bounds where the size need not be whole."""
    from scipy.stats import beta

    passed = share * size
    lower = 0.0 if share <= 0 else float(beta.ppf(1 - confidence, passed, size - passed + 1))
    upper = 1.0 if share >= 1 else float(beta.ppf(confidence, passed + 1, size - passed))
    return Bounds(lower, upper, KORN_GRAUBARD)


def share_bounds(case_means: FloatArray, n: int, confidence: float = 0.95) -> Bounds:
    """Bounds of the mean of case means: exact where each case has one item, else for clusters."""
    if n == len(case_means):
        return clopper_pearson(round(float(case_means.sum())), n, confidence)
    return korn_graubard(case_means, n, confidence)
