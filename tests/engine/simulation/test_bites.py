"""What the launch protocol rests on is taken out, piece by piece: the simulation finds each."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.engine.simulation.inspector import Broken
from tests.engine.simulation.sabotage import without_fences, without_intents
from tests.engine.simulation.story import tell_story
from tests.engine.simulation.voyage import Voyage
from tests.engine.stage import Stage

from campaignd.adapters.store.database import Database
from campaignd.core.execution import Patience
from campaignd.engine.tools import Store

NO_GRACE = {"patience": Patience(grace=timedelta())}
MOST_SEEDS = 60


@pytest.mark.parametrize(
    ("make_store", "settings", "words"),
    [
        pytest.param(without_intents, {}, "launched twice", id="the stored intent"),
        pytest.param(None, NO_GRACE, "launched twice", id="the grace"),
        pytest.param(without_fences, {}, "a process that had lost it", id="the fencing"),
    ],
)
@pytest.mark.slow
async def test_what_is_taken_out_is_missed(
    open_stage: Callable[..., Stage],
    make_store: Callable[[Database], Store] | None,
    settings: dict[str, Any],
    words: str,
) -> None:
    async def sail_on() -> None:
        for seed in range(MOST_SEEDS):
            story = tell_story(seed)
            stage = open_stage(settings, **story.scenario())
            stage.make_store = make_store or stage.make_store
            await Voyage(stage, story, seed).sail()

    with pytest.raises(Broken, match=words):
        await sail_on()
