"""How the API behaves."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class WebOptions:
    """The version that it tells, the pause between pings, and how many streams there may be."""

    version: str = "0"
    ping: timedelta = timedelta(seconds=15)
    most_streams: int = 100
