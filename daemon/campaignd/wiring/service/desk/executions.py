"""Executions as the API asks for them."""

from collections.abc import Sequence

from anyio import to_thread

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.adapters.reporters.comparing import Sides, comparison_data
from campaignd.core.browsing import Filter, Mark
from campaignd.core.execution import Cause
from campaignd.core.report import ExecutionReport
from campaignd.core.states import ExecutionState
from campaignd.engine.viewing import view_progress
from campaignd.web import refusals
from campaignd.web.desk import Sees
from campaignd.web.models.comparisons import Comparison
from campaignd.web.models.executions import (
    ExecutionLine,
    JudgedAgain,
    Move,
    Progress,
    StoredVerdict,
)
from campaignd.web.models.orders import JudgeBody
from campaignd.wiring import comparing
from campaignd.wiring.judging_again import NotJudged, OtherGates, judge_again
from campaignd.wiring.reports import load_report
from campaignd.wiring.service.desk import lines
from campaignd.wiring.service.desk.foreign import refuse_foreign
from campaignd.wiring.service.desk.lookout import Lookout
from campaignd.wiring.service.station import Station

JUDGED = "campaign.yaml"
"""What mistakes of a text without a file are said to be in."""


class StoredExecutions:
    """The API's `ExecutionDesk` on the database."""

    def __init__(self, station: Station, lookout: Lookout) -> None:
        self._station = station
        self._storage = station.storage
        self._lookout = lookout

    async def campaign_of(self, execution: str) -> str | None:
        return await self._storage.browsing.campaign_of(execution)

    async def list(self, wanted: Filter) -> Sequence[ExecutionLine]:
        found = await self._storage.browsing.list(wanted)
        return [lines.execution_line(each) for each in found]

    async def report(self, execution: str) -> ExecutionReport:
        return await load_report(self._storage, execution)

    async def moves(self, execution: str, after: int) -> Sequence[tuple[int, Move]]:
        found = await self._storage.browsing.events(execution, after)
        return [(number, lines.move(event)) for number, event in found]

    async def progress(self, execution: str) -> Progress:
        stored = await self._storage.executions.load(execution)
        return lines.progress(view_progress(stored, self._station.now(), None))

    async def change(self, execution: str, since: Mark | None) -> Mark:
        if since is None:
            return await self._lookout.look(execution)
        return await self._lookout.await_move(execution, since)

    async def cancel(self, execution: str) -> bool:
        stored = await self._storage.executions.load(execution)
        if stored.execution.state is ExecutionState.FINISHED:
            return False
        now = self._station.now()
        await self._storage.executions.ask_to_stop(execution, Cause.CANCELLED, now)
        return True

    async def judge(self, execution: str, gates: JudgeBody, sees: Sees) -> JudgedAgain:
        other = await self._read_gates(gates, sees)
        try:
            judged = await judge_again(self._storage, execution, other)
        except NotJudged as why:
            raise refusals.conflict("not-judged", str(why)) from None
        stored = judged.stored
        return JudgedAgain(
            stored=StoredVerdict(
                verdict=stored.verdict, exit_status=stored.exit_status, reason=stored.reason
            ),
            now=judged.now,
        )

    async def compare(self, base: str, new: str) -> Comparison:
        found = await comparing.compare(self._storage, base, new)
        sides = Sides(found.base, found.new, found.titles, found.notes)
        return Comparison.model_validate(comparison_data(sides, found.results))

    async def _read_gates(self, gates: JudgeBody, sees: Sees) -> OtherGates | None:
        if gates.campaign is None:
            return None
        inputs = dict(gates.inputs)
        loaded = await to_thread.run_sync(load_campaign_text, gates.campaign, JUDGED, inputs)
        await refuse_foreign(loaded, self._storage, sees)
        return OtherGates(loaded.campaign, {})
