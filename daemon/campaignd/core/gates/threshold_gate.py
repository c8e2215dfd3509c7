"""What gates against a threshold have in common."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Generic, Literal, Self, TypeVar, cast

from pydantic import Field, model_validator

from campaignd.core.gates.metric_gate import MetricGate
from campaignd.core.gates.model import Bar
from campaignd.core.gates.options import CONFIDENCE, Across, Confidence, Correct, Decide
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import format_exact_share

if TYPE_CHECKING:  # judging needs numpy, and reading a campaign does not
    from campaignd.core.gates.findings import Finding
    from campaignd.core.gates.groups import Group
    from campaignd.core.report import CaseReport

T = TypeVar("T")


class ThresholdGate(MetricGate, Generic[T]):
    """A gate on a metric with one threshold: `at_least` or `at_most`."""

    at_least: T | None = Field(default=None, description="Keeps the promise from here on.")
    at_most: T | None = Field(default=None, description="Keeps the promise up to here.")

    @model_validator(mode="after")
    def _has_one_threshold(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            found = "none" if self.at_least is None else "both"
            raise ValueError(f"{self.kind} takes one of at_least and at_most; found {found}")
        return self

    @property
    def bar(self) -> Bar:
        if self.at_least is not None:
            return self._bar("at_least", self.at_least)
        return self._bar("at_most", cast("T", self.at_most))

    @abstractmethod
    def _bar(self, side: Literal["at_least", "at_most"], threshold: T) -> Bar: ...

    @property
    def asks(self) -> str:
        return str(self.bar)

    def asked_of(self, group: "Group") -> str:
        del group
        return str(self.bar)

    def worst(self, group: "Group", finding: "Finding") -> "tuple[CaseReport, ...]":
        from campaignd.core.gates.cases import worst_cases

        return worst_cases(self, group, finding)


def check_can_fail(bar: Bar) -> Iterator[Mistake]:
    """Find a bar on a share that every share keeps to."""
    if bar.number == (0 if bar.side == "at_least" else 1):
        message = f"every share is {bar}: this gate cannot fail"
        yield Mistake((bar.side,), message, "ask for something, or leave the gate out")


class ProvableGate(ThresholdGate[T], Generic[T]):
    """A gate against a threshold that can be asked for proof."""

    decide: Decide = Field(
        default="observed",
        description="observed: the measured value decides, and its interval is shown. proven: "
        "passing and failing must be proven at `confidence`.",
    )
    confidence: Confidence = Field(
        default=CONFIDENCE, description="How sure bounds and proofs are; 95% without it."
    )
    across: Across = Field(
        default="test_cases",
        description="test_cases: the claim is about all such test cases. this_set: about these "
        "very simulations.",
    )
    correct: Correct | None = Field(
        default=None,
        description="How the results of a split gate are corrected for being many: holm "
        "(default), bh (default with need: any), none. For what must be proven.",
    )

    @property
    def remarks(self) -> tuple[str, ...]:
        return (
            *super().remarks,
            "proven" if self.decide == "proven" else "",
            f"at {format_exact_share(self.confidence)}" if self.confidence != CONFIDENCE else "",
            "across this_set" if self.across == "this_set" else "",
            f"correct {self.correct}" if self.correct else "",
        )

    @property
    def is_proven(self) -> bool:
        return self.decide == "proven"

    @property
    def sureness(self) -> float:
        return self.confidence

    @property
    def correction(self) -> str:
        return self.correct or ("bh" if self.need == "any" else "holm")
