"""Readable words from the body of an error answer, whatever form it has."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from pydantic import TypeAdapter

LONGEST_MESSAGE = 500
_ENOUGH_HTML = 16 * 1024
_ANY_JSON = TypeAdapter[Any](Any)


def words_of(body: bytes) -> str:
    """One line of printable text, of any length; empty if the body says nothing."""
    text = body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace").strip()
    if text.startswith("<"):
        return one_line(_words_of_html(text[:_ENOUGH_HTML]))
    try:
        # json.loads would overflow the stack on deeply nested bodies.
        document = _ANY_JSON.validate_json(text)
    except ValueError:
        return one_line(text)
    return one_line(_words_of_json(document) or text)


def one_line(text: str) -> str:
    """Printable characters only, every other run of characters a single space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shorten(text: str, longest: int = LONGEST_MESSAGE) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _words_of_json(document: object) -> str:
    match document:
        case str():
            return document
        case {"error": dict() as error}:
            return _words_of_envelope(error)
        case {"error": str() as message} | {"message": str() as message}:
            return message
        case {"detail": str() as message}:
            return message
        case _:
            return ""


def _words_of_envelope(error: dict[str, object]) -> str:
    message = error.get("message")
    code = error.get("code")
    words = message if isinstance(message, str) and message.strip() else code
    details = "; ".join(_words_of_details(error.get("details")))
    spoken = words if isinstance(words, str) else ""
    return f"{spoken} ({details})" if spoken and details else spoken or details


def _words_of_details(details: object) -> Iterator[str]:
    for detail in details if isinstance(details, list) else []:
        match detail:
            case {"field": str() as field, "description": str() as description}:
                yield f"{field}: {description}"
            case {"description": str() as words} | {"field": str() as words} | (str() as words):
                yield words
            case _:
                continue


def _words_of_html(text: str) -> str:
    page = _Page()
    page.feed(text)
    page.close()
    return " ".join(page.title) or " ".join(page.text)


class _Page(HTMLParser):
    """Collects the title and the visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.title: list[str] = []
        self.text: list[str] = []
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in {"title", "script", "style"}:
            self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        if not data.strip():
            return
        if self._inside == "title":
            self.title.append(data)
        elif self._inside is None:
            self.text.append(data)
