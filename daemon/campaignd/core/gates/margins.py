"""How much a comparison allows: points of a share, percent of a number, or the number itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from campaignd.core.metrics import Measures, Metric, can_pass, direction, measures, range_of
from campaignd.core.mistakes import Mistake
from campaignd.core.quantities import Quantity, format_exact, parse_quantity

_POINTS = frozenset({"points", "point"})
_MOST_POINTS = 100
_ALIKE = "points"


@dataclass(frozen=True, slots=True)
class Scale:
    """What a comparison is of, and how its numbers are written.

    `share`: of shares that pass, in points. `relative`: of numbers, in percent. `number`: of
    numbers, in the metric's unit. `sign` is 1 where more is better, -1 where less is.
    """

    kind: Literal["share", "relative", "number"]
    sign: int
    unit: str | None = None

    @property
    def reads_as(self) -> str | None:
        """The unit of estimates, as the report tells it."""
        return {"share": _ALIKE, "relative": "relative", "number": self.unit}[self.kind]

    def write(self, amount: float) -> str:
        """A measured amount for people: `6.2 points`, `8.1%`, `0.4 s`."""
        if self.kind == "number":
            return format_exact(float(f"{amount:.3g}"), self.unit)
        percent = float(f"{amount * 100:.2g}") if abs(amount) < _TENTH else round(amount * 100, 1)
        if self.kind == "relative":
            return f"{percent:g}%"
        return f"{percent:g} point" + "s" * (percent != 1)


_TENTH = 0.001


def parse_margin(value: object) -> Quantity:
    """Read `5 points`, `10%`, `0.5` or `0.5 s`. Raises ValueError unless it is 0 or more."""
    try:
        margin = parse_quantity(value)
    except ValueError:
        message = f"{value!r} is no margin: write one like 5 points, 10% or 0.5"
        raise ValueError(message) from None
    if margin.number < 0:
        much = format_exact(-margin.number, margin.unit)
        raise ValueError(f"a margin is how much, and not which way: write {much}")
    unit = "points" if margin.unit in _POINTS else margin.unit
    return Quantity(margin.number, unit)


Margin = Annotated[
    Quantity,
    BeforeValidator(parse_margin),
    WithJsonSchema(
        {"anyOf": [{"type": "number"}, {"type": "string"}], "examples": ["5 points", "10%", 0.5]}
    ),
]


def is_of_shares(margin: Quantity) -> bool:
    return margin.unit == "points"


def amount_of(margin: Quantity) -> float:
    """The margin in the unit of estimates: 0.05 for 5 points, 0.1 for 10%."""
    return margin.number / 100 if margin.unit in {"points", "%"} else margin.number


def write_margin(margin: Quantity, unit: str | None = None) -> str:
    if is_of_shares(margin):
        return f"{margin.number:.10g} point" + "s" * (margin.number != 1)
    return format_exact(margin.number, margin.unit or unit)


def scale_of(margin: Quantity, metric: Metric | None) -> Scale:
    """What is compared; the margin fits the metric (`check_margin`)."""
    if is_of_shares(margin) or metric is None:
        return Scale("share", 1)
    sign = -1 if direction(metric) == "lower" else 1
    return Scale("relative" if margin.unit == "%" else "number", sign, metric.unit)


def check_margin(option: str, margin: Quantity, name: str, metric: Metric) -> Iterator[Mistake]:
    """Find what keeps a margin from being one of this metric."""
    check = _check_points if is_of_shares(margin) else _check_number
    yield from check(option, margin, name, metric)


def _check_points(option: str, margin: Quantity, name: str, metric: Metric) -> Iterator[Mistake]:
    if not can_pass(metric):
        message = f"`{option}` is in points, and {name!r} has no pass_when that makes it a share"
        hint = f"write it in {metric.unit or 'the unit of the metric'} or in percent: 10%"
        yield Mistake((option,), message, hint)
    elif margin.number >= _MOST_POINTS:
        message = "a share cannot change by more than 100 points"
        yield Mistake((option,), message, "write less than all of it: 20 points")


def _check_number(option: str, margin: Quantity, name: str, metric: Metric) -> Iterator[Mistake]:
    if needs_points(metric):
        message = f"`{option}` needs points here, like `5 points`, because {name!r} is a share"
        yield Mistake((option,), message, f"write {margin.number:.10g} points")
        return
    if margin.unit not in {None, "%", metric.unit}:
        unit = metric.unit or "no unit"
        message = f"`{option}` is in {margin.unit}, and {name!r} is in {unit}"
        yield Mistake((option,), message, "write a number in the metric's unit, or percent: 10%")
    elif (span := range_of(metric)) and margin.unit != "%" and margin.number >= span[1] - span[0]:
        message = f"{name!r} cannot change by more than {span[1] - span[0]:g}"
        yield Mistake((option,), message, "write less than all of it: 5")
    if direction(metric) is None:
        message = f"nothing says whether more or less of {name!r} is better"
        yield Mistake((option,), message, "add `better: higher` or `better: lower` to the metric")
    elif margin.unit == "%" and direction(metric) == "higher" and margin.number >= _MOST_POINTS:
        yield Mistake((option,), "a number cannot fall by 100% or more: write a smaller margin")


def needs_points(metric: Metric) -> bool:
    """Whether only the share that passes can be compared."""
    return can_pass(metric) and (
        measures(metric) is not Measures.NUMBERS or direction(metric) is None
    )
