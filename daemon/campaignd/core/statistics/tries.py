"""Test cases in which all of several tries pass."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def all_tries(passed: IntArray, tried: IntArray, k: int) -> FloatArray:
    """The chance that `k` tries of a case all pass, per case, without bias (shapes: cases).

    C(passed, k) / C(tried, k): of all ways to pick k of the tries, those in which all passed; nan
    for cases with fewer than k tries. The counterpart of pass@k: Chen, M. et al. (2021),
    arXiv:2107.03374, section 2.1.
    """
    left = np.arange(k)
    steps = np.maximum(passed[:, None] - left, 0) / np.maximum(tried[:, None] - left, 1)
    return np.where(tried >= k, steps.prod(axis=1), np.nan)
