"""What goes wrong inside the sandboxed vendors: runs, simulations, values, grades."""

from typing import Literal

from pydantic import Field

from campaignd.core.scalars import Duration, Share
from campaignd.sandbox.terms import CellMatch, CotoolId, LongId, Section, TrialMatch

RunOutcome = Literal["fails", "never_starts", "never_finishes", "vanishes", "unknown_status"]


class RunFailure(CellMatch):
    """Runs that do not go well.

    `share` of the launches of the cells it fits, and of each cell only the `first` so many.
    `after` counts from the start for `fails` (default: half-way) and from the launch for
    `vanishes` (default: at once).
    """

    outcome: RunOutcome
    share: Share = 1.0
    first: int | None = Field(default=None, ge=1)
    after: Duration | None = None
    error: str = "Agent connection timeout"
    status: str = "ARCHIVING"


class SimulationFailure(TrialMatch):
    """Simulations that end without a conversation to measure."""

    status: Literal["FAILED", "CANCELLED", "SKIPPED"] = "FAILED"
    share: Share = 1.0
    error: str = "Agent did not answer."


class MissingValues(TrialMatch):
    """Values that are not there when the run is COMPLETED, for so long or (left out) for ever."""

    metric: LongId | None = None
    share: Share = 1.0
    lasts: Duration | None = Field(default=None, alias="for")


class CotoolFailure(Section):
    """Cotool runs that end badly, wait for ever, or are never graded."""

    agent: CotoolId | None = None
    outcome: Literal["error", "interrupted", "waiting", "ungraded"]
    share: Share = 1.0


class Failures(Section):
    """The `failures` of a scenario.

    `results: aggregates` serves the older mean/min/max shape; `cotool_fields: seed` leaves out
    the fields that older Cotool servers do not have.
    """

    runs: tuple[RunFailure, ...] = ()
    simulations: tuple[SimulationFailure, ...] = ()
    values: tuple[MissingValues, ...] = ()
    cotool: tuple[CotoolFailure, ...] = ()
    results: Literal["values", "aggregates"] = "values"
    cotool_fields: Literal["current", "seed"] = "current"
