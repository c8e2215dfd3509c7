"""How long a vendor has been in the way, and what people are told of it."""

from datetime import datetime, timedelta

from campaignd.engine.faults import KeyRefused, VendorFault

PATIENCE_WITH_KEY = timedelta(minutes=2)
"""A refused key may be one that is just being replaced."""


class Trouble:
    """The trouble of one execution; cleared by the next thing that works."""

    def __init__(self) -> None:
        self._fault: VendorFault | None = None
        self._refused_since: datetime | None = None

    def note(self, fault: VendorFault, now: datetime) -> bool:
        """Remember a fault; whether it is news."""
        is_news = self._fault is None or str(self._fault) != str(fault)
        self._fault = fault
        if isinstance(fault, KeyRefused):
            self._refused_since = self._refused_since or now
        return is_news

    def clear(self) -> None:
        self._fault = None
        self._refused_since = None

    def is_hopeless(self, now: datetime) -> bool:
        """Whether a key was refused for longer than a replacement takes."""
        since = self._refused_since
        return since is not None and now - since >= PATIENCE_WITH_KEY

    def __str__(self) -> str:
        return f"{self._fault}; trying again" if self._fault is not None else ""
