"""Comparisons of executions and variants, for people at a terminal and as JSON data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from campaignd.adapters.reporters.notation import plain, sized
from campaignd.adapters.reporters.screen import Screen
from campaignd.adapters.reporters.terminal import bulleted
from campaignd.core.comparison.executions import CaseChange, Compared
from campaignd.core.comparison.variants import RankedVariant
from campaignd.core.quantities import format_quantity, format_share

CASES_SHOWN = 5
_STYLES = {"better": "green", "worse": "bold red"}
_SAME = "no proven difference"


@dataclass(frozen=True, slots=True)
class Sides:
    """The two executions, titles of test cases, and what changed between them."""

    base: str
    new: str
    titles: Mapping[str, str]
    notes: Sequence[str]


def render_comparison(sides: Sides, results: Sequence[Compared], screen: Screen) -> str:
    """Draw a table of all metrics, then the test cases that changed, worst first."""
    return screen.draw(*_comparison(sides, results, screen))


def comparison_data(sides: Sides, results: Sequence[Compared]) -> dict[str, Any]:
    """Everything, every changed test case included."""
    return {
        "base": sides.base,
        "new": sides.new,
        "notes": [*sides.notes],
        "results": [_result_data(result, sides.titles) for result in results],
    }


def _result_data(result: Compared, titles: Mapping[str, str]) -> dict[str, Any]:
    data = asdict(result)
    changes = [{**each, "title": titles.get(each["test_case"])} for each in data.pop("changes")]
    return {**data, "variant": result.variant or None, "changes": changes}


def render_ranking(
    execution: str, metric: str, ranked: Sequence[RankedVariant], screen: Screen
) -> str:
    """Draw the variants of each agent, best first, and who cannot be told from the best."""
    return screen.draw(*_ranking(execution, metric, ranked, screen))


def ranking_data(execution: str, metric: str, ranked: Sequence[RankedVariant]) -> dict[str, Any]:
    return {
        "execution": execution,
        "metric": metric,
        "variants": [asdict(each) for each in ranked],
    }


def _comparison(
    sides: Sides, results: Sequence[Compared], screen: Screen
) -> Iterator[RenderableType]:
    yield Text.assemble((sides.base, "bold"), f" {screen.glyphs.arrow} ", (sides.new, "bold"))
    for note in sides.notes:
        yield bulleted(f"changed: {note}", screen)
    if not results:
        yield Text("They have no metric, agent and variant in common.")
        return
    yield ""
    yield _table(results, screen)
    yield Text("Intervals hold at 95%, both ends together.", style="dim")
    for result in results:
        yield from _changes(result, sides.titles, screen)


def _table(results: Sequence[Compared], screen: Screen) -> Table:
    table = _new_table(screen, ("Metric", "From", "To", "Difference", "Cases", "Finding"))
    for result in results:
        table.add_row(
            Text(_name(result)),
            _value(result, result.base),
            _value(result, result.new),
            Text(_difference(result)),
            str(result.matched) if result.matched else "unmatched",
            _finding(result.verdict),
        )
    return table


def _new_table(screen: Screen, heads: Sequence[str]) -> Table:
    table = Table(box=screen.glyphs.rule, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    for head in heads:
        number = head in {"From", "To", "Cases", "Value"}
        table.add_column(head, justify="right" if number else "left", overflow="fold")
    return table


def _name(result: Compared) -> str:
    inside = ", ".join(part for part in (result.agent, result.variant) if part)
    return plain(f"{result.metric} ({inside})")


def _value(result: Compared, value: float) -> str:
    return format_share(value) if result.is_share else format_quantity(value, result.unit)


def _difference(result: Compared) -> str:
    interval = _interval(result.lower, result.upper, result)
    return _signed(result.difference, result.is_share, result.unit) + interval


def _interval(lower: float | None, upper: float | None, result: Compared) -> str:
    if lower is None or upper is None:
        return "\nno error bar"
    ends = [_signed(end, result.is_share, None, bare=True) for end in (lower, upper)]
    return f"\n{ends[0]} to {ends[1]}"


def _signed(number: float, is_share: bool, unit: str | None, *, bare: bool = False) -> str:
    if is_share:
        text = f"{number * 100:+.1f}"
        return text if bare else f"{text} points"
    written = format_quantity(number, unit)
    return f"+{written}" if number > 0 else written


def _finding(verdict: str) -> Text:
    if verdict == "same":
        return Text(_SAME, style="dim")
    return Text(verdict, style=_STYLES.get(verdict, "bold"))


def _changes(
    result: Compared, titles: Mapping[str, str], screen: Screen
) -> Iterator[RenderableType]:
    if not result.changes:
        return
    changed = sized(len(result.changes), "test case")
    yield ""
    yield Text.assemble((_name(result), "bold"), f": {changed} of {result.matched} differ")
    for change in result.changes[:CASES_SHOWN]:
        yield Padding(Text(_change(result, change, titles, screen)), (0, 0, 0, 2))
    if (more := len(result.changes) - CASES_SHOWN) > 0:
        yield Padding(Text(f"and {more} more with --json"), (0, 0, 0, 2))


def _change(result: Compared, change: CaseChange, titles: Mapping[str, str], screen: Screen) -> str:
    name = plain(titles.get(change.test_case, change.test_case))
    word = {True: " (worse)", False: " (better)", None: ""}[change.worse]
    values = f"{_value(result, change.base)} {screen.glyphs.arrow} {_value(result, change.new)}"
    return f"{screen.glyphs.bullet} {name} ({change.test_set}): {values}{word}"


def _ranking(
    execution: str, metric: str, ranked: Sequence[RankedVariant], screen: Screen
) -> Iterator[RenderableType]:
    yield Text.assemble("Variants by ", (plain(metric), "bold"), f", execution {execution}")
    for agent in dict.fromkeys(each.agent for each in ranked):
        yield ""
        own = [each for each in ranked if each.agent == agent]
        yield Text(plain(agent), style="bold")
        yield _ranks(own, screen)
        yield Text(_best(own))
    yield ""
    yield Text("All intervals hold together at 95%.", style="dim")


def _ranks(ranked: Sequence[RankedVariant], screen: Screen) -> Table:
    heads = ("Variant", "Value", "Ahead of the best other", "Interval", "Finding")
    table = _new_table(screen, heads)
    for each in ranked:
        table.add_row(
            Text(plain(each.variant)),
            format_share(each.value) if each.is_share else format_quantity(each.value),
            _signed(each.distance, each.is_share, None),
            _ends(each),
            "may be the best" if each.may_be_best else "behind",
        )
    return table


def _ends(each: RankedVariant) -> str:
    ends = (
        "?" if end is None else _signed(end, each.is_share, None, bare=True) for end in each.bounds
    )
    return " to ".join(ends)


def _best(ranked: Sequence[RankedVariant]) -> str:
    names = ", ".join(plain(each.variant) for each in ranked if each.may_be_best)
    return f"Not distinguishable from the best: {names}."
