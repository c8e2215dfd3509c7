"""What came of one attempt to deliver a message, and when the next one is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receiver has it."""

    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now; `after` is the receiver's wish for how long to wait, if it had one."""

    detail: str
    status: int | None = None
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Disabled:
    """410: the receiver wants no message any more."""

    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class Refused:
    """We do not send there: the address is unusable or not allowed."""

    detail: str


Outcome = Accepted | Retry | Disabled | Refused


def next_attempt(
    made: int, now: datetime, end: datetime, jitter: float, wish: timedelta | None
) -> datetime | None:
    """Say when to try again after `made` attempts; None from `end` on, to give up.

    The back-off is jittered, from seconds to hours: `jitter` between 0 and 1 spreads a delay over
    its upper half; `wish` (Retry-After) can only lengthen it. The last attempt is at `end`.
    """
    if now >= end:
        return None
    delay = _delay(made) * (0.5 + jitter / 2)
    return now + min(max(delay, wish or timedelta()), end - now)


def _delay(made: int) -> timedelta:
    fourfold = min(max(made - 1, 0), 10)  # beyond this the longest delay is long reached
    return min(FIRST_DELAY * (1 << 2 * fourfold), LONGEST_DELAY)
