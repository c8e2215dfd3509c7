"""The test cases that changed most for the worse."""

from collections.abc import Iterator
from math import isfinite
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np

from campaignd.core.gates.cases import WORST, describe_case
from campaignd.core.quantities import format_quantity, format_share
from campaignd.core.report import CaseReport

if TYPE_CHECKING:
    from campaignd.core.gates.comparison_gate import ComparisonGate
    from campaignd.core.gates.findings import Finding
    from campaignd.core.gates.groups import Group
    from campaignd.core.gates.margins import Scale
    from campaignd.core.gates.pairing import Pairing

_NAMED = 3
_TITLE = 60
"""Characters of a test case's title within a sentence."""
Change = tuple[int, float, float]
"""The row of the worst result of a test case, and its means: base, new."""


def worst_changes(
    gate: "ComparisonGate", group: "Group", finding: "Finding"
) -> tuple[CaseReport, ...]:
    """The test cases that got worse, the largest drop first."""
    if finding.pairing is None:
        return ()
    changes = _changes(finding.pairing, gate.sign_of(group), WORST)
    return tuple(describe_case(gate, group, row, (base, new)) for row, base, new in changes)


def name_worst(pairing: "Pairing | None", group: "Group", scale: "Scale") -> str:
    """Some of them in words: `Refund after 30 days (100% to 33.3%)`."""
    if pairing is None:
        return ""
    write = format_share if scale.reads_as == "points" else format_quantity
    named = []
    for row, base, new in _changes(pairing, scale.sign, _NAMED):
        unit = group.frame.unit_names[group.units[row]]
        title = group.evidence.titles.get(unit.item or "") or unit.item or "an unnamed test case"
        named.append(f"{shorten(title, _TITLE, placeholder='…')} ({write(base)} to {write(new)})")
    return ", ".join(named)


def _changes(pairing: "Pairing", sign: int, count: int) -> Iterator[Change]:
    matched = pairing.there
    gains = sign * matched.differences
    order = np.argsort(gains, kind="stable")[:count]
    for place in order[gains[order] < 0].tolist():
        row = _worst_row(pairing, int(matched.cases[place]), sign)
        base, new = float(matched.base.means[place]), float(matched.new.means[place])
        if isfinite(base) and isfinite(new):
            yield row, base, new


def _worst_row(pairing: "Pairing", case: int, sign: int) -> int:
    """The row of the new side's worst result of a test case."""
    side = pairing.new
    own = np.flatnonzero((side.cases == case) & ~np.isnan(side.values))
    return int(side.rows[own[np.argmin(sign * side.values[own])]])
