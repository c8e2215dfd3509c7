"""The picture of a gate: what was measured, how far it can be trusted, what was asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

from campaignd.adapters.reporters.notation import interval, measured, plain
from campaignd.core.quantities import parse_quantity
from campaignd.core.report import GateReport

WIDTH = 180
"""Of the drawing, in the units of its places."""

_EDGE = 8.0
_AIR = 0.25
_ASKED = re.compile(r"at (least|most) (.+)")

Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """Places from left to right, and what they say in words.

    `line` reaches from bound to bound, and to the edge (0 or WIDTH) where a bound is unknown.
    `kept` is where a value keeps the promise: from the `tick` of the threshold to an edge.
    """

    dot: float
    line: Stretch | None
    tick: float | None
    kept: Stretch | None
    label: str


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(_EDGE + share * (WIDTH - 2 * _EDGE), 1)


@dataclass(frozen=True, slots=True)
class _Bar:
    is_lowest: bool
    number: float


def draw(gate: GateReport) -> Picture | None:
    """Lay a gate's numbers out on one line; None where there is nothing to compare."""
    estimate, lower, upper = map(_finite, (gate.estimate, gate.lower, gate.upper))
    bar = _bar(gate)
    others = [one for one in (lower, upper, bar.number if bar else None) if one is not None]
    if estimate is None or not others:
        return None
    scale = _scale([estimate, *others], _ends(gate))
    if scale is None:
        return None
    return Picture(
        dot=scale.place(estimate),
        line=_line(scale, lower, upper),
        tick=scale.place(bar.number) if bar else None,
        kept=_kept(scale, bar),
        label=_label(gate),
    )


def _bar(gate: GateReport) -> _Bar | None:
    """Read the threshold; None where it is not a number on the estimate's scale."""
    match = _ASKED.fullmatch(gate.threshold or "")
    if match is None:
        return None
    try:
        asked = parse_quantity(match[2])
    except ValueError:
        return None
    percent = asked.unit == "%" and gate.unit == "share"
    return _Bar(match[1] == "least", asked.number / 100 if percent else asked.number)


def _finite(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _ends(gate: GateReport) -> Stretch:
    """Where the values of a gate end by their nature: shares at 0 and 1."""
    return (0.0, 1.0) if gate.unit == "share" else (-inf, inf)


def _scale(values: Sequence[float], ends: Stretch) -> _Scale | None:
    """Leave air around the values, but none beyond their ends; None beyond what floats can do."""
    lowest, highest = min(values), max(values)
    air = (highest - lowest) * _AIR or abs(lowest) * _AIR or 1.0
    low = max(lowest - air, min(lowest, ends[0]))
    high = min(highest + air, max(highest, ends[1]))
    return _Scale(low, high) if isfinite(high - low) and high > low else None


def _line(scale: _Scale, lower: float | None, upper: float | None) -> Stretch | None:
    if lower is None and upper is None:
        return None
    left = 0.0 if lower is None else scale.place(lower)
    right = float(WIDTH) if upper is None else scale.place(upper)
    return min(left, right), max(left, right)


def _kept(scale: _Scale, bar: _Bar | None) -> Stretch | None:
    if bar is None:
        return None
    tick = scale.place(bar.number)
    return (tick, float(WIDTH)) if bar.is_lowest else (0.0, tick)


def _label(gate: GateReport) -> str:
    facts = [f"measured {measured(gate, gate.estimate)}"]
    if (bounds := interval(gate)) != "-":
        facts.append(f"interval {bounds}")
    if gate.threshold:
        facts.append(f"asked {plain(gate.threshold)}")
    return ", ".join(facts)
