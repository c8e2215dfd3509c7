"""What an execution is driven with: handed in once, shared by all executions of a process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from campaignd.core.execution import Patience
from campaignd.engine.ports import (
    Announcer,
    Clock,
    Comparisons,
    Cotool,
    CovalExplanations,
    CovalRuns,
    ExecutionStore,
    LaunchStore,
    ResultStore,
    Rivals,
    TableReader,
)


@dataclass(slots=True)
class Account:
    """What a process learns of its Coval account. `halted`: why no launch is allowed, if so."""

    halted: str | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look: never faster than `fastest`, never slower than `slowest`."""

    fastest: timedelta = timedelta(seconds=2)
    slowest: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Store:
    """The faces of the database that driving needs."""

    executions: ExecutionStore
    launches: LaunchStore
    results: ResultStore
    comparisons: Comparisons


@dataclass(frozen=True, slots=True)
class Vendors:
    """Coval and Cotool. `urgent` is Coval past the pacer, for the seconds after an interrupt."""

    coval: CovalRuns
    urgent: CovalRuns
    explanations: CovalExplanations
    cotool: Cotool
    requests: Callable[[], dict[str, int]]
    run_url: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of the account and of single requests, whatever a campaign says."""

    runs_in_flight: int = 50
    simulations_per_day: int | None = None
    request_deadline: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything together. `chance` gives numbers between 0 and 1 for jitter."""

    store: Store
    vendors: Vendors
    clock: Clock
    chance: Callable[[], float]
    installation: str
    announcer: Announcer
    rivals: Rivals
    read_table: TableReader
    patience: Patience = field(default_factory=Patience)
    pace: Pace = field(default_factory=Pace)
    bounds: Bounds = field(default_factory=Bounds)
    account: Account = field(default_factory=Account)
