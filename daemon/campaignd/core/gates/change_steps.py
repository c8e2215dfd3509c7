"""What a comparison that cannot tell would need, and what it could have told."""

from dataclasses import dataclass
from functools import lru_cache
from math import expm1, isclose, log1p, sqrt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from campaignd.core.gates.findings import (
    BELOW_RESOLUTION,
    CANNOT_PASS,
    TOO_FEW,
    TOO_NOISY,
    Doubt,
)
from campaignd.core.gates.margins import write_margin
from campaignd.core.gates.wording import number_of
from campaignd.core.statistics.difference_power import (
    agreeing_cases,
    cases_to_rule_out,
    detectable_drop,
)
from campaignd.core.statistics.inference import Claim, Side
from campaignd.core.statistics.mean_power import (
    Spreads,
    cases_needed,
    iterations_needed,
    paired_design,
)
from campaignd.core.statistics.share_comparisons import matched_shares
from campaignd.core.statistics.shares import Cases

if TYPE_CHECKING:
    from campaignd.core.gates.changes import Comparison

FloatArray = NDArray[np.float64]
_EXACT_UP_TO = 300
"""Cases up to which the detectable drop is worked out outcome by outcome."""
_PERCENT = 2
_OUT_OF_REACH = 50
"""Nobody adds so many times the cases that there are."""
_MOST_ITERATIONS = 50
"""As many as Coval runs of a test case."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Why a comparison may end without a verdict, and the change that it shows with 80% power."""

    doubt: Doubt
    detectable: float | None


def outlook_of(comparison: "Comparison", change: float) -> Outlook:
    """Look at the spread of what was compared; `change` is the estimate."""
    old, new = comparison.sides()
    means = old.means, new.means
    if comparison.scale.kind == "relative":
        means, change = (np.log(old.means), np.log(new.means)), log1p(change)
    deviation = _deviation(*means, comparison.compares_cases)
    return Outlook(
        _cannot_pass(comparison, old, new) or _too_noisy(comparison, deviation, change),
        _detectable(comparison, deviation),
    )


def _deviation(old: FloatArray, new: FloatArray, is_paired: bool) -> float:
    """The standard deviation of the differences of cases; of both sides, where unmatched."""
    if len(old) < 2 or len(new) < 2:  # noqa: PLR2004  one has no spread
        return 0.0
    if is_paired:
        return float((new - old).std(ddof=1))
    return sqrt(float(old.var(ddof=1)) + float(new.var(ddof=1)))


def _cannot_pass(comparison: "Comparison", old: Cases, new: Cases) -> Doubt | None:
    """What no result at this size could prove of a share."""
    gate = comparison.gate
    if comparison.scale.kind != "share" or not comparison.compares_cases:
        return None
    claim = gate.directed_promise(comparison.scale).passes
    asked = write_margin(gate.margin)
    if claim.margin > 0:
        return _cannot_gain(new, claim, gate.confidence, asked)
    if 0 < -claim.margin < 1 / new.items:
        one = comparison.scale.write(1 / new.items)
        return Doubt(BELOW_RESOLUTION, f"One simulation is {one} here: {asked} is less than that")
    if not claim.margin:
        return None
    needed = agreeing_cases(-claim.margin, gate.confidence)
    if needed <= len(old.means):
        return None
    cases = number_of(needed, "test case")
    return Doubt(CANNOT_PASS, f"To rule out {asked} takes {cases} at least, even if none changes")


def _cannot_gain(new: Cases, claim: Claim, confidence: float, asked: str) -> Doubt | None:
    count = len(new.means)
    best = matched_shares(Cases(np.zeros(count), count), Cases(np.ones(count), count))
    if (best.p_above(claim.margin) or 0.0) <= 1 - confidence:
        return None
    return Doubt(CANNOT_PASS, f"No result of {count} test cases proves a gain of {asked}")


