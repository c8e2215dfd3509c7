"""Before spending: what a comparison of shares with one item per case can tell, exactly.

Every outcome that could matter is tested and counted with its probability.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaignd.core.statistics.inference import Claim, Side
from campaignd.core.statistics.sample_size import smallest_size
from campaignd.core.statistics.score_differences import tango_score
from campaignd.core.statistics.share_power import POWER

FloatArray = NDArray[np.float64]
_NEGLIGIBLE = 1e-12
_CLOSE = 1e-4


@dataclass(frozen=True, slots=True)
class Changes:
    """How likely a case falls (passes as base alone), and rises (as new alone)."""

    fell: float
    rose: float

    @classmethod
    def of(cls, noise: float, drop: float = 0.0) -> "Changes":
        """Cases that change by chance alone, half of them each way, and a drop beside them."""
        return cls(fell=noise / 2 + drop, rose=noise / 2)


def chance_tango_proven(n: int, claim: Claim, truth: Changes, confidence: float = 0.95) -> float:
    """The chance that `n` matched cases prove a claim about the difference, new minus base."""
    from scipy.special import ndtri

    changed, weight = _likely(n, truth.fell + truth.rose)
    share_rose = truth.rose / (truth.fell + truth.rose or 1)
    proven = 0.0
    for count, chance in zip(changed.tolist(), weight.tolist(), strict=True):
        rose, split = _likely(count, share_rose)
        score = tango_score(rose, count - rose, n, claim.margin)
        proven += chance * float(split[_is_proven(score, claim, float(ndtri(confidence)))].sum())
    return proven


def detectable_drop(
    n: int, noise: float, confidence: float = 0.95, power: float = POWER
) -> float | None:
    """The smallest drop that `n` matched cases prove with this power, to a hundredth of a point.

    `noise` is the share of cases that change by chance alone. None where no drop is proven.
    """
    claim = Claim(Side.BELOW, 0.0)
    low, high = 0.0, 1 - noise

    def detects(drop: float) -> bool:
        return chance_tango_proven(n, claim, Changes.of(noise, drop), confidence) >= power

    if not detects(high):
        return None
    while high - low > _CLOSE:
        middle = (low + high) / 2
        low, high = (low, middle) if detects(middle) else (middle, high)
    return high


def agreeing_cases(margin: float, confidence: float = 0.95) -> int:
    """How many matched cases, none of which changes, rule a drop of `margin` out.

    Tango's bound is then z² / (n + z²) below 0: 52 cases for 5 points at 95%.
    """
    from scipy.special import ndtri

    squared = float(ndtri(confidence)) ** 2
    return int(np.ceil(squared * (1 - margin) / margin - _NEGLIGIBLE))


def cases_to_rule_out(
    margin: float, noise: float, confidence: float = 0.95, power: float = POWER
) -> int | None:
    """How many matched cases rule a drop of `margin` out with this power where there is none.

    None beyond 20,000.
    """
    claim, truth = Claim(Side.ABOVE, -margin), Changes.of(noise)
    return smallest_size(lambda n: chance_tango_proven(n, claim, truth, confidence) >= power)


def _is_proven(score: FloatArray, claim: Claim, deviate: float) -> NDArray[np.bool_]:
    return score >= deviate if claim.side is Side.ABOVE else score <= -deviate


def _likely(n: int, share: float) -> tuple[FloatArray, FloatArray]:
    """The counts that are not all but impossible, and how likely each is."""
    from scipy.special import gammaln, xlog1py, xlogy

    reach = 8 * np.sqrt(n * share * (1 - share)) + 20
    lowest, highest = max(0, int(n * share - reach)), min(n, int(n * share + reach) + 1)
    counts = np.arange(lowest, highest + 1, dtype=np.float64)
    ways = gammaln(n + 1) - gammaln(counts + 1) - gammaln(n - counts + 1)
    chances = np.exp(ways + xlogy(counts, share) + xlog1py(n - counts, -share))
    kept = chances > _NEGLIGIBLE
    return counts[kept], chances[kept]
