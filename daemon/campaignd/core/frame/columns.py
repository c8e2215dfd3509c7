"""One metric's values in the rows of a frame."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import nan

import numpy as np
from numpy.typing import NDArray

from campaignd.core.coval import Value
from campaignd.core.metrics import UNKNOWN, CovalMetric, Metric, PassWhen, passes, passes_number

_PLAIN = {float, int, type(None)}
_MOST = 1e100
"""Beyond it numbers cannot be squared and added up."""


class Kind(IntEnum):
    """What a value is. UNSURE is a judge's UNKNOWN, ENDLESS no number to reckon with."""

    NOTHING = 0
    NUMBER = 1
    TEXT = 2
    SET = 3
    UNSURE = 4
    ENDLESS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """`numbers` are nan where there is none; `passes` are 1, 0, or nan where that is missing."""

    kinds: NDArray[np.int8]
    numbers: NDArray[np.float64]
    passes: NDArray[np.float64]

    def take(self, rows: NDArray[np.int64]) -> "Column":
        return Column(self.kinds[rows], self.numbers[rows], self.passes[rows])


def build_column(values: Sequence[Value], metric: Metric) -> Column:
    """Read the values of a metric, and whether each passes."""
    kinds, numbers = _read(values, metric)
    passing = np.full(len(values), nan)
    if metric.pass_when is not None:
        is_number = kinds == Kind.NUMBER
        passing[is_number] = passes_number(metric.pass_when, numbers[is_number])
        _judge_words(passing, kinds, values, metric.pass_when)
    if isinstance(metric, CovalMetric) and metric.unknown == "fail":
        passing[kinds == Kind.UNSURE] = 0
    return Column(kinds, numbers, passing)


def _read(values: Sequence[Value], metric: Metric) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """The kind of each value, and its number or nan: plain numbers all at once."""
    if set(map(type, values)) <= _PLAIN:
        numbers = np.array(values, dtype=np.float64)
        kinds = np.where(np.abs(numbers) <= _MOST, Kind.NUMBER, Kind.ENDLESS).astype(np.int8)
        unread = np.flatnonzero(np.isnan(numbers)).tolist()
        kinds[[place for place in unread if values[place] is None]] = Kind.NOTHING
        return kinds, numbers
    explicit = metric.pass_when is not None and passes(metric.pass_when, UNKNOWN)
    known = {value: _kind(value, explicit) for value in set(values)}
    plain = (nan if isinstance(value, str | frozenset | None) else value for value in values)
    return (
        np.fromiter(map(known.__getitem__, values), np.int8, len(values)),
        np.fromiter(plain, np.float64, len(values)),
    )


def _kind(value: Value, explicit: bool) -> Kind:
    match value:
        case None:
            return Kind.NOTHING
        case str():
            return Kind.UNSURE if value == UNKNOWN and not explicit else Kind.TEXT
        case frozenset():
            return Kind.SET
        case _:
            return Kind.NUMBER if abs(value) <= _MOST else Kind.ENDLESS


def _judge_words(
    passing: NDArray[np.float64],
    kinds: NDArray[np.int8],
    values: Sequence[Value],
    condition: PassWhen,
) -> None:
    known: dict[Value, bool] = {}
    places = np.flatnonzero((kinds == Kind.TEXT) | (kinds == Kind.SET)).tolist()
    for place in places:
        value = values[place]
        if value not in known:
            known[value] = passes(condition, value)
        passing[place] = known[value]


def flags_column(flags: Iterable[bool | None]) -> Column:
    """A column of what passes by itself; None is missing."""
    numbers = np.array([nan if flag is None else float(flag) for flag in flags], np.float64)
    kinds = np.where(np.isnan(numbers), Kind.NOTHING, Kind.NUMBER).astype(np.int8)
    return Column(kinds, numbers, numbers)
