"""Coval's filter expressions: the documented grammar and nothing beyond it.

    filter     := comparison ((" AND " | " OR ") comparison)*
    comparison := field operator value
    field      := letters and "_", or "metric." and a metric id
    operator   := "=" | "!=" | ">" | "<" | ">=" | "<="
    value      := '"' anything but '"' '"'  |  anything but spaces, quotes, operators, parentheses

AND binds closer than OR. A comparison with a field that is null holds never, as in SQL.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any

from campaignd.sandbox.moments import read_moment
from campaignd.sandbox.refusals import Refused, invalid

_COMPARISON = re.compile(
    r"(?P<field>metric\.[A-Za-z0-9]+|[a-z_]+)(?P<operator><=|>=|!=|=|<|>)"
    r'(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"()<>=!]+))'
)
_JOINT = re.compile(r"\s+(AND|OR)\s+")
_METRIC_FIELD = re.compile(r"metric\.[A-Za-z0-9]{22}")
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
STATUSES = frozenset(
    {
        "PENDING",
        "IN QUEUE",
        "IN PROGRESS",
        "COMPLETED",
        "FAILED",
        "CANCELLED",
        "DELETED",
        "SKIPPED",
    }
)

Operand = str | float | datetime
FieldValue = str | float | datetime | tuple[str, ...] | None


class Kind(Enum):
    """What a field holds, and so what it can be compared with."""

    TEXT = auto()
    STATUS = auto()
    TIME = auto()
    TAG = auto()
    VALUE = auto()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison as it was written."""

    field: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f'{self.field}{self.operator}"{self.value}"'


@dataclass(frozen=True, slots=True)
class Filter:
    """Comparisons joined by AND within a group; one group that holds is enough."""

    groups: tuple[tuple[Comparison, ...], ...]

    def __str__(self) -> str:
        return " OR ".join(" AND ".join(map(str, group)) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison whose value has the type of its field."""

    field: str
    operator: str
    value: Operand

    def holds(self, actual: FieldValue) -> bool:
        if actual is None:
            return False
        if isinstance(actual, tuple):
            held = self.value in actual
            return held if self.operator == "=" else self.operator == "!=" and not held
        if isinstance(actual, str) != isinstance(self.value, str):
            return self.operator == "!="
        return _OPERATORS[self.operator](actual, self.value)


def parse_filter(text: str) -> Filter:
    """Parse an expression. Refused with 400 where it is not in the grammar."""
    groups: list[list[Comparison]] = [[]]
    place = 0
    while True:
        match = _COMPARISON.match(text, place)
        if match is None:
            raise _unexpected(text, place)
        value = match["quoted"] if match["quoted"] is not None else match["bare"]
        groups[-1].append(Comparison(match["field"], match["operator"], value))
        place = match.end()
        if place == len(text):
            return Filter(tuple(tuple(group) for group in groups))
        joint = _JOINT.match(text, place)
        if joint is None:
            raise _unexpected(text, place)
        if joint[1] == "OR":
            groups.append([])
        place = joint.end()


def type_condition(comparison: Comparison, fields: Mapping[str, Kind]) -> Condition:
    """Give a comparison's value the type of its field. Refused with 400 where it cannot be."""
    kind = _kind_of(comparison.field, fields)
    if kind in {Kind.STATUS, Kind.TAG} and comparison.operator not in {"=", "!="}:
        raise _refuse(f"{comparison.field} can be compared with = and != only")
    value = _typed(comparison, kind)
    return Condition(comparison.field, comparison.operator, value)


def is_about_metric(comparison: Comparison | Condition) -> bool:
    return comparison.field.startswith("metric.")


def _kind_of(field: str, fields: Mapping[str, Kind]) -> Kind:
    kind = fields.get("metric.{metric_id}" if _METRIC_FIELD.fullmatch(field) else field)
    if kind is None:
        raise _refuse(f"Unknown field '{field}'. Valid fields: {', '.join(fields)}")
    return kind


def _typed(comparison: Comparison, kind: Kind) -> Operand:
    value = comparison.value
    if kind is Kind.STATUS and value not in STATUSES:
        raise _refuse(f"'{value}' is not a status")
    if kind is Kind.TIME:
        return _time(comparison)
    if kind is Kind.VALUE:
        return _number_or_text(comparison)
    return value


def _time(comparison: Comparison) -> datetime:
    try:
        return read_moment(comparison.value)
    except ValueError:
        raise _refuse(f"{comparison.field}: '{comparison.value}' is not an ISO 8601 time") from None


def _number_or_text(comparison: Comparison) -> Operand:
    try:
        return float(comparison.value)
    except ValueError:
        if comparison.operator in {"=", "!="}:
            return comparison.value
        raise _refuse(f"{comparison.field}: texts can be compared with = and != only") from None


def _unexpected(text: str, place: int) -> Refused:
    rest = text[place : place + 30]
    return _refuse(
        f"Unexpected '{rest}' at position {place}. Write field=\"value\"; values with spaces must "
        "be quoted; conditions are joined by AND or OR"
        if rest
        else 'A condition is missing at the end. Write field="value"'
    )


def _refuse(description: str) -> Refused:
    return invalid("filter", description)
