"""What a kind of gate finds in one group of data, and the codes of its reasons."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from campaignd.core.statistics.bounds import NO_BOUNDS, Bounds
from campaignd.core.verdicts import GateVerdict

if TYPE_CHECKING:
    from campaignd.core.gates.sample import Sample

MISSING_DATA: Final = "missing_data"
NOT_GRADED: Final = "not_graded"
TOO_FEW: Final = "too_few"
NO_DATA: Final = "no_data"
NOT_DELIVERED: Final = "not_delivered"
UNUSABLE_VALUES: Final = "unusable_values"
CELL_LOST: Final = "cell_lost"


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """A verdict with its numbers, in the unit of the estimate.

    `sample` holds the values it came from; `n` says how many items where there are no values.
    `perfect` is the value at which a test case is not worth listing among the worst. Test cases
    are ranked by their means, or, where `by_worst`, by their worst item.
    """

    verdict: GateVerdict
    reason: str
    code: str | None = None
    estimate: float | None = None
    bounds: Bounds = NO_BOUNDS
    sample: "Sample | None" = None
    n: int = 0
    missing: int = 0
    perfect: float | None = None
    by_worst: bool = False


def errored(code: str, reason: str) -> Finding:
    return Finding(GateVerdict.ERRORED, reason, code)
