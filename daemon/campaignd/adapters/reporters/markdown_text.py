"""Other people's texts in Markdown, where they may neither mark up nor call anyone."""

import html
import re
from collections.abc import Iterable
from urllib.parse import quote

from campaignd.adapters.reporters.links import web_address
from campaignd.adapters.reporters.notation import LONGEST, shorten

_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
_LIST_OR_RULE = re.compile(r"^([-+](?=[\s-]|$)|\d+(?=[.)])|#)")
# On GitHub `@name` calls a person and `#12` writes into another discussion, escaped or not.
_CALL = re.compile(r"((?<!\w)@|#)(?=\w)")
_BREAK = "\u200b"
_URL_SAFE = "/:?#@!$&'*+,;=%~-._"


def escape(text: str) -> str:
    """Write a text so that Markdown shows it as it stands, on one line, inside a line."""
    return _CALL.sub(rf"\1{_BREAK}", _SPECIAL.sub(r"\\\1", _as_html(text)))


def opening(text: str) -> str:
    """Write a text as `escape` does, where it opens a paragraph or list entry."""
    return _LIST_OR_RULE.sub(_guard, escape(text))


def _guard(match: re.Match[str]) -> str:
    found = match[0]
    return f"{found}\\" if found.isdigit() else f"\\{found}"


def in_html(text: str) -> str:
    """Write a text inside an HTML element, where Markdown is not read."""
    return _CALL.sub(rf"\1{_BREAK}", _as_html(text))


def _as_html(text: str) -> str:
    return html.escape(shorten(text, LONGEST), quote=False)


def code(text: str) -> str:
    """Write a text in fixed width."""
    return f"<code>{escape(text)}</code>"


def link(name: str, url: str) -> str:
    """Link a name to a web address; anything that is none stays plain text."""
    target = web_address(url)
    if target is None:
        return escape(name)
    return f"[{escape(name)}](<{quote(target, safe=_URL_SAFE)}>)"


def row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
