"""`results` of a run, in both documented shapes."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from campaignd.adapters.http.wire import Lenient, Text, WireDocument
from campaignd.core.coval import Aggregate, Results, Value


class MetricItem(WireDocument):
    """Values by simulation, or (older) mean, min and max over all of them."""

    metric_id: Text | None = None
    output_type: Lenient[str] = None
    values: list["ValueItem"] | None = None
    mean: float | None = None
    min: Lenient[float] = None
    max: Lenient[float] = None

    def aggregate(self) -> Aggregate | None:
        if self.values is not None or self.mean is None or not isfinite(self.mean):
            return None
        return Aggregate(self.mean, _finite(self.min), _finite(self.max))

    def by_simulation(self) -> dict[str, Value]:
        """The last value that is not missing wins where a simulation stands twice."""
        found: dict[str, Value] = {}
        for simulation_id, value in self._read_values():
            if value is not None or simulation_id not in found:
                found[simulation_id] = value
        return found

    def _read_values(self) -> Iterator[tuple[str, Value]]:
        for item in self.values or ():
            if item.simulation_output_id is not None:
                yield item.simulation_output_id, read_value(item.value, self.output_type)


class ValueItem(WireDocument):
    simulation_output_id: Lenient[Text] = None
    value: Any = None


class ResultsItem(WireDocument):
    output_ids: list[Text] | None = None
    metrics: dict[str, MetricItem] | None = None

    def results(self) -> Results:
        values: dict[str, Mapping[str, Value]] = {}
        aggregates: dict[str, Aggregate] = {}
        for key, item in (self.metrics or {}).items():
            metric = item.metric_id or key
            if (aggregate := item.aggregate()) is not None:
                aggregates[metric] = aggregate
            else:
                values[metric] = item.by_simulation()
        return Results(tuple(dict.fromkeys(self.output_ids or ())), values, aggregates)


def read_value(value: Any, output_type: str | None = None) -> Value:
    """A metric's value; what Coval does not document counts as missing, never as a number.

    Coval has no boolean type: should one come, it is read as its binary judges speak (YES, NO),
    or 1 and 0 where the output type says float. A text that spells a number is one only there.
    """
    match value:
        case bool():
            return float(value) if output_type == "float" else ("YES" if value else "NO")
        case int() | float():
            return _finite(value)
        case str():
            return _read_number(value) if output_type == "float" else value
        case list():
            return frozenset(str(part) for part in value if isinstance(part, str | int | float))
        case _:
            return None


def _read_number(text: str) -> Value:
    try:
        return _finite(float(text))
    except ValueError:
        return text


def _finite(number: float | None) -> float | None:
    try:
        number = None if number is None else float(number)
    except OverflowError:
        return None
    return number if number is not None and isfinite(number) else None
