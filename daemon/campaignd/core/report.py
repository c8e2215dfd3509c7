"""The one report of an execution.

It is the `--json` output, the API's answer, a webhook's data and the source of JUnit and
Markdown. Fields are only ever added under its schema name.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from campaignd.core.verdicts import GateVerdict, Verdict

SCHEMA: Literal["campaignd.report/1"] = "campaignd.report/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class CaseReport(_Part):
    """One of a gate's ten worst test cases (or Cotool runs).

    `base` is the value of what the gate compares with, `value` the measured one: numbers in the
    metric's unit, shares between 0 and 1, or texts.
    """

    test_case: str | None
    title: str | None = None
    agent: str | None = None
    persona: str | None = None
    test_set: str | None = None
    base: float | str | None = None
    value: float | str | None = None
    simulation_id: str | None = None
    url: str | None = None
    explanation: str | None = None


class GateReport(_Part):
    """What came of one gate, or of one group of a split gate.

    `scope` names the group (`{"persona": "elderly"}`), `variant` the variant where one was split
    off. `blocks` is whether the result counts. `estimate`, `lower` and `upper` are read by `unit`:
    "share" (0 to 1), "points" (a difference of shares: 0.05 is 5 points), "relative" (0.1 is 10%
    more), or the metric's unit, None where it has none. Bounds are one-sided at `confidence`. `n`
    counts simulations (items), `cases_n` test cases, `missing` simulations without a usable value.
    `seed` makes resampled numbers again. `gates` are the inner results of `any` and `all`.
    """

    name: str
    kind: str
    metric: str | None = None
    scope: dict[str, str] = Field(default_factory=dict)
    variant: str | None = None
    verdict: GateVerdict
    blocks: bool = True
    decide: Literal["observed", "proven"] = "observed"
    method: str | None = None
    estimate: float | None = None
    lower: float | None = None
    upper: float | None = None
    unit: str | None = None
    threshold: str | None = None
    confidence: float | None = None
    n: int = 0
    cases_n: int = 0
    missing: int = 0
    p_pass: float | None = None
    p_fail: float | None = None
    p_adjusted: float | None = None
    family_size: int | None = None
    detectable: float | None = None
    seed: int | None = None
    reason_code: str | None = None
    reason: str
    cases: tuple[CaseReport, ...] = ()
    gates: tuple["GateReport", ...] = ()


class AttemptReport(_Part):
    """One launch of a cell."""

    number: int
    state: str
    run_id: str | None = None
    launch_key: str
    launched_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None


class SimulationCounts(_Part):
    planned: int = 0
    total: int = 0
    completed: int = 0
    failed: int = 0
    lost: int = 0


class CellReport(_Part):
    key: str
    agent: str
    persona: str
    test_set: str
    state: str
    attempts: tuple[AttemptReport, ...] = ()
    run_id: str | None = None
    url: str | None = None
    simulations: SimulationCounts = SimulationCounts()
    error: str | None = None


class CriterionReport(_Part):
    criterion: str
    met: bool
    explanation: str = ""


class ScoreReport(_Part):
    """One Cotool agent run; `score` is None where no grade came before the deadline."""

    agent: str
    run_id: str
    title: str
    created_at: datetime
    status: str
    score: float | None = None
    explanation: str = ""
    criteria: tuple[CriterionReport, ...] | None = None
    critical_issue: str | None = None


class Totals(_Part):
    """`duration` in seconds; `requests` by vendor name."""

    simulations: int = 0
    runs: int = 0
    requests: dict[str, int] = Field(default_factory=dict)
    duration: float | None = None


class Unsettled(_Part):
    """A launch whose run may still be going on after the verdict."""

    cell: str
    launch_key: str
    state: str
    run_id: str | None = None
    note: str


class Revision(_Part):
    """The campaign file's content: its SHA-256 and where it was read from."""

    sha256: str
    source: str | None = None


class ExecutionReport(_Part):
    """Version 1 of the report; times are UTC."""

    schema_: Literal["campaignd.report/1"] = Field(default=SCHEMA, alias="schema")
    execution: str
    campaign: str
    revision: Revision
    trigger: str
    inputs: dict[str, str] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    state: str
    verdict: Verdict | None
    exit_status: int | None
    reason: str = ""
    started_at: datetime
    finished_at: datetime | None = None
    pruned_at: datetime | None = None
    gates: tuple[GateReport, ...] = ()
    cells: tuple[CellReport, ...] = ()
    scores: tuple[ScoreReport, ...] = ()
    totals: Totals = Totals()
    unsettled: tuple[Unsettled, ...] = ()
    notes: tuple[str, ...] = ()
    links: dict[str, str] = Field(default_factory=dict)

    def as_json_data(self) -> dict[str, Any]:
        """Plain JSON data, with `schema` by its public name."""
        return self.model_dump(mode="json", by_alias=True)
