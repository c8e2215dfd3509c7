"""Finds listed things by what a person calls them."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from campaignd.adapters.http.wording import one_line, shorten
from campaignd.adapters.starter.facts import Choice
from campaignd.core.mistakes import suggest

_MOST_NAMED = 10
_LONGEST_NAME = 60


class StarterRefused(Exception):
    """No starter file can be written; the message says what to ask for instead."""


class Listed(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


L = TypeVar("L", bound=Listed)


def pick(listed: Sequence[L], wanted: Sequence[str], what: str) -> Choice[L]:
    """Split what is listed by ids or names. Raises StarterRefused for one that fits none, or two.

    Names are compared without regard to case; an id goes before a name.
    """
    used = tuple(dict.fromkeys(_find(listed, each, what).id for each in wanted))
    by_id = {item.id: item for item in listed}
    return Choice(
        tuple(by_id[each] for each in used), tuple(item for item in listed if item.id not in used)
    )


def called(item: Listed) -> str:
    """Name a listed thing for people: one printable line, with its id."""
    return f"{shorten(one_line(item.name), _LONGEST_NAME)} ({item.id})"


def _find(listed: Sequence[L], wanted: str, what: str) -> L:
    same = [item for item in listed if item.id == wanted] or [
        item for item in listed if _plain(item.name) == _plain(wanted)
    ]
    if len(same) == 1:
        return same[0]
    if same:
        ids = ", ".join(item.id for item in same[:_MOST_NAMED])
        raise StarterRefused(f"{len(same)} {what}s are called {wanted!r}: name one by id, of {ids}")
    raise StarterRefused(f"Coval lists no {what} {wanted!r}; {_hint(listed, wanted)}")


def _plain(name: str) -> str:
    return one_line(name).casefold()


def _hint(listed: Sequence[L], wanted: str) -> str:
    names = {_plain(item.name): called(item) for item in listed}
    near = suggest(_plain(wanted), names)
    if near is not None:
        return near
    some = ", ".join(list(names.values())[:_MOST_NAMED])
    more = len(listed) - _MOST_NAMED
    return f"it lists {some or 'none at all'}" + (f" and {more} more" if more > 0 else "")
