"""Gates on a terminal: a table, then words and worst test cases for all that did not pass."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from campaignd.adapters.reporters.notation import interval, measured, of_case, plain, shorten, title
from campaignd.adapters.reporters.screen import Screen
from campaignd.adapters.reporters.selection import (
    by_urgency,
    case_name,
    case_place,
    counted,
    explained,
    is_passed,
    names_of,
    with_inner,
)
from campaignd.core.report import CaseReport, GateReport

PASSED_SHOWN = 20
CASES_SHOWN = 5
EXPLANATION_LENGTH = 200


def draw_gates(gates: Sequence[GateReport], screen: Screen) -> Iterator[RenderableType]:
    """Draw what did not pass completely; of many that passed, the names alone."""
    if not gates:
        return
    ordered = by_urgency(gates)
    passed = [gate for gate in ordered if is_passed(gate)]
    folded = passed if len(passed) > PASSED_SHOWN else []
    shown = ordered[: len(ordered) - len(folded)]
    yield ""
    yield Text.assemble(("Gates", "bold"), f": {counted(gates)}")
    yield from _overview(shown, screen)
    if folded:
        yield Text(f"{screen.glyphs.passed} {len(folded)} passed: {names_of(folded)}")
    for gate in explained(ordered):
        yield from _explain(gate, screen)


def _overview(gates: Sequence[GateReport], screen: Screen) -> Iterator[RenderableType]:
    if not gates:
        return
    if screen.is_wide:
        yield _table(gates, screen)
        return
    for depth, gate in with_inner(gates):
        yield from _stacked(gate, depth, screen)


def _table(gates: Sequence[GateReport], screen: Screen) -> Table:
    table = Table(box=screen.glyphs.rule, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("Gate", overflow="fold", ratio=1)
    table.add_column("Value", justify="right", no_wrap=True)
    table.add_column("Asked", overflow="fold", max_width=14)
    table.add_column("Interval", overflow="fold", max_width=16)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    for depth, gate in with_inner(gates):
        table.add_row(
            Text(_name(gate, depth, screen)),
            measured(gate, gate.estimate),
            plain(gate.threshold or "-"),
            interval(gate),
            "-" if gate.gates else str(gate.n),
            _verdict(gate, screen),
        )
    return table


def _stacked(gate: GateReport, depth: int, screen: Screen) -> Iterator[RenderableType]:
    yield Text.assemble(_verdict(gate, screen, ", "), "  ", _name(gate, depth, screen))
    facts = [] if gate.estimate is None else [measured(gate, gate.estimate)]
    if gate.threshold:
        facts.append(f"{plain(gate.threshold)} asked")
    if (bounds := interval(gate)) != "-":
        facts.append(bounds)
    facts += [] if gate.gates else [f"n {gate.n}"]
    if facts:
        yield Padding(Text(", ".join(facts), style="dim"), (0, 0, 0, 2))


def _name(gate: GateReport, depth: int, screen: Screen) -> str:
    return "  " * (depth - 1) + f"{screen.glyphs.inner} {title(gate)}" if depth else title(gate)


def _verdict(gate: GateReport, screen: Screen, gap: str = "\n") -> Text:
    stamp = screen.stamp(gate.verdict)
    if gate.blocks or is_passed(gate):
        return stamp
    return Text.assemble(stamp, gap, ("does not block", "dim"))


def _explain(gate: GateReport, screen: Screen) -> Iterator[RenderableType]:
    yield ""
    yield Text.assemble(_verdict(gate, screen, ", "), "  ", (title(gate), "bold"))
    yield Padding(Text(plain(gate.reason)), (0, 0, 0, 2))
    for case in gate.cases[:CASES_SHOWN]:
        yield from _case(gate, case, screen)
    if (more := len(gate.cases) - CASES_SHOWN) > 0:
        yield Padding(Text(f"and {more} more in the Markdown and JSON report"), (0, 0, 0, 2))


def _case(gate: GateReport, case: CaseReport, screen: Screen) -> Iterator[RenderableType]:
    place = case_place(case)
    name = f"{screen.glyphs.bullet} {case_name(case)}" + (f" ({place})" if place else "")
    yield Padding(Text.assemble(name, ": ", (_values(gate, case, screen), "bold")), (0, 0, 0, 2))
    if case.explanation:
        words = shorten(case.explanation, EXPLANATION_LENGTH, screen.glyphs.ellipsis)
        yield Padding(Text(f'"{words}"', style="dim"), (0, 0, 0, 4))
    if case.url:
        yield Text(f"    {plain(case.url)}", style="dim", no_wrap=True, overflow="ignore")


def _values(gate: GateReport, case: CaseReport, screen: Screen) -> str:
    value = of_case(gate, case.value)
    if case.base is None:
        return value
    return f"{of_case(gate, case.base)} {screen.glyphs.arrow} {value}"
