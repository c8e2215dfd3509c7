"""What goes wrong between client and sandbox: which calls a fault strikes, and with what."""

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal, Self

from pydantic import Field, model_validator

from campaignd.core.scalars import Duration, Share
from campaignd.sandbox import chance
from campaignd.sandbox.terms import Section

Body = Literal["envelope", "gateway", "text", "html", "empty"]


class FaultMatch(Section):
    """Which calls a fault is about; what is left out fits all.

    `path` is a pattern such as `/v1/runs*`, without the query. `nth`, `every` and `share` count
    the calls that fit the rest; `after` and `until` are measured from the sandbox's start.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"] | None = None
    path: str = "*"
    nth: int | None = Field(default=None, ge=1)
    every: int | None = Field(default=None, ge=1)
    share: Share = 1.0
    after: Duration | None = None
    until: Duration | None = None

    def fits(self, method: str, path: str, age: timedelta) -> bool:
        return (
            self.method in {None, method}
            and fnmatchcase(path, self.path)
            and (self.after is None or age >= self.after)
            and (self.until is None or age < self.until)
        )

    def counts(self, number: int) -> bool:
        return self.nth in {None, number} and (self.every is None or number % self.every == 0)


class FaultAction(Section):
    """What happens instead of the answer: a status, a reset or garbage, and maybe a delay.

    With `acted` the server does what was asked before it answers with `status`. Garbage and a
    mere delay always come after the server acted.
    """

    status: int | None = Field(default=None, ge=400, le=599)
    body: Body | None = None
    retry_after: Duration | None = None
    retry_after_as: Literal["seconds", "date"] = "seconds"
    acted: bool = False
    reset: Literal["before", "after"] | None = None
    garbage: Literal["json", "html"] | None = None
    delay: Duration | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        answers = sum(answer is not None for answer in (self.status, self.reset, self.garbage))
        if answers > 1 or (answers == 0 and self.delay is None):
            raise ValueError("name one of status, reset, garbage; delay stands alone or with one")
        if self.status is None and (self.body or self.retry_after is not None or self.acted):
            raise ValueError("body, retry_after and acted belong to a status")
        return self

    @property
    def server_acts(self) -> bool:
        return self.acted or (self.status is None and self.reset != "before")


class FaultRule(Section):
    """One fault, at most `limit` times."""

    match: FaultMatch = FaultMatch()
    do: FaultAction
    limit: int | None = Field(default=None, ge=1)


class RateLimit(Section):
    """So many requests per second to each vendor, and so many at once, before 429 is answered."""

    requests_per_second: float = Field(gt=0)
    burst: int = Field(default=1, ge=1)


@dataclass(slots=True)
class _Bucket:
    full: float
    seen_at: datetime


class FaultBook:
    """Remembers how often each rule was met, and says what strikes the next call."""

    def __init__(
        self, rules: tuple[FaultRule, ...], rate_limit: RateLimit | None, seed: int
    ) -> None:
        self._rules = rules
        self._rate_limit = rate_limit
        self._seed = seed
        self._calls: Counter[int] = Counter()
        self._strikes: Counter[int] = Counter()
        self._buckets: dict[str, _Bucket] = {}
        self._started_at: datetime | None = None

    def strike(self, method: str, path: str, now: datetime) -> FaultAction | None:
        """Count this call, and return the first fault that it meets."""
        self._started_at = self._started_at or now
        age = now - self._started_at
        struck = [
            index
            for index, rule in enumerate(self._rules)
            if rule.match.fits(method, path, age) and self._meets(index, rule)
        ]
        if struck:
            self._strikes[struck[0]] += 1
            return self._rules[struck[0]].do
        return self._throttle(path, now)

    def _meets(self, index: int, rule: FaultRule) -> bool:
        self._calls[index] += 1
        number = self._calls[index]
        return (
            rule.match.counts(number)
            and (rule.limit is None or self._strikes[index] < rule.limit)
            and chance.share(self._seed, "fault", index, number) < rule.match.share
        )

    def _throttle(self, path: str, now: datetime) -> FaultAction | None:
        if self._rate_limit is None:
            return None
        rate, burst = self._rate_limit.requests_per_second, self._rate_limit.burst
        vendor = path.split("/", 2)[1]
        bucket = self._buckets.setdefault(vendor, _Bucket(0.0, now))
        drained = (now - bucket.seen_at).total_seconds() * rate
        bucket.full, bucket.seen_at = max(0.0, bucket.full - drained), now
        if bucket.full + 1 <= burst:
            bucket.full += 1
            return None
        wait = math.ceil((bucket.full + 1 - burst) / rate)
        return FaultAction(status=429, retry_after=timedelta(seconds=wait))
