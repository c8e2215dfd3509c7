"""The parser's events of a YAML text, and its complaints in words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from campaignd.adapters.campaign_files.nodes import TOP, Place


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something wrong with the YAML itself."""

    place: Place
    message: str
    hint: str | None = None


class Unreadable(Exception):
    """The rest of the text cannot be understood."""

    def __init__(self, flaw: Flaw) -> None:
        self.flaw = flaw
        super().__init__(flaw.message)


def read_events(text: str) -> Iterator[Any]:
    """Parse lazily. Raises Unreadable where the text stops being YAML."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except ReaderError as error:
        before = text[: error.position]
        place = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        message = f"the character U+{error.character:04X} is not allowed in YAML"
        raise Unreadable(Flaw(place, message, "remove it")) from None
    except MarkedYAMLError as error:
        raise Unreadable(_describe(error)) from None
    except (YAMLError, ValueError, AttributeError, IndexError, TypeError) as error:
        # ruamel.yaml trips over some broken directives and escapes instead of refusing them.
        raise Unreadable(Flaw(TOP, f"this is not YAML: {error}")) from None


def _describe(error: MarkedYAMLError) -> Flaw:
    mark = error.problem_mark or error.context_mark
    place = TOP if mark is None else find_mark(mark)
    problem = str(error.problem or error.context)
    began = error.context_mark
    if error.context and began is not None and find_mark(began).line != place.line:
        problem += f" ({error.context} that begins on line {find_mark(began).line})"
    return Flaw(place, f"this is not YAML: {problem}", _hint(problem))


def _hint(problem: str) -> str | None:
    if "'\\t'" in problem:
        return "indent with spaces, not tabs"
    if "cannot start any token" in problem:
        return "put the text in quotes"
    if "mapping values are not allowed" in problem:
        return "put a text that contains ': ' in quotes"
    return None


def find_mark(mark: Any) -> Place:
    """Read a mark of ruamel.yaml, which counts from 0."""
    return Place(mark.line + 1, mark.column + 1)
