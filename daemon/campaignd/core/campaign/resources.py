"""What a campaign names once and refers to everywhere: inputs, agents, personas, test sets."""

from typing import Annotated, Any

from pydantic import Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import CoreSchema

from campaignd.core.campaign.part import (
    AgentId,
    ById,
    CotoolAgentId,
    Part,
    PersonaId,
    TestCaseId,
    TestSetId,
)
from campaignd.core.scalars import Line, Name, Prose, Whole

_MOST_CASES_OF_A_RUN = 100
_LARGEST_SEED = 2**31 - 1


Default = Annotated[str, WithJsonSchema({"type": ["string", "number", "boolean"]})]


class Input(Part):
    """A value that `run --input NAME=VALUE` may set; without a default it must be given."""

    default: Default | None = Field(
        None, description="The value where none is given. Without it, the input is required."
    )
    description: Prose | None = Field(None, description="What the value is, for people.")

    @model_validator(mode="before")
    @classmethod
    def _accept_nothing(cls, value: Any) -> Any:
        return {} if value is None else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(core_schema), {"enum": [None]}]}


class CotoolAgentRef(ById):
    """A Cotool agent, and which of its runs belong to this campaign."""

    id: CotoolAgentId = Field(description="The Cotool agent's id, a UUID.")
    trigger_sources: tuple[Line, ...] = Field(
        (), description="Only runs started by one of these sources.", examples=[["webhook"]]
    )
    trigger_names: tuple[Line, ...] = Field(
        (), description="Only runs started by a trigger of one of these names."
    )
    expect: Annotated[int, Whole(1)] | None = Field(
        None, description="How many graded runs there should be: wait for them."
    )


class Agent(Part):
    """An agent under test: simulated on Coval, scored on Cotool, or both."""

    coval: AgentId | None = Field(
        None, description="The Coval agent. Left out: no cells, the agent is only scored."
    )
    cotool: CotoolAgentRef | None = Field(
        None, description="The Cotool agent whose eval scores belong to it."
    )
    mutations: tuple[Name, ...] = Field(
        (), description="Names of mutation lists; each mutation runs beside the base agent."
    )
    description: Prose | None = Field(None, description="For people.")


class Persona(ById):
    """A simulated caller."""

    id: PersonaId = Field(description="The Coval persona.")
    description: Prose | None = Field(None, description="For people.")


class Sample(Part):
    """A random choice of a test set's cases, the same one for the same seed."""

    size: Annotated[int, Whole(1)] = Field(description="How many test cases.")
    seed: Annotated[int, Whole(0, _LARGEST_SEED)] | None = Field(
        None, description="Which choice. Left out: a fixed one, made from the names."
    )


class TestSet(ById):
    """A Coval test set: all of its cases, a sample, or chosen ones."""

    __test__ = False  # pytest would take it for a test

    id: TestSetId = Field(description="The Coval test set.")
    description: Prose | None = Field(None, description="For people.")
    sample: Sample | None = Field(None, description="Run a sample instead of all test cases.")
    test_cases: tuple[TestCaseId, ...] = Field(
        (),
        max_length=_MOST_CASES_OF_A_RUN,
        description="Run these test cases instead of all of them.",
    )
    cases: Annotated[int, Whole(1)] | None = Field(
        None, description="How many cases the set has: a hint where Coval cannot be asked."
    )
