"""Stores that break what the launch protocol rests on, to see that the simulation notices."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from campaignd.adapters.store.comparisons import ComparisonRows
from campaignd.adapters.store.database import Database
from campaignd.adapters.store.executions import Executions
from campaignd.adapters.store.launches import Launches
from campaignd.adapters.store.results import ResultRows
from campaignd.core.execution import Execution, Launch
from campaignd.core.states import LaunchState
from campaignd.engine.records import Allowance, Intent, Refusal, Stored
from campaignd.engine.tools import Store


class LateIntents(Launches):
    """Stores the intent to launch together with its answer, instead of before the POST."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._kept: dict[str, tuple[Launch, Intent, Allowance]] = {}

    async def reserve(
        self, execution: Execution, launch: Launch, intent: Intent, allowance: Allowance
    ) -> Launch | Refusal:
        if launch.key in self._kept:
            return Refusal("on its way", for_good=False)
        self._kept[launch.key] = launch, intent, allowance
        return replace(
            launch, state=LaunchState.SENDING, sends=launch.sends + 1, quiet_from=intent.quiet_from
        )

    async def move(
        self, execution: Execution, old: Launch, new: Launch, at: datetime, reason: str = ""
    ) -> bool:
        if old.key in self._kept:
            launch, intent, allowance = self._kept.pop(old.key)
            await super().reserve(execution, launch, intent, allowance)
        return await super().move(execution, old, new, at, reason)


class Fences:
    """The first epoch of each execution that a process saw; by it, it passes for the owner."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._first: dict[str, int] = {}

    def disguise(self, stored: Stored) -> Stored:
        first = self._first.setdefault(stored.execution.id, stored.execution.epoch)
        return replace(stored, execution=replace(stored.execution, epoch=first))

    async def renew(self, execution: Execution) -> Execution:
        now = await self._executions.load(execution.id)
        return replace(execution, epoch=now.execution.epoch)


class UnfencedExecutions(Executions):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._fences = Fences(Executions(database))

    async def load(self, execution_id: str, known: Stored | None = None) -> Stored:
        return self._fences.disguise(await super().load(execution_id, known))

    async def move(self, old: Execution, new: Execution, at: datetime, reason: str = "") -> bool:
        return await super().move(await self._fences.renew(old), new, at, reason)

    async def begin(self, execution: Execution, *args: Any) -> bool:
        return await super().begin(await self._fences.renew(execution), *args)

    async def finish(self, old: Execution, *args: Any) -> bool:
        return await super().finish(await self._fences.renew(old), *args)


class UnfencedLaunches(Launches):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._fences = Fences(Executions(database))

    async def reserve(self, execution: Execution, *args: Any) -> Launch | Refusal:
        return await super().reserve(await self._fences.renew(execution), *args)

    async def move(self, execution: Execution, *args: Any) -> bool:
        return await super().move(await self._fences.renew(execution), *args)


class UnfencedResults(ResultRows):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._fences = Fences(Executions(database))

    async def save_simulations(self, execution: Execution, *args: Any) -> None:
        await super().save_simulations(await self._fences.renew(execution), *args)

    async def save_values(self, execution: Execution, *args: Any) -> None:
        await super().save_values(await self._fences.renew(execution), *args)


def without_intents(database: Database) -> Store:
    return Store(
        Executions(database), LateIntents(database), ResultRows(database), ComparisonRows(database)
    )


def without_fences(database: Database) -> Store:
    return Store(
        UnfencedExecutions(database),
        UnfencedLaunches(database),
        UnfencedResults(database),
        ComparisonRows(database),
    )
