"""What would decide a gate that cannot tell: the next step, in words and numbers."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from campaignd.core.gates.findings import CANNOT_PASS, TOO_FEW, TOO_NOISY, Doubt
from campaignd.core.gates.model import Promise
from campaignd.core.gates.wording import number_of
from campaignd.core.quantities import format_exact_share
from campaignd.core.statistics.inference import Claim, Side
from campaignd.core.statistics.mean_power import cases_needed, paired_design
from campaignd.core.statistics.sample_size import smallest_size
from campaignd.core.statistics.share_power import (
    POWER,
    all_passing_size,
    chance_proven,
    detectable_share,
    proving_count,
)
from campaignd.core.statistics.shares import MeasuredShare

FloatArray = NDArray[np.float64]


def doubt_about_share(share: MeasuredShare, promise: Promise, confidence: float) -> Doubt:
    """Why neither side of a threshold is proven of a share."""
    passes = promise.passes
    if proving_count(share.cases, passes, confidence) is None:
        side = "at least" if passes.side is Side.ABOVE else "at most"
        bar = passes.margin if passes.side is Side.ABOVE else 1 - passes.margin
        needed = number_of(all_passing_size(bar, confidence), "test case")
        which = "passing" if passes.side is Side.ABOVE else "failing"
        asked = f"{side} {format_exact_share(passes.margin)}"
        return Doubt(CANNOT_PASS, f"To prove {asked} takes {needed}, all of them {which}")
    worth = share.size_at(1 - confidence) / share.cases
    needed_items = _items_needed(share.estimate, _nearer(share.estimate, promise), confidence)
    if needed_items is None:
        return Doubt(TOO_NOISY, "It is too close to the threshold for any number of test cases")
    return Doubt(TOO_NOISY, more_cases(ceil(needed_items / worth), share.cases))


def detectable_distance(share: MeasuredShare, promise: Promise, confidence: float) -> float | None:
    """How far on the wrong side a share is found out with 80% power; None if it never is."""
    truth = detectable_share(share.cases, promise.fails, confidence)
    return None if truth is None else abs(truth - promise.fails.margin)


def doubt_about_mean(case_means: FloatArray, promise: Promise, confidence: float) -> Doubt:
    """Why neither side of a threshold is proven of a mean of case means."""
    cases = len(case_means)
    if cases < 2 or not np.ptp(case_means):  # noqa: PLR2004  one has no spread
        return Doubt(TOO_FEW, "Where all test cases are the same, nothing is proven by their mean")
    distance = abs(float(case_means.mean()) - promise.passes.margin)
    deviation = float(case_means.std(ddof=1))
    needed = cases_needed(distance, deviation, confidence) if distance else None
    if needed is None:
        return Doubt(TOO_NOISY, "It is too close to the threshold for any number of test cases")
    return Doubt(TOO_NOISY, more_cases(needed, cases))


def detectable_of_means(case_means: FloatArray, confidence: float) -> float | None:
    """The distance from a margin that a mean of such cases proves with 80% power."""
    if len(case_means) < 2 or not np.ptp(case_means):  # noqa: PLR2004  one has no spread
        return None
    return paired_design(len(case_means), float(case_means.std(ddof=1))).detectable(confidence)


def more_cases(needed: int, cases: int) -> str:
    """The step from some cases to as many as are needed."""
    more = number_of(max(needed - cases, 1), "more test case")
    return f"{more} would decide it, if they are like these"


def too_few(cases: int, fewest: int) -> Doubt | None:
    """Whether there are too few cases for a pass that is said to be proven."""
    if cases >= fewest:
        return None
    lacking = number_of(fewest - cases, "more test case")
    return Doubt(TOO_FEW, f"A pass needs {fewest} test cases at least: {lacking}")


def _nearer(estimate: float, promise: Promise) -> Claim:
    """The claim on whose side the estimate is."""
    is_above = estimate >= promise.passes.margin
    above = promise.passes if promise.passes.side is Side.ABOVE else promise.fails
    below = promise.fails if above is promise.passes else promise.passes
    return above if is_above else below


def _items_needed(truth: float, claim: Claim, confidence: float) -> int | None:
    """How many independent items prove the claim with 80% power if this is the truth."""
    return smallest_size(lambda size: chance_proven(size, claim, truth, confidence) >= POWER)
