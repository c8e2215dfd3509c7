"""The clock and the dice of a real process."""

import random
import secrets
from datetime import UTC, datetime

from campaignd.core.ulid import RANDOM_BYTES, make_ulid


class SystemClock:
    """The engine's `Clock` on the computer's."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def new_ulid() -> str:
    """Make an identifier for an execution or an owner."""
    return ulid_at(SystemClock().now())


def ulid_at(moment: datetime) -> str:
    """Make an identifier that sorts by a moment."""
    return make_ulid(moment, secrets.token_bytes(RANDOM_BYTES))


def chance() -> float:
    """Give a number between 0 and 1 for jitter."""
    return random.random()  # noqa: S311  # jitter is no secret
