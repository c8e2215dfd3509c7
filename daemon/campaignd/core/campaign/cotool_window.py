"""Which Cotool runs count: those of a window of time."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from campaignd.core.campaign.part import Part
from campaignd.core.scalars import Duration, PositiveDuration


class Last(Part):
    """The time before the moment of scoring."""

    last: PositiveDuration = Field(description="How far back to look.", examples=["24h", "7d"])


def _form(value: Any) -> str:
    return "@word" if isinstance(value, str) else "@mapping"


Window = Annotated[
    Annotated[Literal["execution"], Tag("@word")] | Annotated[Last, Tag("@mapping")],
    Discriminator(_form),
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
