"""What can come of a gate and of an execution, and the exit status CI sees."""

from collections.abc import Iterable
from enum import StrEnum


class GateVerdict(StrEnum):
    """What came of one gate."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ERRORED = "errored"


class Verdict(StrEnum):
    """What came of an execution."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ERRORED = "errored"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"


RANKING = (
    Verdict.PASSED,
    Verdict.INCONCLUSIVE,
    Verdict.ERRORED,
    Verdict.TIMED_OUT,
    Verdict.FAILED,
)
"""From best to worst. A cancelled execution is not judged, so it has no rank."""

EXIT_STATUS = {
    Verdict.PASSED: 0,
    Verdict.FAILED: 1,
    Verdict.INCONCLUSIVE: 3,
    Verdict.ERRORED: 4,
    Verdict.TIMED_OUT: 5,
    Verdict.CANCELLED: 6,
}
EXIT_INVALID = 2
EXIT_TROUBLE = 4


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of them; nothing measured is never a pass."""
    return max(verdicts, key=RANKING.index, default=Verdict.INCONCLUSIVE)
