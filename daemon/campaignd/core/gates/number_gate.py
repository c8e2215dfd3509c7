"""What gates against a number have in common: mean, median, extremes, percentiles."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import BeforeValidator, WithJsonSchema

from campaignd.core.gates.findings import NO_DATA, Finding, errored
from campaignd.core.gates.model import Bar
from campaignd.core.gates.threshold_gate import ProvableGate, ThresholdGate
from campaignd.core.metrics import Measures, Metric, measures, range_of
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import Quantity, format_exact, parse_quantity

if TYPE_CHECKING:
    from campaignd.core.gates.groups import Group

Threshold = Annotated[
    Quantity,
    BeforeValidator(parse_quantity),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number"}, {"type": "string"}],
            "description": "A number in the metric's unit, with or without the unit.",
            "examples": [1.2, "8 s"],
        }
    ),
]


class NumberGate(ThresholdGate[Threshold]):
    """A gate that holds a number of a metric against a threshold in the metric's unit."""

    needs_numbers: ClassVar[bool] = True

    def asked_of(self, group: "Group") -> str:
        return self._asked(group.unit)

    def asked(self, unit: str | None) -> str:
        """The threshold, in the metric's unit where the file left it out."""
        return f"{self._asked(unit)} was asked"

    def _asked(self, unit: str | None) -> str:
        return f"{self.bar.side.replace('_', ' ')} {format_exact(self.bar.number, unit)}"

    def no_number(self) -> Finding:
        return errored(NO_DATA, f"no simulation or run has a number of {self.metric}")

    def about_failed(self, group: "Group") -> str:
        """A note on failed simulations, which count as beyond any threshold."""
        return f"; {group.failed} failed and count as beyond it" if group.failed else ""

    def _bar(self, side: Literal["at_least", "at_most"], threshold: Quantity) -> Bar:
        return Bar(side, threshold.number, str(threshold))

    def check_metric(self, metric: Metric) -> Iterator[Mistake]:
        if measures(metric) not in {Measures.NUMBERS, Measures.ANYTHING}:
            message = f"{self.kind} takes numbers, and {self.metric!r} holds {measures(metric)}"
            yield Mistake((self.kind,), message, f"write pass_rate: {self.metric}")
            return
        yield from self._check_unit(metric)
        if span := range_of(metric):
            yield from self._check_range(span)

    def _check_unit(self, metric: Metric) -> Iterator[Mistake]:
        threshold = self.at_least if self.at_least is not None else self.at_most
        unit = threshold.unit if threshold else None
        if unit is None or unit == metric.unit:
            return
        place = (self.bar.side,)
        if unit == "%":
            message = f"{self.bar.text} is a share, and {self.kind} takes a number"
            yield Mistake(place, message, "write a plain number; pass_rate takes shares")
        elif metric.unit is None:
            message = f"{self.metric!r} has no unit, and this threshold is in {unit}"
            yield Mistake(place, message, f"add `unit: {unit}` to the metric")
        else:
            message = f"{self.metric!r} is in {metric.unit}, and this threshold is in {unit}"
            yield Mistake(place, message, f"write it in {metric.unit}")

    def _check_range(self, span: tuple[float, float]) -> Iterator[Mistake]:
        lowest, highest = span
        place = (self.bar.side,)
        if not lowest <= self.bar.number <= highest:
            yield Mistake(place, "Cotool scores are 0 to 100", "write a number between them")
        elif self.bar.number == (lowest if self.bar.side == "at_least" else highest):
            message = f"every score is {self.bar}: this gate cannot fail"
            yield Mistake(place, message, "ask for something, or leave the gate out")


class ProvableNumberGate(NumberGate, ProvableGate[Threshold]):
    """One that can be asked for proof."""
