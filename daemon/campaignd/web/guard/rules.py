"""What the guard allows."""

from dataclasses import dataclass
from datetime import timedelta

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Rate:
    """A request `every` so often, for ever; `burst` of them may come at once."""

    every: timedelta
    burst: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What the guard allows. `hosts` are names, in lower case, beside IP addresses and localhost.

    `trusted_proxies` are addresses and networks whose forwarded headers are believed. Bodies are
    in bytes; `campaign_body` holds where a campaign's text may be sent.
    """

    hosts: frozenset[str] = frozenset()
    trusted_proxies: tuple[str, ...] = ()
    body: int = 64 * KIB
    campaign_body: int = 5 * MIB // 2
    by_token: Rate = Rate(timedelta(milliseconds=50), 200)
    by_address: Rate = Rate(timedelta(milliseconds=100), 100)
    by_failure: Rate = Rate(timedelta(seconds=6), 10)
