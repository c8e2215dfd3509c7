"""What the values of each metric must be."""

import re
from collections.abc import Callable, Mapping

from campaignd.adapters.table.columns import MET, NONE, UNMET, Metrics
from campaignd.core.coval import Value
from campaignd.core.metrics import UNKNOWN, CotoolMetric, CovalMetric, Measures, Metric, measures
from campaignd.core.scalars import shown

_KINDS: Mapping[type, str] = {float: "a number", str: "a text", frozenset: "a set of texts"}
_EXPECTED: Mapping[Measures, type] = {
    Measures.NUMBERS: float,
    Measures.TEXTS: str,
    Measures.SETS: frozenset,
}
_HIGHEST_SCORE = 100


class Meter:
    """Checks the values of one Coval metric: all of one kind, and of that which it measures."""

    def __init__(self, name: str, metric: CovalMetric | None = None) -> None:
        self.name = name
        self._kind = None if metric is None else _EXPECTED.get(measures(metric))
        self._first_line: int | None = None

    def complain(self, value: Value, line: int) -> str | None:
        """Say what is wrong with a value, if something is; the first one sets the kind."""
        if value is None or value == UNKNOWN:
            return None
        found = type(value)
        if self._kind is None:
            self._kind, self._first_line = found, line
        if found is self._kind:
            return None
        if self._first_line is None:
            return f"{self.name} is {_KINDS[self._kind]}, found {_show(value)}{_comma(value)}"
        first = f"{_KINDS[self._kind]} in line {self._first_line}"
        return f"{self.name} is {first} and {_KINDS[found]} here: {_show(value)}"


def _comma(value: Value) -> str:
    """A hint where a number has a decimal comma."""
    is_number = isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+,[0-9]+", value)
    return f": write {str(value).replace(',', '.')}" if is_number else ""


def _show(value: Value) -> str:
    return shown(value) if isinstance(value, str) else _KINDS[type(value)]


def complain_of_score(value: Value) -> str | None:
    """Say what is wrong with what Cotool is to have said."""
    if value is None:
        return None
    if not isinstance(value, float):
        return f"a Cotool score is a number, found {_show(value)}"
    if not 0 <= value <= _HIGHEST_SCORE:
        return f"a Cotool score is from 0 to {_HIGHEST_SCORE}, found {value:g}"
    return None


def complain_of_criterion(value: Value) -> str | None:
    if (
        value is None
        or value == NONE
        or (isinstance(value, str) and value.startswith((MET, UNMET)))
    ):
        return None
    return (
        f"an acceptance criterion is like 'met: Found the host' or 'unmet: …', found {_show(value)}"
    )


def complain_of_issue(value: Value) -> str | None:
    if value is None or isinstance(value, str):
        return None
    return f"a critical issue is its category or {NONE!r}, found {_show(value)}"


COMPLAINTS: Mapping[str, Callable[[Value], str | None]] = {
    "score": complain_of_score,
    "criteria": complain_of_criterion,
    "critical_issues": complain_of_issue,
}


def make_meters(metrics: Metrics) -> Mapping[str, Meter]:
    return {name: Meter(name, m) for name, m in metrics.items() if isinstance(m, CovalMetric)}


def cotool_metrics(metrics: Mapping[str, Metric]) -> Mapping[str, CotoolMetric]:
    return {name: m for name, m in metrics.items() if isinstance(m, CotoolMetric)}
