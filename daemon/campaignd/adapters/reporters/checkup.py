"""What `doctor` found, as a table and as data."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from campaignd.adapters.reporters.notation import plain, sized
from campaignd.adapters.reporters.screen import Glyphs, Screen

SCHEMA = "campaignd.checkup/1"
INVALID = 2
TROUBLE = 4


class Check(StrEnum):
    """What was looked at."""

    SETTINGS = "settings"
    COVAL = "coval"
    COVAL_CLOCK = "coval clock"
    TAG_FILTER = "tag filter"
    ORPHANS = "orphans"
    COTOOL = "cotool"
    COTOOL_CLOCK = "cotool clock"
    DATABASE = "database"
    EXECUTIONS = "executions"
    DELIVERIES = "deliveries"
    CAMPAIGNS = "campaigns"
    SECRETS = "secrets"


_OF_FILES = frozenset({Check.SETTINGS, Check.CAMPAIGNS})
"""Checks whose problems a person mends in a file; all others are trouble of the moment."""


class Level(StrEnum):
    """How it is. UNKNOWN is no reproach: the data cannot tell."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    PROBLEM = "problem"


_STYLES: Mapping[Level, str] = {
    Level.OK: "green",
    Level.UNKNOWN: "cyan",
    Level.WARNING: "yellow",
    Level.PROBLEM: "bold red",
}
_STAMP_WIDTH = max(len(level) for level in Level) + 2
_CHECK_WIDTH = max(len(check) for check in Check)
_INDENT = _STAMP_WIDTH + _CHECK_WIDTH + 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was seen: a sentence, what to do next, and commands that do it."""

    check: Check
    level: Level
    message: str
    advice: str = ""
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkup:
    """All findings, in the order of the checks."""

    findings: tuple[Finding, ...]

    @property
    def exit_status(self) -> int:
        """0 without problems; 4 for trouble with a vendor or the database; else 2."""
        with_problems = {each.check for each in self.findings if each.level is Level.PROBLEM}
        if not with_problems:
            return 0
        return INVALID if with_problems <= _OF_FILES else TROUBLE


def checkup_data(checkup: Checkup) -> dict[str, Any]:
    """Return a checkup as JSON data."""
    return {
        "schema": SCHEMA,
        "exit_status": checkup.exit_status,
        "meaning": _meaning(checkup),
        "findings": [asdict(finding) for finding in checkup.findings],
    }


def render_checkup(checkup: Checkup, screen: Screen) -> str:
    """Draw a checkup; commands are never folded, so that they can be copied."""
    parts = [part for finding in checkup.findings for part in _draw(finding, screen)]
    return screen.draw(*parts, "", Text(_summary(checkup)))


def _draw(finding: Finding, screen: Screen) -> Iterator[RenderableType]:
    stamp = Text(f"{_sign(finding.level, screen.glyphs)} {finding.level}", _STYLES[finding.level])
    texts = [Text(plain(finding.message))]
    if finding.advice:
        texts.append(Text.assemble(f"{screen.glyphs.arrow} ", plain(finding.advice)))
    if screen.is_wide:
        yield _row(stamp, finding.check, Text("\n").join(texts))
        indent = _INDENT
    else:
        yield Text.assemble(stamp, "  ", finding.check.value)
        yield from (Padding(text, (0, 0, 0, 2)) for text in texts)
        indent = 2
    for command in finding.commands:
        yield Text(" " * indent + plain(command), no_wrap=True, overflow="ignore")


def _row(stamp: Text, check: Check, words: Text) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=_STAMP_WIDTH, no_wrap=True)
    table.add_column(width=_CHECK_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(stamp, check.value, words)
    return table


def _sign(level: Level, glyphs: Glyphs) -> str:
    match level:
        case Level.OK:
            return glyphs.passed
        case Level.UNKNOWN:
            return glyphs.unsure
        case Level.WARNING:
            return glyphs.trouble
        case Level.PROBLEM:
            return glyphs.failed


def _summary(checkup: Checkup) -> str:
    counts = Counter(finding.level for finding in checkup.findings)
    told = [sized(counts[level], level) for level in (Level.PROBLEM, Level.WARNING)]
    return f"{', '.join(told)}; exit status {checkup.exit_status}: {_meaning(checkup)}"


def _meaning(checkup: Checkup) -> str:
    match checkup.exit_status:
        case 0:
            return "no problems"
        case 2:
            return "settings or a campaign file are invalid"
        case _:
            return "trouble with a vendor or the database"
