"""What is wrong with a table, gathered up to a limit."""

from campaignd.core.mistakes import LocatedMistake

MOST = 20
"""More mistakes than this nobody reads before mending some."""


class Flaws:
    """All mistakes of one file in the order they are met; all are counted, the first are kept."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._kept: list[LocatedMistake] = []
        self.count = 0

    def add(self, line: int, column: int, message: str, hint: str | None = None) -> None:
        self.count += 1
        if len(self._kept) < MOST:
            self._kept.append(LocatedMistake(self._source, line, column, message, hint))

    @property
    def told(self) -> tuple[LocatedMistake, ...]:
        """The mistakes, and how many more there are."""
        more = self.count - len(self._kept)
        if not more:
            return tuple(self._kept)
        words = f"{more} more mistake{'s' * (more > 1)}"
        return (*self._kept, LocatedMistake(self._source, None, None, words, "mend these first"))
