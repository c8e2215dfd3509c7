"""A scenario: everything about the sandbox that can be chosen."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, SecretStr

from campaignd.core.scalars import Duration
from campaignd.sandbox.failures import Failures
from campaignd.sandbox.faults import FaultRule, RateLimit
from campaignd.sandbox.population import Population
from campaignd.sandbox.terms import DurationRange, LongId, Section, Skew, TrialMatch


class ApiKeys(Section):
    """The only keys that are accepted; without one, any key is."""

    coval: SecretStr | None = None
    cotool: SecretStr | None = None


class Effect(TrialMatch):
    """How the trials it fits differ from what their metrics say.

    Numbers are taken times `factor` plus `shift`, shares times `factor` plus `rate`, so that
    `rate: -0.12` takes twelve points away.
    """

    metric: LongId | None = None
    shift: float = 0.0
    factor: float = Field(default=1.0, ge=0)
    rate: float = Field(default=0.0, ge=-1, le=1)


class Timing(Section):
    """How long things take at speed 1.

    A run is PENDING, then waits in `queue`, then has its simulations `concurrency` at a time,
    all squeezed into `simulations_within` if they would take longer (none: never squeezed), and
    is COMPLETED `metric_lag` after the last of them. Cotool grades a run `grading` after its end.
    """

    pending: Duration = timedelta(milliseconds=300)
    queue: Duration = timedelta(milliseconds=700)
    simulation: DurationRange = (timedelta(milliseconds=400), timedelta(milliseconds=1200))
    simulations_within: Duration | None = timedelta(seconds=3)
    metric_lag: Duration = timedelta(milliseconds=700)
    grading: DurationRange = (timedelta(milliseconds=500), timedelta(seconds=2))
    cotool_run: DurationRange = (timedelta(seconds=20), timedelta(seconds=90))
    clock_skew: Skew = timedelta()


class Lists(Section):
    """How honest the lists are. `items: summary` leaves tags, metadata and progress out."""

    lag: Duration = timedelta()
    get_lag: Duration = timedelta()
    tag_filter: Literal["works", "finds_nothing", "refused"] = "works"
    items: Literal["full", "summary"] = "full"
    repeat_page_token: bool = False


class Scenario(Section):
    """All that a sandbox does, repeatably. The default is the built-in world without trouble."""

    seed: int = 1
    speed: float = Field(default=1.0, gt=0)
    strict: bool = False
    api_keys: ApiKeys = ApiKeys()
    world: Population = Population()
    effects: tuple[Effect, ...] = ()
    timing: Timing = Timing()
    failures: Failures = Failures()
    faults: tuple[FaultRule, ...] = ()
    rate_limit: RateLimit | None = None
    lists: Lists = Lists()

    def paced(self, duration: timedelta) -> timedelta:
        """Return how long something takes at this scenario's speed."""
        return duration / self.speed
