"""Before spending: what a gate on a share can tell from so many independent items.

Exact: by the binomial's tails, with the proofs of `MeasuredShare`. Chances are between 0 and 1.
"""

from math import ceil, log

from campaignd.core.statistics.inference import Claim, Side, p_value
from campaignd.core.statistics.shares import MeasuredShare

POWER = 0.8
_SLACK = 1e-9


def effective_items(cases: int, iterations: int, likeness: float) -> int:
    """How many independent items some iterations of each case are worth, rounded down.

    `likeness` is the correlation of two iterations of a case: 0 where they have nothing in
    common, 1 where they always agree. Kish, L. (1965), Survey Sampling, 5.4.
    """
    return int(cases * iterations / (1 + (iterations - 1) * likeness) + _SLACK)


def chance_observed_below(n: int, bar: float, truth: float) -> float:
    """The chance that fewer than `bar` of `n` items pass where `truth` of all would.

    That is how often an `observed` "at least" gate fails: a false alarm where `truth` is fine.
    """
    from scipy.special import bdtr

    most = ceil(bar * n - _SLACK) - 1
    return float(bdtr(most, n, truth)) if most >= 0 else 0.0


def chance_observed_above(n: int, bar: float, truth: float) -> float:
    """The chance that more than `bar` of `n` items pass where `truth` of all would."""
    return chance_observed_below(n, 1 - bar, 1 - truth)


def proving_count(n: int, claim: Claim, confidence: float = 0.95) -> int | None:
    """The fewest passes of `n` that prove a share above, or the most that prove it below.

    None where no outcome proves the claim at this size.
    """
    above = claim.side is Side.ABOVE
    counts = range(n + 1) if above else range(n, -1, -1)
    low, high = 0, n + 1
    while low < high:
        middle = (low + high) // 2
        is_proven = _proves(counts[middle], n, claim, confidence)
        low, high = (low, middle) if is_proven else (middle + 1, high)
    return counts[low] if low <= n else None


def chance_proven(n: int, claim: Claim, truth: float, confidence: float = 0.95) -> float:
    """The chance to prove a claim about a share where `truth` of all items would pass."""
    from scipy.special import bdtr

    count = proving_count(n, claim, confidence)
    if count is None:
        return 0.0
    if claim.side is Side.BELOW:
        return float(bdtr(count, n, truth))
    return 1.0 if count == 0 else float(bdtr(n - count, n, 1 - truth))


def detectable_share(
    n: int, claim: Claim, confidence: float = 0.95, power: float = POWER
) -> float | None:
    """The truth nearest to the claim's margin at which it is proven with this power.

    None where no outcome proves the claim at this size.
    """
    from scipy.special import bdtri

    count = proving_count(n, claim, confidence)
    if count is None:
        return None
    if claim.side is Side.BELOW:
        return float(bdtri(count, n, power))
    return 1 - float(bdtri(n - count, n, power))


def all_passing_size(bar: float, confidence: float = 0.95) -> int:
    """How many items, all of them passing, prove a share of at least `bar` (between 0 and 1).

    59 for 95% at 95%. Wilks, S. S. (1941), Annals of Mathematical Statistics 12, 91-96.
    """
    return ceil(log(1 - confidence) / log(bar) - _SLACK)


def power_each(family: int, power: float = POWER) -> float:
    """The power that each of some independent results needs, so that all have it together."""
    return float(power ** (1 / family))


def _proves(count: int, n: int, claim: Claim, confidence: float) -> bool:
    p = p_value(MeasuredShare(count / n, n, n, 0.0), claim)
    return p is not None and p <= 1 - confidence
