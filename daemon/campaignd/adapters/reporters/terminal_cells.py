"""Cells on a terminal: how far each came, and what went wrong with it."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from campaignd.adapters.reporters.notation import plain, sized
from campaignd.adapters.reporters.screen import Screen
from campaignd.adapters.reporters.selection import errors_of, is_troubled, troubled_first
from campaignd.core.report import CellReport

SMOOTH_SHOWN = 20


def draw_cells(cells: Sequence[CellReport], screen: Screen) -> Iterator[RenderableType]:
    """Draw troubled cells completely; of many smooth ones, the number alone."""
    if not cells:
        return
    ordered = troubled_first(cells)
    smooth = sum(not is_troubled(cell) for cell in ordered)
    folded = smooth if smooth > SMOOTH_SHOWN else 0
    shown = ordered[: len(ordered) - folded]
    yield ""
    yield Text("Cells", style="bold")
    yield from _overview(shown, screen)
    if folded:
        yield Text(f"{screen.glyphs.passed} {sized(folded, 'cell')} collected without trouble")
    for cell in shown:
        yield from _trouble(cell, screen)


def _overview(cells: Sequence[CellReport], screen: Screen) -> Iterator[RenderableType]:
    if not cells:
        return
    if screen.is_wide:
        yield _table(cells, screen)
        return
    for cell in cells:
        yield Text.assemble((plain(cell.key), "bold"), f": {plain(cell.state)}")
        yield Padding(Text(_counts(cell), style="dim"), (0, 0, 0, 2))


def _table(cells: Sequence[CellReport], screen: Screen) -> Table:
    table = Table(box=screen.glyphs.rule, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("Cell", overflow="fold", ratio=1)
    table.add_column("State", no_wrap=True)
    for name in ("Done", "Failed", "Lost", "Tries"):
        table.add_column(name, justify="right", no_wrap=True)
    for cell in cells:
        counts = cell.simulations
        table.add_row(
            _named(cell),
            plain(cell.state),
            f"{counts.completed}/{counts.planned}",
            str(counts.failed),
            str(counts.lost),
            str(len(cell.attempts)),
        )
    return table


def _named(cell: CellReport) -> Text:
    run = f"\n  run {plain(cell.run_id)}" if cell.run_id else ""
    return Text.assemble(plain(cell.key), (run, "dim"))


def _counts(cell: CellReport) -> str:
    counts = cell.simulations
    facts = [f"{counts.completed} of {sized(counts.planned, 'simulation')} done"]
    facts += [f"{counts.failed} failed"] if counts.failed else []
    facts += [f"{counts.lost} lost"] if counts.lost else []
    facts += [f"{len(cell.attempts)} attempts"] if len(cell.attempts) > 1 else []
    facts += [f"run {plain(cell.run_id)}"] if cell.run_id else []
    return ", ".join(facts)


def _trouble(cell: CellReport, screen: Screen) -> Iterator[RenderableType]:
    errors = errors_of(cell)
    for error in errors:
        text = f"{screen.glyphs.bullet} {plain(cell.key)}: {error}"
        yield Padding(Text(text), (0, 0, 0, 2))
    if cell.url and is_troubled(cell):
        lead = "    " if errors else f"  {screen.glyphs.bullet} {plain(cell.key)}: "
        yield Text(f"{lead}{plain(cell.url)}", style="dim", no_wrap=True, overflow="ignore")
