"""Which Cotool runs count: those of a window of time."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from campaignd.core.campaign.part import Part, form_of
from campaignd.core.scalars import Duration, PositiveDuration, shown


class Last(Part):
    """The time before the moment of scoring."""

    last: PositiveDuration = Field(description="How far back to look.", examples=["24h", "7d"])


def _parse_word(value: object) -> object:
    if value != "execution":
        raise ValueError(f"expected execution, or {{last: 24h}}; found {shown(value)}")
    return value


Window = Annotated[
    Annotated[Literal["execution"], BeforeValidator(_parse_word), Tag("@word")]
    | Annotated[Last, Tag("@form")],
    Discriminator(form_of),
]


class CotoolWindow(Part):
    """When a Cotool run must have been created to count, and how long to wait for its grade."""

    window: Window = Field(
        "execution",
        description="execution: first launch to last end; or {last: 24h}.",
        examples=["execution", {"last": "24h"}],
    )
    tail: Duration = Field(
        timedelta(minutes=2), description="How much longer than the execution the window is."
    )
    grading_deadline: Duration = Field(
        timedelta(minutes=15), description="How long to wait for grades that are not there yet."
    )
