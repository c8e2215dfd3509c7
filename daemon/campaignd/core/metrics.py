"""The metrics that a campaign declares: Coval metrics by id, or what Cotool says of its runs."""

import math
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from campaignd.core.coval import Value
from campaignd.core.quantities import Number, parse_number

METRIC_ID = r"^[A-Za-z0-9]{22}$"
UNKNOWN = "UNKNOWN"
"""What a Coval judge answers where it cannot tell."""

SIMULATIONS = "simulations"
"""The reserved word that gates may use like a metric: whether a simulation completed at all."""

Direction = Literal["higher", "lower"]


class Measures(StrEnum):
    """What the values of a metric are, as far as the campaign file says it."""

    NUMBERS = "numbers"
    TEXTS = "texts"
    SETS = "sets"
    CRITERIA = "criteria"
    CRITICAL_ISSUES = "critical issues"
    ANYTHING = "anything"


class PassWhen(BaseModel):
    """Which values of a metric pass: exactly one of the conditions.

    `equals` and `one_of` compare texts to the letter, and numbers by what they are worth.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    equals: str | None = Field(default=None, description="This very value.", examples=["YES"])
    one_of: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="Any of these values.",
        examples=[["booked", "rescheduled"]],
    )
    at_least: Number | None = Field(default=None, description="A number from this one on.")
    at_most: Number | None = Field(default=None, description="A number up to this one.")
    between: tuple[Number, Number] | None = Field(
        default=None, description="A number from the first to the second.", examples=[[1, 5]]
    )
    contains: str | None = Field(default=None, description="A set of texts with this one in it.")

    @model_validator(mode="after")
    def _has_one_condition(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            known = ", ".join(type(self).model_fields)
            raise ValueError(f"pass_when takes one condition of {known}; found {found}")
        return self

    @model_validator(mode="after")
    def _is_ordered(self) -> Self:
        if self.between and self.between[0] > self.between[1]:
            low, high = self.between
            raise ValueError(
                f"between: [{low:g}, {high:g}] holds nothing: the lower number is first"
            )
        return self

    @property
    def measures(self) -> Measures:
        """What a value must be to be judged by this condition."""
        if self.contains is not None:
            return Measures.SETS
        words = (self.equals,) if self.equals is not None else self.one_of
        if words is None:
            return Measures.NUMBERS
        numeric = all(_as_number(word) is not None for word in words)
        return Measures.ANYTHING if numeric else Measures.TEXTS


class _Metric(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    pass_when: PassWhen | None = Field(default=None, description="Which values pass.")
    better: Direction | None = Field(
        default=None, description="Which way is better, where `pass_when` does not say it."
    )
    unit: str | None = Field(
        default=None,
        min_length=1,
        max_length=20,
        description="The unit of its numbers.",
        examples=["s"],
    )
    description: str | None = None

    @model_validator(mode="after")
    def _goes_one_way(self) -> Self:
        way = _direction_of(self.pass_when)
        if self.better and way and self.better != way:
            raise ValueError(
                f"better: {self.better} contradicts pass_when, where {way} is better: "
                "leave `better` out"
            )
        return self


class CovalMetric(_Metric):
    """A Coval metric. `unknown` says what a judge's UNKNOWN counts as where passing is asked."""

    id: Annotated[
        str,
        Field(
            pattern=METRIC_ID, description="Coval's metric id.", examples=["jN6mN2pSt5aUv8xZ1bCeFf"]
        ),
    ]
    unknown: Literal["fail", "missing"] = Field(
        default="fail", description="What a judge's UNKNOWN counts as."
    )


class CotoolMetric(_Metric):
    """What Cotool's judge says: a score per run, acceptance criteria, critical issues."""

    cotool: Literal["score", "criteria", "critical_issues"] = Field(
        description="`score`: 0 to 100 per run; `criteria`: each acceptance criterion, met or not; "
        "`critical_issues`: the judge's flag for a serious problem."
    )

    @model_validator(mode="after")
    def _passes_by_itself(self) -> Self:
        if self.cotool != "score" and (self.pass_when or self.better or self.unit):
            raise ValueError(
                f"{self.cotool} pass by themselves: leave pass_when, better and unit out"
            )
        if self.pass_when and self.pass_when.measures not in {Measures.NUMBERS, Measures.ANYTHING}:
            raise ValueError("a Cotool score is a number: use at_least, at_most or between")
        return self


Metric = CovalMetric | CotoolMetric


def measures(metric: Metric) -> Measures:
    """What the values of a metric are; ANYTHING where only Coval knows."""
    if isinstance(metric, CotoolMetric):
        return _COTOOL[metric.cotool]
    if metric.pass_when:
        return metric.pass_when.measures
    return Measures.NUMBERS if metric.unit or metric.better else Measures.ANYTHING


_COTOOL = {
    "score": Measures.NUMBERS,
    "criteria": Measures.CRITERIA,
    "critical_issues": Measures.CRITICAL_ISSUES,
}


def can_pass(metric: Metric) -> bool:
    """Whether it is said which of its values pass."""
    return metric.pass_when is not None or measures(metric) in {
        Measures.CRITERIA,
        Measures.CRITICAL_ISSUES,
    }


def direction(metric: Metric) -> Direction | None:
    """Which way its numbers are better, or None where nobody said it."""
    if isinstance(metric, CotoolMetric):
        return "higher" if metric.cotool == "score" else None
    return metric.better or _direction_of(metric.pass_when)


def range_of(metric: Metric) -> tuple[float, float] | None:
    """Between which numbers all values lie, where that is known."""
    is_score = isinstance(metric, CotoolMetric) and metric.cotool == "score"
    return (0.0, 100.0) if is_score else None


def _direction_of(condition: PassWhen | None) -> Direction | None:
    if condition is None:
        return None
    if condition.at_least is not None:
        return "higher"
    return "lower" if condition.at_most is not None else None


def passes(condition: PassWhen, value: Value) -> bool:
    """Whether a value that is there passes; a value of the wrong kind does not."""
    match value:
        case str():
            return value == condition.equals or value in (condition.one_of or ())
        case frozenset():
            return condition.contains is not None and condition.contains in value
        case None:
            return False
        case _:
            return passes_number(condition, value)


def passes_number(condition: PassWhen, number: float) -> bool:
    """Whether a number passes. An array in gives an array out, element by element."""
    if condition.at_least is not None:
        return number >= condition.at_least
    if condition.at_most is not None:
        return number <= condition.at_most
    if condition.between is not None:
        return (number >= condition.between[0]) & (number <= condition.between[1])
    return _equals_any(condition, number)


def _equals_any(condition: PassWhen, number: float) -> bool:
    words = condition.one_of or (condition.equals or "",)
    worths = (worth for word in words if (worth := _as_number(word)) is not None)
    nowhere = number < -math.inf
    return reduce(or_, (number == worth for worth in worths), nowhere)


def _as_number(word: str) -> float | None:
    try:
        return parse_number(word)
    except ValueError:
        return None
