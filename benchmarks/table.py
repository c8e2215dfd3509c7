"""Comparisons as lines of a table, and the part of the page that is measured."""

import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version

from measuring import Comparison, Spread, Unit

HEADINGS = ("measured", "campaignd", "against", "takes", "ratio")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

_STEPS = {
    Unit.SECONDS: ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
    Unit.BYTES: ((1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    Unit.REQUESTS: ((1.0, ""),),
}


def line_of(comparison: Comparison) -> tuple[str, ...]:
    """Write a comparison: medians, and in brackets the smallest and largest sample."""
    return (
        comparison.what,
        _spell(Spread.of(comparison.ours), comparison.unit),
        comparison.yardstick,
        _spell(Spread.of(comparison.theirs), comparison.unit),
        _write(comparison.ratio, 1.0, ""),
    )


def write_table(lines: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table whose columns stand under each other."""
    rows = [HEADINGS, *lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_write_row(row, widths) for row in (rows[0], rule, *rows[1:]))


def describe_machine() -> str:
    """Say what was measured on, without saying whose it is."""
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()} "
        f"{platform.release().partition('-')[0]}, {platform.python_implementation()} "
        f"{platform.python_version()}, numpy {version('numpy')}"
    )


def fill_in(page: str, measured: str) -> str:
    """Put the measured part between the page's two marks. Raises ValueError if they are gone."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} followed by {END}")
    return f"{before}{BEGIN}\n\n{measured}\n\n{END}{after}"


def _write_row(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return f"| {' | '.join(cells)} |"


def _spell(spread: Spread, unit: Unit) -> str:
    steps = _STEPS[unit]
    step, name = next((step for step in steps if spread.middle >= step[0]), steps[-1])
    return _write(spread, step, name)


def _write(spread: Spread, step: float, name: str) -> str:
    middle, low, high = (
        _round(number / step) for number in (spread.middle, spread.low, spread.high)
    )
    written = f"{middle} {name}".strip()
    return written if low == high else f"{written} ({low}-{high})"


def _round(number: float) -> str:
    """Write three digits, or all that stand before the point."""
    whole_from = 100
    return f"{number:,.0f}" if number >= whole_from else f"{number:.3g}"
