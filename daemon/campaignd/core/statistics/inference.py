"""What a measured quantity says about claims, asked the same way whatever the method."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from campaignd.core.statistics.bounds import Bounds


class Side(StrEnum):
    """The side of a margin that a claim puts the truth on."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Claim:
    """The truth lies on this side of the margin, in the unit of the estimate."""

    side: Side
    margin: float


class Measured(Protocol):
    """An estimate that knows how sure it is.

    A p value and the bound of the same side agree: `p_above(m) <= alpha` where the lower bound at
    confidence `1 - alpha` is at least `m`, `p_below(m) <= alpha` where the upper one is at most
    `m`. None, of p values and of bounds, where the method cannot tell.
    """

    @property
    def estimate(self) -> float:
        """What the data say, in the unit of the margins."""

    @property
    def method(self) -> str:
        """The name of the method that was used."""

    def bounds(self, confidence: float) -> Bounds:
        """One-sided bounds, each at this confidence (between 0 and 1)."""

    def p_above(self, margin: float) -> float | None:
        """The one-sided p value of "at most `margin`": small proves that it is above."""

    def p_below(self, margin: float) -> float | None:
        """The one-sided p value of "at least `margin`": small proves that it is below."""


@dataclass(frozen=True, slots=True)
class Inference:
    """What came of two claims: the one that passes a gate, and the one that fails it.

    `lower` and `upper` are one-sided at the confidence that was asked for. `p_pass` belongs to
    "the promise is broken", `p_fail` to "it is kept": a small one proves the opposite.
    """

    estimate: float
    lower: float | None
    upper: float | None
    p_pass: float | None
    p_fail: float | None
    method: str


def infer(measured: Measured, passes: Claim, fails: Claim, confidence: float = 0.95) -> Inference:
    """Test both claims.

    A share of at least 90% passes by `Claim(ABOVE, 0.9)` and fails by `Claim(BELOW, 0.9)`; a gate
    against drops that rules out 20 points passes by `Claim(ABOVE, -0.2)`, and fails by
    `Claim(BELOW, 0.0)`.
    """
    bounds = measured.bounds(confidence)
    return Inference(
        estimate=measured.estimate,
        lower=bounds.lower,
        upper=bounds.upper,
        p_pass=p_value(measured, passes),
        p_fail=p_value(measured, fails),
        method=measured.method,
    )


def p_value(measured: Measured, claim: Claim) -> float | None:
    """How surprising the data are if the claim is wrong; small proves it."""
    test = measured.p_above if claim.side is Side.ABOVE else measured.p_below
    return test(claim.margin)
