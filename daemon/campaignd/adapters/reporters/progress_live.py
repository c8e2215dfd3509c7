"""Progress on a terminal, redrawn in place."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from campaignd.adapters.reporters.notation import plain, sized, spell
from campaignd.adapters.reporters.progress import Tally, expectation
from campaignd.adapters.reporters.screen import Screen
from campaignd.core.states import LaunchState
from campaignd.engine.progress import CellView, ProgressView

REDRAW = timedelta(milliseconds=100)
BAR_WIDTH = 20
GAP = 2
FRAME_LINES = 5
"""Lines around the cells: two of headline, a note, a summary, and one kept free."""

_STATE_ROOM, _COUNT_ROOM, _REMARK_ROOM = 13, 11, 10
"""Columns for a cell's state, its count and the number of failed simulations."""

_WAITING = frozenset({LaunchState.PLANNED})
_DONE = frozenset({LaunchState.COLLECTED})
_BAD = frozenset({LaunchState.FAILED, LaunchState.LOST, LaunchState.REFUSED})


class LiveProgress:
    """Draws cells with bars while entered; leaving restores the terminal, however it is left.

    A terminal that went away ends the drawing, never the execution.
    """

    def __init__(self, stream: TextIO, screen: Screen) -> None:
        self._screen = screen
        self._console = _PatientConsole(
            file=stream,
            force_terminal=True,
            no_color=not screen.colour,
            color_system="standard" if screen.colour else None,
            highlight=False,
            markup=False,
            emoji=False,
            _environ={},
        )
        # Standard output stays untouched: it may carry the JSON report.
        self._live = Live(
            console=self._console, auto_refresh=False, transient=True, redirect_stdout=False
        )
        self._drawn_at: datetime | None = None
        self._latest: ProgressView | None = None

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._live.stop()

    def show(self, view: ProgressView) -> None:
        changed = self._latest is None or self._latest.state != view.state
        self._latest = view
        if not changed and self._drawn_at and view.now - self._drawn_at < REDRAW:
            return
        self._drawn_at = view.now
        columns, lines = self._console.size
        picture = draw_progress(view, replace(self._screen, width=columns), lines)
        with suppress(OSError):
            self._live.update(picture, refresh=True)

    def say(self, message: str) -> None:
        with suppress(OSError):
            self._console.print(Text(plain(message)))


class _PatientConsole(Console):
    def on_broken_pipe(self) -> None:
        # rich would exit with status 1, which here means that a gate failed.
        self.quiet = True


def draw_progress(view: ProgressView, screen: Screen, height: int) -> RenderableType:
    """Draw an execution in at most `height` lines, the active cells if not all find room."""
    shown = _fitting(view.cells, max(height - FRAME_LINES, 1))
    parts: list[RenderableType] = [_headline(view, screen), _table(shown, screen)]
    if len(shown) < len(view.cells):
        parts.append(Text(_rest(view.cells, shown), style="dim"))
    if view.note:
        parts.append(Text(plain(view.note), style="yellow", no_wrap=True, overflow="ellipsis"))
    return Group(*parts)


def _headline(view: ProgressView, screen: Screen) -> Text:
    tally = Tally.of(view)
    elapsed = spell(view.now - view.started_at)
    return Text.assemble(
        (f"{screen.glyphs.running} {view.state}  ", "cyan"),
        (plain(view.campaign), "bold"),
        f"  {elapsed} elapsed{expectation(view)}\n{tally.percent}, {tally.words}",
        no_wrap=True,
        overflow="ellipsis",
    )


def _fitting(cells: Sequence[CellView], room: int) -> Sequence[CellView]:
    if len(cells) <= room:
        return cells
    return sorted(cells, key=_idleness)[:room]


def _idleness(cell: CellView) -> int:
    if cell.state in _BAD:
        return 1
    if cell.state in _WAITING:
        return 2
    return 3 if cell.state in _DONE else 0


def _rest(cells: Sequence[CellView], shown: Sequence[CellView]) -> str:
    keys = {cell.key for cell in shown}
    counts = Counter(cell.state for cell in cells if cell.key not in keys)
    states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    return f"and {sized(counts.total(), 'more cell')}: {states}"


def _table(cells: Sequence[CellView], screen: Screen) -> Table:
    bar_room = BAR_WIDTH + GAP if screen.is_wide else 0
    room = screen.width - GAP - _STATE_ROOM - _COUNT_ROOM - _REMARK_ROOM - bar_room
    table = Table.grid(padding=(0, GAP, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    if screen.is_wide:
        table.add_column(no_wrap=True, width=BAR_WIDTH)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True, overflow="ellipsis")
    for cell in cells:
        bar = [_bar(cell, screen)] if screen.is_wide else []
        key = _tail(plain(cell.key), max(room, 8), screen.glyphs.ellipsis)
        table.add_row(key, _state(cell), *bar, f"{cell.done}/{cell.planned}", _remark(cell))
    return table


def _tail(key: str, room: int, ellipsis: str) -> str:
    """Cut a key at its beginning: cells differ at the end."""
    return key if len(key) <= room else ellipsis + key[len(key) - room + len(ellipsis) :]


def _bar(cell: CellView, screen: Screen) -> str:
    share = min(cell.done / cell.planned, 1.0) if cell.planned else 0.0
    filled = int(share * BAR_WIDTH + 1e-9)
    return screen.glyphs.filled * filled + screen.glyphs.empty * (BAR_WIDTH - filled)


def _state(cell: CellView) -> Text:
    style = "green" if cell.state in _DONE else "bold red" if cell.state in _BAD else ""
    attempt = f" #{cell.attempt}" if cell.attempt > 1 else ""
    return Text(f"{plain(cell.state)}{attempt}", style=style)


def _remark(cell: CellView) -> Text:
    failed = [(f"{cell.failed} failed", "red")] if cell.failed else []
    note = [(plain(cell.note), "dim")] if cell.note else []
    return Text("  ").join(Text(text, style=style) for text, style in (*failed, *note))
