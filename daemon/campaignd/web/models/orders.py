"""What callers send."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_PAIRS = 100
LABEL_NAME = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,62}"
_ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
_Line = Annotated[str, StringConstraints(max_length=1000, pattern=_ONE_LINE)]
_InputName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_ONE_LINE)]
_LabelName = Annotated[str, StringConstraints(pattern=rf"^{LABEL_NAME}$")]
Inputs = Annotated[Mapping[_InputName, _Line], Field(max_length=MOST_PAIRS)]
Labels = Annotated[Mapping[_LabelName, _Line], Field(max_length=MOST_PAIRS)]
Group = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_ONE_LINE)]
CampaignText = Annotated[str, StringConstraints(min_length=1, max_length=1024 * 1024)]


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OptionsBody(_Body):
    """Options in the place of those that the campaign and its matrix name."""

    iterations: int | None = Field(
        None, ge=1, le=50, strict=True, description="Tries of each test case, in every cell."
    )
    concurrency: int | None = Field(
        None, ge=1, le=100, strict=True, description="Simulations in parallel within a run."
    )


class TriggerBody(_Body):
    """How to run a campaign of the service."""

    inputs: Inputs = Field(default_factory=dict, description="Values of the campaign's inputs.")
    labels: Labels = Field(default_factory=dict, description="Added to the campaign's labels.")
    options: OptionsBody = Field(OptionsBody(), description="Options to run with, this once.")
    replace_group: Group | None = Field(
        None,
        description="Unfinished executions of the campaign in this group are asked to stop.",
        examples=["pull-request-17"],
    )


class SubmitBody(TriggerBody):
    """A campaign that the service does not have, to run once."""

    campaign: CampaignText = Field(description="The campaign file's content, at most 1 MiB.")
    source: Annotated[str, StringConstraints(max_length=300, pattern=_ONE_LINE)] = Field(
        "campaign.yaml", description="What to call the file in messages and reports."
    )


class JudgeBody(_Body):
    """Which gates to judge with."""

    campaign: CampaignText | None = Field(
        None, description="A campaign file's content, whose gates are judged; default its own."
    )
    inputs: Inputs = Field(default_factory=dict, description="Values of that campaign's inputs.")


class BaselineBody(_Body):
    """What to compare with from now on."""

    execution: str | None = Field(
        description="A finished execution of the campaign; null leaves it to the campaign's rule.",
        examples=["01JDA8Q2ZK7M4T5N6P8R9S0TVW"],
    )
