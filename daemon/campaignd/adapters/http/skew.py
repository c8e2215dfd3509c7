"""How far a vendor's clock is from ours."""

from datetime import datetime, timedelta

_RESOLUTION = timedelta(seconds=1)


def clock_skew(date: datetime, sent: datetime, received: datetime) -> timedelta:
    """The least difference that explains a Date header made between `sent` and `received`.

    The header has whole seconds, so its moment lies anywhere within the second that follows.
    """
    if date > received:
        return date - received
    if date + _RESOLUTION < sent:
        return date + _RESOLUTION - sent
    return timedelta()
