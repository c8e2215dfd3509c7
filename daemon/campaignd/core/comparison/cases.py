"""Values of test cases, gathered so that two sets of them can be matched."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from campaignd.core.evidence import Evidence
from campaignd.core.frame import Frame, Kind, Status, build_frame, build_score_frame
from campaignd.core.metrics import SIMULATIONS, CotoolMetric, Metric, can_pass, direction
from campaignd.core.statistics.inference import Measured
from campaignd.core.statistics.number_comparisons import matched_difference, unmatched_difference
from campaignd.core.statistics.share_comparisons import matched_shares, unmatched_shares
from campaignd.core.statistics.shares import Cases

Place = tuple[str, str]
"""Persona and test set; both empty for Cotool's runs."""
Case = tuple[str, str]
"""Test set and test case: what counts once."""


@dataclass(frozen=True, slots=True)
class CaseValue:
    """The mean of a test case's items at one place, and how many there are."""

    mean: float
    items: int


Values = Mapping[tuple[Place, str], CaseValue]
"""By place and test case."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How a metric is compared: as the share that passes, or as a number."""

    name: str
    is_share: bool
    better: str | None
    unit: str | None = None


def yardsticks(metrics: Mapping[str, Metric]) -> Iterator[Yardstick]:
    """How each metric is compared, `simulations` (completed at all) first."""
    yield Yardstick(SIMULATIONS, is_share=True, better="higher")
    for name, metric in metrics.items():
        yield yardstick(name, metric)


def yardstick(name: str, metric: Metric) -> Yardstick:
    if can_pass(metric):
        return Yardstick(name, is_share=True, better="higher")
    return Yardstick(name, is_share=False, better=direction(metric), unit=metric.unit)


def frame_of(evidence: Evidence, metrics: Mapping[str, Metric], name: str) -> Frame:
    """The frame that holds a metric's values."""
    metric = metrics.get(name)
    if isinstance(metric, CotoolMetric):
        return build_score_frame(evidence, name, metric)
    return build_frame(evidence, {} if metric is None else {name: metric})


def gather(frame: Frame, yard: Yardstick) -> Mapping[tuple[str, str], Values]:
    """The values of each agent and variant (empty for Cotool's runs).

    A simulation that failed passes nothing; other missing values, and numbers that are not finite,
    are left out.
    """
    column = frame.columns[yard.name]
    numbers = column.passes if yard.is_share else column.numbers
    numbers = np.where(column.kinds == Kind.ENDLESS, nan, numbers)
    if yard.is_share:
        numbers = np.where(frame.status == Status.FAILED, 0.0, numbers)
    found: dict[tuple[str, str], dict[tuple[Place, str], CaseValue]] = {}
    for number, arm in enumerate(frame.arms):
        rows = slice(int(frame.starts[number]), int(frame.starts[number + 1]))
        values = found.setdefault((arm.agent, arm.variant or ""), {})
        place = (arm.persona or "", arm.test_set or "")
        for unit, value in zip(frame.units[rows].tolist(), numbers[rows].tolist(), strict=True):
            item = frame.unit_names[unit].item
            if item is not None and not isnan(value):
                values[place, item] = _with(values.get((place, item)), value)
    return found


def _with(known: CaseValue | None, value: float) -> CaseValue:
    if known is None:
        return CaseValue(value, 1)
    items = known.items + 1
    return CaseValue(known.mean + (value - known.mean) / items, items)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Test cases of two sides in the same order, each averaged over the places of both."""

    cases: tuple[Case, ...]
    base: Cases
    new: Cases


def match(base: Values, new: Values) -> Pairs | None:
    """Pair test cases place by place, then average; None where none is on both sides."""
    sides: dict[Case, list[tuple[CaseValue, CaseValue]]] = {}
    for key, value in base.items():
        if key in new:
            (_, test_set), item = key
            sides.setdefault((test_set, item), []).append((value, new[key]))
    if not sides:
        return None
    return Pairs(
        tuple(sides),
        _cases([[pair[0] for pair in pairs] for pairs in sides.values()]),
        _cases([[pair[1] for pair in pairs] for pairs in sides.values()]),
    )


def pool(values: Values) -> Cases:
    """All test cases of one side, which has at least one."""
    groups: dict[Case, list[CaseValue]] = {}
    for ((_, test_set), item), value in values.items():
        groups.setdefault((test_set, item), []).append(value)
    return _cases([*groups.values()])


def _cases(groups: list[list[CaseValue]]) -> Cases:
    means = np.array([sum(v.mean for v in group) / len(group) for group in groups])
    return Cases(means, sum(value.items for group in groups for value in group))


def measure_matched(yard: Yardstick, base: Cases, new: Cases) -> Measured:
    """The difference, new minus base, of matched test cases."""
    if yard.is_share:
        return matched_shares(base, new)
    return matched_difference(base.means, new.means, _span(base, new))


def measure_unmatched(yard: Yardstick, base: Cases, new: Cases) -> Measured:
    """The difference, new minus base, of test cases that do not belong together."""
    if yard.is_share:
        return unmatched_shares(base, new)
    return unmatched_difference(base.means, new.means)


def _span(base: Cases, new: Cases) -> float:
    """No difference of these values is larger; where all are the same, they could fall to 0."""
    both = np.concatenate((base.means, new.means))
    return float(both.max() - both.min()) or abs(float(both.max())) or 1.0
