"""How long a vendor has been in the way, and what people are told of it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from campaignd.engine.faults import KeyRefused, VendorFault

PATIENCE_WITH_KEY = timedelta(minutes=2)
"""A refused key may be one that is just being replaced."""


class Trouble:
    """The trouble of one execution, by what it hinders; cleared by what works there next."""

    def __init__(self) -> None:
        self._faults: dict[str, VendorFault] = {}
        self._refused_since: datetime | None = None

    def note(self, subject: str, fault: VendorFault, now: datetime) -> bool:
        """Remember what hinders a subject; whether it is news to people."""
        is_news = _gist(fault) not in map(_gist, self._faults.values())
        self._faults.pop(subject, None)
        self._faults[subject] = fault
        self._mind_key(now)
        return is_news

    def clear(self, subject: str, now: datetime) -> None:
        """Forget what hindered a subject."""
        self._faults.pop(subject, None)
        self._mind_key(now)

    def keep(self, subjects: Collection[str], now: datetime) -> None:
        """Forget what hindered subjects of which nothing is wanted any more."""
        self._faults = {key: fault for key, fault in self._faults.items() if key in subjects}
        self._mind_key(now)

    def is_hopeless(self, now: datetime) -> bool:
        """Whether a key was refused for longer than a replacement takes."""
        since = self._refused_since
        return since is not None and now - since >= PATIENCE_WITH_KEY

    def __str__(self) -> str:
        latest = next(reversed(self._faults.values()), None)
        return f"{latest}; trying again" if latest is not None else ""

    def _mind_key(self, now: datetime) -> None:
        if any(isinstance(fault, KeyRefused) for fault in self._faults.values()):
            self._refused_since = self._refused_since or now
        else:
            self._refused_since = None


def _gist(fault: VendorFault) -> tuple[str, int | None, str]:
    """Return what two faults have in common that differ in their run and request alone."""
    return fault.vendor, fault.status, fault.message
