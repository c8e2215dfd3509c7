from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.cells import cell_len

from campaignd.adapters.reporters.progress_live import LiveProgress, draw_progress
from campaignd.adapters.reporters.screen import Screen
from campaignd.engine.progress import CellView, ProgressView

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


class Terminal(StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class LostTerminal(Terminal):
    """A terminal whose other end hangs up."""

    is_lost = False

    def write(self, text: str) -> int:
        if self.is_lost:
            raise BrokenPipeError
        return super().write(text)

    def flush(self) -> None:
        if self.is_lost:
            raise BrokenPipeError


def test_cells_are_drawn_with_bars_and_the_time() -> None:
    assert drawn(view(cell("a/p/s", "running", 10), cell("a/p/t", "planned"))) == [
        "… running  nightly  1m 30s elapsed, about 8m 30s to go",
        "12%, 10 of 80 simulations done, 1 failed",
        "a/p/s  running  ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  10/40  1 failed",
        "a/p/t  planned  ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌   0/40",
    ]


def test_a_narrow_screen_has_no_bars_and_keeps_the_end_of_keys() -> None:
    long = cell("checkout/impatient-caller/refunds", "running", 10)
    picture = drawn(view(long), Screen(50))
    assert picture[2].startswith("…aller/refunds")
    assert "10/40" in picture[2]
    assert all(cell_len(line) <= 50 for line in picture)


def test_of_more_cells_than_lines_the_active_ones_are_shown() -> None:
    cells = [cell(f"a/p/s{number}", "collected", 40) for number in range(30)]
    picture = drawn(view(*cells, cell("a/p/now", "running", 3)), height=10)
    assert len(picture) <= 10
    assert picture[2].startswith("a/p/now")
    assert picture[-1] == "and 26 more cells: 26 collected"


def test_an_ascii_screen_gets_ascii() -> None:
    stream = StringIO()
    screen = Screen(80, encoding="ascii")
    stream.write(screen.draw(draw_progress(view(cell("a/p/s", "running", 10)), screen, 24)))
    assert stream.getvalue().isascii()


def test_the_cursor_comes_back_after_an_error() -> None:
    terminal = Terminal()
    with pytest.raises(KeyboardInterrupt):
        interrupt(LiveProgress(terminal, Screen(colour=True)))
    written = terminal.getvalue()
    assert written.rindex(SHOW_CURSOR) > written.rindex(HIDE_CURSOR)


def test_what_is_said_stays_above_the_picture() -> None:
    terminal = Terminal()
    with LiveProgress(terminal, Screen()) as progress:
        progress.show(view(cell("a/p/s", "running", 3)))
        progress.say("Coval asks for patience")
    assert "Coval asks for patience\n" in terminal.getvalue()


def test_views_that_come_too_fast_are_not_all_drawn() -> None:
    terminal = Terminal()
    with LiveProgress(terminal, Screen()) as progress:
        for done in range(40):
            progress.show(view(cell("a/p/s", "running", done)))
    first, last = 1, 1
    assert terminal.getvalue().count("nightly") == first + last


def test_a_terminal_that_hangs_up_does_not_end_the_execution() -> None:
    terminal = LostTerminal()
    with LiveProgress(terminal, Screen()) as progress:
        terminal.is_lost = True
        progress.show(view(cell("a/p/s", "running", 3)))
        progress.say("unheard")


def interrupt(live: LiveProgress) -> None:
    with live as progress:
        progress.show(view(cell("a/p/s", "running", 3)))
        raise KeyboardInterrupt


def drawn(shown: ProgressView, screen: Screen | None = None, height: int = 24) -> list[str]:
    at = screen or Screen(80)
    return at.draw(draw_progress(shown, at, height)).splitlines()


def cell(key: str, state: str, done: int = 0) -> CellView:
    return CellView(key, state, 1, 40, done, failed=done // 10 if state == "running" else 0)


def view(*cells: CellView) -> ProgressView:
    return ProgressView(
        execution="01J",
        campaign="nightly",
        state="running",
        started_at=START,
        now=START + timedelta(seconds=90),
        cells=cells,
        expected_end=START + timedelta(minutes=10),
    )
