"""Rests between actions that come to nothing, longer after each."""

from collections.abc import Callable
from datetime import datetime, timedelta

from campaignd.engine.tools import Pace

Key = tuple[str, type]
"""What an action is about, and its kind: other actions on the same are not held back."""


class Rests:
    """The actions of one execution that came to nothing, and until when they rest."""

    def __init__(self, pace: Pace, chance: Callable[[], float]) -> None:
        self._pace = pace
        self._chance = chance
        self._waits: dict[Key, timedelta] = {}
        self._ends: dict[Key, datetime] = {}

    def holds(self, key: Key, now: datetime) -> bool:
        """Whether an action still rests."""
        end = self._ends.get(key)
        return end is not None and now < end

    def lengthen(self, key: Key, now: datetime) -> None:
        """Let an action rest, for longer than the last time."""
        wait = min(self._waits.get(key, self._pace.fastest / 2) * 2, self._pace.slowest)
        self._waits[key] = wait
        self._ends[key] = now + wait * (0.9 + 0.2 * self._chance())

    def end(self, key: Key) -> None:
        """Forget an action that came to something."""
        self._waits.pop(key, None)
        self._ends.pop(key, None)

    def next_end(self, now: datetime) -> datetime | None:
        """Return when the next rest ends, if any does; what rested until now is past caring."""
        return min((end for end in self._ends.values() if end > now), default=None)

    def __contains__(self, key: Key) -> bool:
        return key in self._waits
