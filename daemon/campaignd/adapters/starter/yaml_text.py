"""Pieces of YAML that stay what they are, whatever the vendors' words hold."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from campaignd.adapters.http.wording import one_line, shorten

_LONGEST_REMARK = 280
_LONGEST_DESCRIPTION = 60
_WIDEST = 48
"""Remarks stand in one column unless that is further to the right."""

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
WORDS_OF_YAML = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
"""What readers of YAML take for something else than a text."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file. A hidden one is a comment that becomes YAML without its `# `."""

    text: str = ""
    remark: str = ""
    hidden: bool = False

    @property
    def written(self) -> str:
        bare = self.text.lstrip()
        indent = self.text[: len(self.text) - len(bare)]
        return f"{indent}# {bare}" if self.hidden else self.text


def render(rows: Iterable[Row]) -> Iterator[str]:
    """Write rows as lines, their remarks in one column."""
    listed = list(rows)
    widths = [len(row.written) for row in listed if row.remark and len(row.written) <= _WIDEST]
    column = max(widths, default=0)
    for row in listed:
        remark = f"  # {say(row.remark)}" if row.remark else ""
        yield f"{row.written:<{column}}{remark}" if remark else row.written


def say(words: str) -> str:
    """Put words into a comment: one line, nothing but printable characters."""
    return shorten(one_line(words), _LONGEST_REMARK)


def describe(name: str, description: str) -> str:
    """Say a vendor's whole name, and as much of its description as a line holds."""
    words = shorten(one_line(description), _LONGEST_DESCRIPTION)
    return f"{name}: {words}" if words and words != one_line(name) else name


def scalar(text: str) -> str:
    """Write a text as a value, with quotes where YAML or an editor could misread it."""
    if _PLAIN.fullmatch(text) and text.casefold() not in WORDS_OF_YAML:
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """Write any text as a value in quotes; nothing in it is an input's reference."""
    return f'"{"".join(_escape(c) for c in text.replace("${", "$${"))}"'


def _escape(character: str) -> str:
    if character in {'"', "\\"}:
        return f"\\{character}"
    if character.isprintable():
        return character
    return f"\\U{ord(character):08X}"
