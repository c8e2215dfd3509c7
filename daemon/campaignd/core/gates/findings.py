"""What a kind of gate finds in one group of data, and the codes of its reasons."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from campaignd.core.statistics.bounds import NO_BOUNDS, Bounds
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.pairing import Pairing
    from campaignd.core.gates.proofs import Proof
    from campaignd.core.gates.sample import Sample

MISSING_DATA: Final = "missing_data"
NOT_GRADED: Final = "not_graded"
TOO_FEW: Final = "too_few"
TOO_NOISY: Final = "too_noisy"
UNMATCHED_CASES: Final = "unmatched_cases"
BELOW_RESOLUTION: Final = "margin_below_resolution"
CANNOT_PASS: Final = "cannot_pass_at_this_size"  # noqa: S105  no password
NO_DATA: Final = "no_data"
NOT_DELIVERED: Final = "not_delivered"
UNUSABLE_VALUES: Final = "unusable_values"
CELL_LOST: Final = "cell_lost"
MISSING_NUMBERS: Final = 0.05
"""The share of missing values up to which a number is still judged."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why there is no verdict, and in words what would help; either may be all there is to say."""

    code: str
    words: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A verdict with its numbers, in the unit of the estimate.

    `sample` holds the values it came from; `n`, `cases_n` and `missing` count them where there is
    no sample. `perfect` is the value at which a test case is not worth listing among the worst.
    Test cases are ranked by their means, or, where `by_worst`, by their worst item. `proof` is
    what a gate that must prove decides by: it has no verdict before its family was looked at.
    `unit` is how the estimate is to be read: "share", "points", "relative", or a metric's unit.
    """

    verdict: GateVerdict
    reason: str
    code: str | None = None
    estimate: float | None = None
    bounds: Bounds = NO_BOUNDS
    sample: "Sample | None" = None
    n: int = 0
    cases_n: int = 0
    missing: int = 0
    perfect: float | None = None
    by_worst: bool = False
    proof: "Proof | None" = None
    p_pass: float | None = None
    p_fail: float | None = None
    p_adjusted: float | None = None
    family_size: int | None = None
    detectable: float | None = None
    seed: int | None = None
    unit: str | None = None
    pairing: "Pairing | None" = None
    counts: bool = True
    """Whether the result may count: one of several that were asked need not."""


def errored(code: str, reason: str) -> Finding:
    return Finding(GateVerdict.ERRORED, reason, code)


def unsure(code: str, reason: str) -> Finding:
    return Finding(GateVerdict.INCONCLUSIVE, reason, code)
