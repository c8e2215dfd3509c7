"""Who and what lives in the sandbox: agents, personas, test sets, metrics, Cotool agents."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from campaignd.core.scalars import Duration, Share
from campaignd.sandbox.moments import ORIGIN
from campaignd.sandbox.terms import CotoolId, LongId, MutationId, Section, SetId

Title = Annotated[str, Field(min_length=1, max_length=200)]
MetricKind = Literal["binary", "number", "category", "set", "composite", "match"]
Operator = Literal["eq", "neq", "gt", "gte", "lt", "lte", "in", "nin", "bt", "nbt"]


class Resident(Section):
    """Something with a name, tags, and a time at which it was last changed."""

    name: Title
    description: str = ""
    tags: tuple[str, ...] = ()
    update_time: AwareDatetime = ORIGIN


class SandboxMutation(Section):
    """A variant of an agent. A deleted one is still shown, but cannot be launched."""

    name: Title
    description: str = ""
    deleted: bool = False
    update_time: AwareDatetime = ORIGIN


class SandboxAgent(Resident):
    """A Coval agent; `metrics` are those of a launch that names none."""

    mutations: dict[MutationId, SandboxMutation] = Field(default_factory=dict)
    metrics: tuple[LongId, ...] = ()
    model_type: str = "MODEL_TYPE_WEBSOCKET"


class SandboxPersona(Resident):
    """A simulated caller."""

    language: str = "en-US"


class SandboxTestSet(Resident):
    """A test set of so many cases, whose ids follow from its own."""

    cases: int = Field(default=20, ge=1, le=5000)


class TargetCondition(Section):
    """A metric's own idea of a good value: a number, or for `in` and `nin` a list of texts."""

    comparison_operator: Operator
    target_float: float | None = None
    target_values: tuple[str, ...] | None = None


class SandboxMetric(Resident):
    """A metric and how its values are spread over the simulations of the base agent.

    `rate` is the share of YES (binary), of 1.0 (match), or of criteria met (composite).
    `categories` are the shares of each category, best first, or for a set of each member.
    """

    type: MetricKind = "binary"
    rate: Share = 0.9
    unknown: Share = 0.0
    mean: float = 0.8
    sd: float = Field(default=0.1, ge=0)
    min: float | None = None
    max: float | None = None
    categories: dict[str, Share] = Field(default_factory=dict)
    criteria: int = Field(default=5, ge=1, le=50)
    unit: str | None = None
    target_condition: TargetCondition | None = None

    @model_validator(mode="after")
    def _names_its_categories(self) -> Self:
        if self.type in {"category", "set"} and not sum(self.categories.values()):
            raise ValueError(
                f"a metric of type {self.type} needs categories with their shares, "
                "as {polite: 90%, rude: 10%}"
            )
        return self


class SandboxCotoolAgent(Section):
    """A Cotool agent and how its runs are graded.

    With `coval_agent`, each base simulation of that agent is also a run here. With `every`, a
    run begins each such interval on its own, and has done so for as long as `history`.
    """

    name: Title
    description: str = ""
    coval_agent: LongId | None = None
    every: Duration | None = None
    history: Duration = timedelta(days=2)
    score_mean: float = 84.0
    score_sd: float = Field(default=7.0, ge=0)
    criteria: tuple[str, ...] = ()
    criteria_met: Share = 0.95
    critical_issues: Share = 0.0
    trigger_source: str | None = "webhook"
    trigger_name: str | None = None
    tools: tuple[str, ...] = ("lookup_order", "issue_refund")
    model: str = "anthropic:chat:sonnet-4.6"

    @model_validator(mode="after")
    def _waits_between_runs(self) -> Self:
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError("every: runs that begin on their own need 1s or more between them")
        return self


class Population(Section):
    """The `world` of a scenario: additions to the built-in world, and replacements by id.

    `deleted` ids of any kind do not exist, whatever else is said.
    """

    agents: dict[LongId, SandboxAgent] = Field(default_factory=dict)
    personas: dict[LongId, SandboxPersona] = Field(default_factory=dict)
    test_sets: dict[SetId, SandboxTestSet] = Field(default_factory=dict)
    metrics: dict[LongId, SandboxMetric] = Field(default_factory=dict)
    cotool: dict[CotoolId, SandboxCotoolAgent] = Field(default_factory=dict)
    deleted: frozenset[str] = frozenset()

    def joined_by(self, other: "Population") -> "Population":
        """Add another population, whose members replace ours of the same id."""
        return Population(
            agents=self.agents | other.agents,
            personas=self.personas | other.personas,
            test_sets=self.test_sets | other.test_sets,
            metrics=self.metrics | other.metrics,
            cotool=self.cotool | other.cotool,
            deleted=self.deleted | other.deleted,
        )