def _too_noisy(comparison: "Comparison", deviation: float, change: float) -> Doubt:
    gate = comparison.gate
    claim = gate.directed_promise(comparison.scale).passes
    if not deviation:
        return Doubt(TOO_FEW, "Nothing varies here, so nothing is proven: add test cases")
    is_gain = (claim.margin > 0) is (claim.side is Side.ABOVE) and claim.margin != 0
    margin = log1p(claim.margin) if comparison.scale.kind == "relative" else claim.margin
    distance = abs(change - margin) if is_gain else abs(margin)
    too_close = Doubt(TOO_NOISY, "It is too close to call: only a clear change would decide it")
    if isclose(distance, 0, abs_tol=1e-12):
        return too_close
    needed = _cases_needed(comparison, deviation, distance)
    if is_gain and needed is not None and needed > _OUT_OF_REACH * comparison.cases:
        return too_close
    tries = None if is_gain else _iterations_needed(comparison, deviation, distance)
    return Doubt(TOO_NOISY, _steps(comparison, needed, tries))


def _steps(comparison: "Comparison", needed: int | None, iterations: int | None) -> str:
    gate, cases = comparison.gate, comparison.cases
    what = "Cotool run" if comparison.group.is_cotool else "test case"
    ways = []
    if needed is not None:
        ways.append(number_of(max(needed - cases, 1), f"more {what}"))
    if iterations is not None:
        ways.append(number_of(iterations, "iteration"))
    if not ways:
        return f"It varies too much for any number of {what}s to decide it"
    asked = write_margin(gate.margin, comparison.group.unit)
    return f"{' or '.join(ways)} would decide {_noun(comparison)} of {asked}"


def _noun(comparison: "Comparison") -> str:
    noun = comparison.gate.noun
    return "a rise" if noun == "a drop" and comparison.scale.sign < 0 else noun


def _cases_needed(comparison: "Comparison", deviation: float, distance: float) -> int | None:
    noise = _changed(comparison)
    if noise is None or comparison.gate.promise_of(1.0).passes.margin > 0:
        return cases_needed(distance, deviation, comparison.gate.confidence)
    return _to_rule_out(round(distance, 6), noise, comparison.gate.confidence)


def _changed(comparison: "Comparison") -> float | None:
    """The share of cases that changed, where each has one simulation that passes or not."""
    if comparison.scale.kind != "share" or not comparison.compares_cases:
        return None
    old, new = comparison.sides()
    if not (old.has_one_each and new.has_one_each):
        return None
    return round(float(np.mean(old.means != new.means)), _PERCENT)


@lru_cache(maxsize=256)
def _to_rule_out(margin: float, noise: float, confidence: float) -> int | None:
    return cases_to_rule_out(margin, noise, confidence)


@lru_cache(maxsize=256)
def _exact_drop(cases: int, noise: float, confidence: float) -> float | None:
    return detectable_drop(cases, noise, confidence)


def _detectable(comparison: "Comparison", deviation: float) -> float | None:
    confidence = comparison.gate.confidence
    noise = _changed(comparison)
    if noise is not None and comparison.cases <= _EXACT_UP_TO:
        return _exact_drop(comparison.cases, noise, confidence)
    if not deviation:
        return None
    found = paired_design(comparison.cases, deviation).detectable(confidence)
    if comparison.scale.kind == "relative":
        return expm1(found)
    return found if comparison.scale.kind != "share" or found <= 1 else None


def _iterations_needed(comparison: "Comparison", deviation: float, distance: float) -> int | None:
    """How many iterations of these cases would do, where it is known how tries of a case vary."""
    if comparison.pairing is None or not comparison.compares_cases:
        return None
    if comparison.scale.kind == "relative":
        return None
    tries, per_case = comparison.pairing.spread_of_tries
    if tries is None or per_case <= 1:
        return None
    between = sqrt(max(deviation**2 - 2 * tries**2 / per_case, 0.0))
    confidence = comparison.gate.confidence
    needed = iterations_needed(comparison.cases, distance, Spreads(between, tries), confidence)
    return needed if needed is not None and per_case < needed <= _MOST_ITERATIONS else None
