"""Whatever goes wrong: nothing is launched twice, nothing is lost, and the verdict is the same.

`make soak SEEDS=20000` tries more seeds, `make soak SEED=7` one of them alone.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from sqlmodel import select
from tests.engine.simulation.story import Story, tell_story
from tests.engine.simulation.voyage import Voyage
from tests.engine.stage import Stage

from campaignd.adapters.store.tables import EventRow
from campaignd.core.report import ExecutionReport

QUICK, ALL = 50, 2000
Gist = tuple[object, ...]


def seeds() -> Iterator[object]:
    if "SEED" in os.environ:
        yield int(os.environ["SEED"])
        return
    for seed in range(int(os.environ.get("SEEDS", ALL))):
        yield pytest.param(seed, marks=[pytest.mark.slow] if seed >= QUICK else [])


@pytest.mark.parametrize("seed", list(seeds()))
async def test_every_promise_holds_whatever_happens(
    open_stage: Callable[..., Stage], seed: int
) -> None:
    story = tell_story(seed)
    try:
        report = await Voyage(open_stage(**story.scenario()), story, seed).sail()
        assert story.is_given_up or gist_of(report) == await undisturbed(open_stage, story)
    except BaseException as error:
        error.add_note(f"To see it again: make soak SEED={seed}\n{story}")
        raise


async def test_a_seed_tells_the_same_story_again(open_stage: Callable[..., Stage]) -> None:
    story = tell_story(24)
    traces = []
    for _ in range(2):
        stage = open_stage(**story.scenario())
        await Voyage(stage, story, 24).sail()
        moves = stage.database.read_now(lambda session: session.exec(select(EventRow)).all())
        traces.append([(move.at, move.subject, move.new) for move in moves])
    assert traces[0] == traces[1]


_known: dict[str, Gist] = {}


async def undisturbed(open_stage: Callable[..., Stage], story: Story) -> Gist:
    """Return what comes of a story's campaign when nothing goes wrong on the way."""
    text = story.shape.text()
    if text not in _known:
        _known[text] = gist_of(await open_stage(**story.shape.scenario).run(text))
    return _known[text]


def gist_of(report: ExecutionReport) -> Gist:
    """Return all of a report that trouble on the way must not change."""
    gates = tuple((gate.verdict, gate.estimate, gate.n, gate.missing) for gate in report.gates)
    cells = tuple((cell.key, cell.state, cell.simulations) for cell in report.cells)
    return report.verdict, report.reason, gates, cells, len(report.scores)
