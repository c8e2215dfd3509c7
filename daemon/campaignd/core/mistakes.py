"""A mistake of a campaign file, found by a model or by a check across its parts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice

_MOST_COMPARED = 1000
"""Of thousands of names, the nearest takes longer to find than a reader to see it."""

Path = tuple[str | int, ...]
"""Keys and indexes from the top of the file, like `("gates", 0, "mean")`."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at a path, and a hint that says what would be right."""

    path: Path
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class LocatedMistake:
    """A mistake with its place in a file; line and column count from 1.

    Both are None where the file as a whole is meant: missing, unreadable, not text.
    """

    source: str
    line: int | None
    column: int | None
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}:{self.column}"
        return f"{place}: {self.message}" + (f"; {self.hint}" if self.hint else "")


class CampaignInvalid(Exception):
    """A campaign cannot be used: fix the file. Carries all its mistakes, in order of place."""

    def __init__(self, mistakes: Sequence[LocatedMistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in mistakes))


def suggest(wrong: str, known: Iterable[str]) -> str | None:
    """Return `did you mean 'x'?` for the nearest known word, if one is near."""
    near = get_close_matches(wrong, list(islice(known, _MOST_COMPARED)), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else None
