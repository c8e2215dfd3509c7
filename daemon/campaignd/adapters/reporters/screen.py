"""What a terminal can show, and drawing for it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TextIO

from rich.box import Box
from rich.console import Console, RenderableType
from rich.text import Text

from campaignd.adapters.reporters.notation import AnyVerdict, word
from campaignd.core.verdicts import GateVerdict, Verdict

NARROWEST = 20
WIDE = 72
"""From this many columns on, tables fit; below, the same facts stand under each other."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The signs that an encoding can show, each one column wide."""

    passed: str
    failed: str
    unsure: str
    trouble: str
    stopped: str
    running: str
    inner: str
    bullet: str
    arrow: str
    ellipsis: str
    filled: str
    empty: str
    rule: Box

    def sign(self, verdict: AnyVerdict) -> str:
        match verdict:
            case GateVerdict.PASSED | Verdict.PASSED:
                return self.passed
            case GateVerdict.FAILED | Verdict.FAILED:
                return self.failed
            case GateVerdict.INCONCLUSIVE | Verdict.INCONCLUSIVE:
                return self.unsure
            case GateVerdict.ERRORED | Verdict.ERRORED | Verdict.TIMED_OUT:
                return self.trouble
            case Verdict.CANCELLED:
                return self.stopped
            case None:
                return self.running


def _underlined(line: str) -> Box:
    return Box("\n".join(["    "] * 2 + [f" {line}{line} "] + ["    "] * 5) + "\n", ascii=True)


UNICODE = Glyphs("✓", "✗", "?", "!", "■", "…", "└", "•", "→", "…", "━", "╌", _underlined("─"))
ASCII = Glyphs("+", "x", "?", "!", "#", "~", "`", "-", "->", "...", "#", ".", _underlined("-"))

STYLES: Mapping[str, str] = {
    "passed": "green",
    "failed": "bold red",
    "inconclusive": "yellow",
    "errored": "bold magenta",
    "timed out": "bold magenta",
    "cancelled": "bold",
    "running": "cyan",
}


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a text will be read: so many columns, with or without colour, in an encoding."""

    width: int = 80
    colour: bool = False
    encoding: str = "utf-8"

    @property
    def glyphs(self) -> Glyphs:
        return UNICODE if self.encoding.lower().startswith("utf") else ASCII

    @property
    def is_wide(self) -> bool:
        return self.width >= WIDE

    def stamp(self, verdict: AnyVerdict) -> Text:
        """Write a verdict as sign and word, so that its colour is never needed."""
        return Text(f"{self.glyphs.sign(verdict)} {word(verdict)}", style=STYLES[word(verdict)])

    def draw(self, *parts: RenderableType) -> str:
        """Draw one part under the other; lines that may not be folded run over the edge."""
        paper = StringIO()
        console = self._console(paper)
        for part in parts:
            runs_over = isinstance(part, Text) and bool(part.no_wrap)
            console.print(part, crop=False, soft_wrap=runs_over)
        lines = (line.rstrip() for line in paper.getvalue().splitlines())
        text = "\n".join(lines) + "\n"
        return text.encode(self.encoding, "replace").decode(self.encoding)

    def _console(self, paper: StringIO) -> Console:
        return Console(
            file=paper,
            width=max(self.width, NARROWEST),
            force_terminal=self.colour,
            color_system="standard" if self.colour else None,
            no_color=not self.colour,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            _environ={},
        )


def screen_of(stream: TextIO, environment: Mapping[str, str], *, no_color: bool) -> Screen:
    """Look at a stream: colour only on a terminal that wants it, 80 columns where none is told."""
    on_terminal = stream.isatty()
    wanted = not no_color and not environment.get("NO_COLOR")
    return Screen(
        width=_width(stream, environment),
        colour=on_terminal and wanted and environment.get("TERM") != "dumb",
        encoding=stream.encoding or "utf-8",
    )


def _width(stream: TextIO, environment: Mapping[str, str]) -> int:
    told = environment.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or Screen().width
    except (OSError, ValueError):
        return Screen().width
