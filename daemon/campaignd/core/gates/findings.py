"""What a kind of gate finds in one group of data."""

from dataclasses import dataclass

from campaignd.core.verdicts import GateVerdict


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict with its numbers; bounds are one-sided, in the unit of the estimate."""

    verdict: GateVerdict
    reason: str
    reason_code: str | None = None
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    method: str | None = None
