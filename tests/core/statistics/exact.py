"""What tests reckon with: plain cases of what the package can do, and outcomes counted out."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom

from campaignd.core.statistics.inference import Bounds, Claim, Side
from campaignd.core.statistics.score_differences import farrington_manning_score
from campaignd.core.statistics.shares import MeasuredShare


def clopper_pearson(passed: int, n: int, confidence: float = 0.95) -> Bounds:
    """Bounds of the share behind `passed` of `n` independent items."""
    return MeasuredShare(passed / n, n, n, 0.0).bounds(confidence)


def chance_farrington_manning_proven(
    sizes: tuple[int, int], shares: tuple[float, float], claim: Claim, confidence: float = 0.95
) -> float:
    """The chance that unmatched cases prove a claim, of all outcomes; base first, then new."""
    base, new = (np.arange(size + 1) for size in sizes)
    base_weight, new_weight = (
        binom.pmf(np.arange(size + 1), size, share)
        for size, share in zip(sizes, shares, strict=True)
    )
    observed = base[:, None] / sizes[0], new[None, :] / sizes[1]
    score = farrington_manning_score(*observed, sizes, claim.margin)
    deviate = float(ndtri(confidence))
    proven = score >= deviate if claim.side is Side.ABOVE else score <= -deviate
    return float(base_weight @ proven @ new_weight)
