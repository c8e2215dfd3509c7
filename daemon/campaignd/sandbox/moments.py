"""Times as the sandbox keeps and writes them: aware, in UTC, to the millisecond."""

from datetime import UTC, datetime, timedelta

FOREVER = datetime.max.replace(tzinfo=UTC)
"""Stands for the end of what never ends."""

ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
"""When the things of the built-in world were made."""


def to_millisecond(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def later(moment: datetime, wait: timedelta) -> datetime:
    """Add, but never beyond FOREVER."""
    return moment if moment == FOREVER else moment + wait


def write_moment(moment: datetime) -> str:
    """Write as `2026-11-02T08:00:00.120Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_moment(text: str) -> datetime:
    """Read ISO 8601; without a zone it is UTC. ValueError if it is no time."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
