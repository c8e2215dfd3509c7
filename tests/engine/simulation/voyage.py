"""Takes one execution through everything that a seed has in store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import anyio
import trio._core._run
from tests.engine.simulation.inspector import Broken, Inspector
from tests.engine.simulation.network import Climate, Weather
from tests.engine.simulation.story import Life, Story
from tests.engine.stage import Process, Stage
from tests.engine.surroundings import Fuse

from campaignd.core.report import ExecutionReport
from campaignd.engine.faults import OwnershipLost

LONG_AFTER = 20_000.0
"""Seconds after which everything that was on its way has arrived, and all that froze has thawed."""
LONGEST_INTERRUPT = 5.0


class Pulse(Fuse):
    """The instants of a process: it is looked at after each, and something befalls it at one."""

    def __init__(self, inspector: Inspector) -> None:
        super().__init__()
        self.epoch: int | None = None
        self._inspector = inspector
        self._left = 0
        self._near = ""
        self._befall: Callable[[], None] = lambda: None
        self._thaws_at = 0.0

    def after(self, life: Life, befall: Callable[[], None]) -> None:
        """Let something befall the process at the life's end."""
        self._left, self._near, self._befall = life.instants, life.near, befall

    def die(self) -> None:
        self.is_blown = True

    def freeze(self, seconds: float) -> None:
        """Stand still: nothing is read, sent or stored."""
        self._thaws_at = anyio.current_time() + seconds

    async def reach(self, name: str) -> None:
        if not self.is_blown and (name == "written" or name.startswith("answer")):
            self._inspector.inspect(self.epoch)
        self._left -= self._near in name
        if self._left == 0 and self._near in name:
            self._befall()
        await anyio.sleep_until(self._thaws_at)
        await super().reach(name)


@dataclass(slots=True)
class Passage:
    """One life: over when its process is dead, frozen or done."""

    is_done: bool = False
    over: anyio.Event = field(default_factory=anyio.Event)


class Voyage:
    """One execution, from its creation until nothing of it is left to be done."""

    def __init__(self, stage: Stage, story: Story, seed: int) -> None:
        trio._core._run._r.seed(seed)
        self._stage = stage
        self._story = story
        self._dice = Random(f"weather {seed}")  # noqa: S311  # a schedule, no secret
        self._weather = Weather(stage.tasks, story.climate, self._dice)
        self._copies: list[Path] = []
        self._lives = 0
        self._broken: BaseException | None = None
        stage.network = self._weather.over

    async def sail(self) -> ExecutionReport:
        """Go through it all; raises Broken, with the promise that was."""
        execution = await self._stage.create(self._story.shape.text())
        in_flight = self._stage.campaigns[execution].campaign.limits.runs_in_flight
        inspector = Inspector(self._stage, self._weather, execution, in_flight)
        self._stage.make_fuse = lambda: Pulse(inspector)
        if self._story.stopped_at is not None:
            self._stage.later(self._story.stopped_at, self._stage.stop, execution)
        for life in self._story.lives:
            if await self._live(execution, life):
                break
            await anyio.sleep(life.away)
            if life.restores:
                self._stage.restore_database(self._dice.choice(self._copies))
                inspector.start_over()
        else:
            await self._live(execution, None)
        await self._calm_down(execution)
        inspector.inspect_end()
        return await self._stage.report(execution)

    async def _live(self, execution: str, life: Life | None) -> bool:
        """Have one process until something befalls it; whether it came to the end before."""
        if life is not None and life.restores:
            self._copies.append(self._stage.copy_database(f"copy{len(self._copies)}.db"))
        passage = Passage()
        self._stage.tasks.start_soon(self._go_through, execution, life, passage)
        await passage.over.wait()
        if self._broken is not None:
            raise self._broken
        return passage.is_done

    async def _calm_down(self, execution: str) -> None:
        """Let everything arrive, and have one more process look, without any trouble."""
        self._weather.climate = Climate()
        await anyio.sleep(LONG_AFTER)
        await self._live(execution, None)

    async def _go_through(self, execution: str, life: Life | None, passage: Passage) -> None:
        try:
            async with self._stage.process() as process:
                await self._drive(process, execution, life, passage)
        except* OwnershipLost:
            pass
        except* Broken as group:
            self._broken = self._broken or first_of(group)
        passage.over.set()

    async def _drive(
        self, process: Process, execution: str, life: Life | None, passage: Passage
    ) -> None:
        pulse = process.fuse
        assert isinstance(pulse, Pulse)
        self._lives += 1
        if self._lives > 1:
            await self._stage.take_over(execution)
        pulse.epoch = (await self._stage.load(execution)).execution.epoch
        with anyio.CancelScope() as scope:
            if life is not None:
                pulse.after(life, self._fate(life, pulse, passage, scope))
            await process.drive(execution, taken_over=self._lives > 1)
        if scope.cancelled_caught:
            await _interrupt(process, execution)
            return
        await process.settle(execution)
        passage.is_done = True

    def _fate(
        self, life: Life, pulse: Pulse, passage: Passage, scope: anyio.CancelScope
    ) -> Callable[[], None]:
        def freeze() -> None:
            pulse.freeze(life.away + life.asleep)
            passage.over.set()

        return {"death": pulse.die, "freeze": freeze, "interrupt": scope.cancel}[life.end]


async def _interrupt(process: Process, execution: str) -> None:
    began = anyio.current_time()
    await process.interrupt(execution)
    took = anyio.current_time() - began
    if took > LONGEST_INTERRUPT:
        raise Broken(f"the interrupt took {took:.1f} s")


def first_of(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
