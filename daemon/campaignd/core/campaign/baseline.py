"""What comparisons refer to."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from campaignd.core.campaign.part import Part
from campaignd.core.scalars import Line, Matching, PositiveDuration

_LABEL = Matching(
    r"[A-Za-z0-9][A-Za-z0-9._/-]{0,62}",
    "the name of a label: letters, digits, '.', '_', '/' and '-', at most 63",
    "team",
)
LabelKey = Annotated[
    str,
    BeforeValidator(_LABEL.parse),
    WithJsonSchema({"type": "string", "pattern": f"^{_LABEL.pattern}$"}),
]
Labels = Mapping[LabelKey, Line]


class BaselineRule(Part):
    """Which passed executions may serve as baseline."""

    labels: Labels = Field(
        default_factory=dict,
        description="Labels that they must have.",
        examples=[{"branch": "main"}],
    )
    max_age: PositiveDuration | None = Field(
        None, description="How old they may be; default any age.", examples=["30d"]
    )
