"""The campaign itself: everything that one file says."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    GetJsonSchemaHandler,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import CoreSchema

from campaignd.core.campaign.baseline import BaselineRule, Labels
from campaignd.core.campaign.cotool_window import CotoolWindow
from campaignd.core.campaign.gate_options import Defaults, Waive
from campaignd.core.campaign.matrix import Matrix
from campaignd.core.campaign.options import Limits, Options, Retry
from campaignd.core.campaign.part import MutationId, Part
from campaignd.core.campaign.report import Report
from campaignd.core.campaign.resources import Agent, Input, Persona, TestSet
from campaignd.core.campaign.schedule import Schedule
from campaignd.core.gates import Gate, GateModel
from campaignd.core.metrics import METRIC_ID, CotoolMetric, CovalMetric
from campaignd.core.scalars import Name, NewName, Prose, Words, shown

MOST_TAGS = 16
"""Coval takes 20 with each run; four are campaignd's own."""


def parse_version(value: object) -> int:
    if value in ("1", 1):
        return 1
    raise ValueError(f"version {shown(value)} is not known: this campaignd reads version 1")


def parse_tag(value: object) -> str:
    """Read a tag as Coval keeps it: trimmed, in lower case, at most 200 characters."""
    tag = Words(200).parse(value)
    if tag != tag.strip().lower():
        raise ValueError(f"{shown(tag)} is not a tag: write {shown(tag.strip().lower())}")
    if tag == "campaignd" or tag.startswith("cd-"):
        raise ValueError(f"{shown(tag)} is a tag that campaignd itself sets: choose another one")
    return tag


def _metric_form(value: Any) -> str:
    of_cotool = "cotool" in value if isinstance(value, dict) else isinstance(value, CotoolMetric)
    return "@cotool" if of_cotool else "@coval"


def _accept_id_alone(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


class ShortForm:
    """Tells editors that the id alone will do."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [_METRIC_ID, handler(schema)]}


_METRIC_ID = {"type": "string", "pattern": METRIC_ID, "description": "Coval's metric id."}
DeclaredMetric = Annotated[
    Annotated[CovalMetric, Tag("@coval")] | Annotated[CotoolMetric, Tag("@cotool")],
    Discriminator(_metric_form),
    BeforeValidator(_accept_id_alone),
    ShortForm(),
]
Version = Annotated[
    int, BeforeValidator(parse_version), WithJsonSchema({"enum": [1, "1"], "default": 1})
]
RunTag = Annotated[
    str,
    BeforeValidator(parse_tag),
    WithJsonSchema({"type": ["string", "number"], "minLength": 1, "maxLength": 200}),
]


class Campaign(Part):
    """One campaign file, its inputs filled in. Attribute names are the file's keys."""

    version: Version = Field(description="The version of this format: 1.")
    name: Name = Field(
        description="What the campaign is called; its history hangs on it.",
        examples=["checkout-nightly"],
    )
    description: Prose | None = Field(None, description="For people.")
    labels: Labels = Field(
        default_factory=dict,
        description="Shown, filtered by and reported with each execution.",
        examples=[{"team": "payments", "environment": "staging"}],
    )
    tags: tuple[RunTag, ...] = Field(
        (), max_length=MOST_TAGS, description="Passed on to Coval with each run, at most 16."
    )
    inputs: Mapping[NewName, Input] = Field(
        default_factory=dict,
        description="Values that `run --input NAME=VALUE` may set; used as ${inputs.NAME}.",
    )
    agents: Mapping[NewName, Agent] = Field(
        min_length=1, description="The agents under test, by a name of your own."
    )
    personas: Mapping[NewName, Persona] = Field(
        default_factory=dict, description="Simulated callers: a Coval id, or {id, description}."
    )
    test_sets: Mapping[NewName, TestSet] = Field(
        default_factory=dict, description="Test sets: a Coval id, or {id, sample, …}."
    )
    mutations: Mapping[NewName, Mapping[NewName, MutationId]] = Field(
        default_factory=dict,
        description="Lists of mutations: name of the list, then name and Coval id of each.",
    )
    metrics: Mapping[NewName, DeclaredMetric] = Field(
        default_factory=dict,
        description="What is measured: Coval metrics by id, or what Cotool says of its runs.",
    )
    matrix: Matrix | None = Field(
        None, description="Which combinations run; default every agent, persona and test set."
    )
    options: Options = Field(Options(), description="What Coval is told with each run.")
    limits: Limits = Field(Limits(), description="How much it may cost, how long it may take.")
    retry: Retry = Field(Retry(), description="What is launched again.")
    cotool: CotoolWindow = Field(CotoolWindow(), description="Which Cotool runs count.")
    baseline: BaselineRule | None = Field(
        None, description="Which passed executions may serve as baseline."
    )
    defaults: Defaults = Field(
        Defaults(), description="Options for all gates that do not set them themselves."
    )
    waive: tuple[Waive, ...] = Field(
        (), description="Known trouble: test cases that no gate looks at for a while."
    )
    gates: tuple[Gate, ...] = Field((), description="The promises that an execution must keep.")
    schedule: tuple[Schedule, ...] = Field((), description="When the service runs it.")
    overlap: Literal["skip", "queue"] = Field(
        "skip", description="A scheduled moment while an execution is going: skip it or queue it."
    )
    report: Report = Field(Report(), description="Who is told what came of it.")

    @field_validator("gates", mode="after")
    @classmethod
    def _take_defaults(
        cls, gates: tuple[GateModel, ...], info: ValidationInfo
    ) -> tuple[GateModel, ...]:
        defaults = info.data.get("defaults") or Defaults()
        return tuple(gate.with_defaults(defaults.given) for gate in gates)
