"""How often and how late a safe request is tried again."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import isfinite

from campaignd.engine.faults import RemoteUnavailable

_LONGEST_WISH = timedelta(hours=1)
_MOST_DOUBLINGS = 20
"""More of them are no time that anybody waits, and in the end none that can be told."""


@dataclass(frozen=True, slots=True)
class Patience:
    """At most `attempts`; none begins later than `within` after the first."""

    attempts: int
    within: timedelta
    first_wait: timedelta
    longest_wait: timedelta

    def wait(self, attempt: int, fault: RemoteUnavailable, chance: float) -> timedelta | None:
        """How long to wait after this failed attempt (1, 2, …); None when it was the last.

        Exponential with full jitter (`chance` is 0 to 1), never before the vendor's Retry-After.
        """
        if attempt >= self.attempts:
            return None
        bound = back_off(attempt, self.first_wait, self.longest_wait)
        return max(bound * chance, fault.retry_after or timedelta())


ORDINARY = Patience(
    attempts=4,
    within=timedelta(seconds=60),
    first_wait=timedelta(seconds=1),
    longest_wait=timedelta(seconds=10),
)
HURRIED = Patience(
    attempts=3,
    within=timedelta(seconds=2),
    first_wait=timedelta(milliseconds=200),
    longest_wait=timedelta(milliseconds=500),
)


def back_off(attempt: int, first: timedelta, most: timedelta) -> timedelta:
    """How long to wait at most after an attempt (1, 2, …): twice as long each time."""
    return min(first * float(2 ** min(attempt - 1, _MOST_DOUBLINGS)), most)


def read_retry_after(text: str | None, now: datetime) -> timedelta | None:
    """A Retry-After header, seconds or an HTTP date, as 0 to 60 minutes; None if unreadable."""
    if text is None:
        return None
    wish = _read_seconds(text)
    if wish is None and (moment := read_http_date(text)) is not None:
        wish = moment - now
    return None if wish is None else min(max(wish, timedelta()), _LONGEST_WISH)


def read_http_date(text: str) -> datetime | None:
    """An HTTP date, aware, in UTC; None if it is none."""
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _read_seconds(text: str) -> timedelta | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    if not isfinite(seconds):
        return None
    return timedelta(seconds=min(seconds, _LONGEST_WISH.total_seconds()))
