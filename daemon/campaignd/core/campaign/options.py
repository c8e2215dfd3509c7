"""How runs are launched, how much they may cost and how long they may take."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from campaignd.core.campaign.matrix import Concurrency, Iterations
from campaignd.core.campaign.part import Part
from campaignd.core.scalars import PositiveDuration, Whole


class Options(Part):
    """What Coval is told with each run."""

    iterations: Iterations = Field(1, description="Tries of each test case, 1 to 50.")
    concurrency: Concurrency = Field(
        5, description="Simulations in parallel within a run, 1 to 100."
    )


class Limits(Part):
    """Where campaignd stops: money first, then time."""

    simulations: Annotated[int, Whole(1)] = Field(
        500, description="An execution that needs more is refused before its first launch."
    )
    runs_in_flight: Annotated[int, Whole(1)] = Field(
        10, description="Runs of this campaign at the same time."
    )
    queue_timeout: PositiveDuration | None = Field(
        None, description="How long a run may wait before it starts; default without limit."
    )
    stall_timeout: PositiveDuration = Field(
        timedelta(minutes=45), description="How long nothing new may finish in a started run."
    )
    run_timeout: PositiveDuration | None = Field(
        None, description="How long a run may take from its start; default without limit."
    )
    timeout: PositiveDuration = Field(
        timedelta(hours=24), description="How long the whole execution may take."
    )
    on_timeout: Literal["cancel", "leave"] = Field(
        "cancel", description="What happens to runs in flight at a timeout."
    )


class Retry(Part):
    """What is launched again."""

    runs: Annotated[int, Whole(0)] = Field(
        0, description="How often a cell whose run FAILED is launched again."
    )
