"""A key that was refused and works again lets launches go on."""

import anyio
import httpx
from tests.engine.campaigns import write_campaign
from tests.engine.stage import Stage
from tests.engine.surroundings import Call

from campaignd.core.verdicts import Verdict
from campaignd.engine.probation import mind_key


async def test_a_halt_ends_when_coval_accepts_the_key_again(stage: Stage) -> None:
    mended_at = anyio.current_time() + 100

    def refuse(call: Call) -> httpx.Response | None:
        is_refused = anyio.current_time() < mended_at
        return httpx.Response(401, json={"message": "revoked"}) if is_refused else None

    stage.stunt = refuse
    async with stage.process() as process, anyio.create_task_group() as tasks:
        process.account.halted = "Coval answered 401"
        tasks.start_soon(mind_key, process.tools_of(stage.campaigns[""]))
        await anyio.sleep(95)
        assert process.account.halted is not None
        await anyio.sleep(50)
        assert process.account.halted is None
        execution = await stage.create(write_campaign())
        await process.drive(execution)
        tasks.cancel_scope.cancel()
    assert (await stage.report(execution)).verdict is Verdict.PASSED


async def test_without_a_halt_nothing_is_asked(stage: Stage) -> None:
    async with stage.process() as process:
        with anyio.move_on_after(300):
            await mind_key(process.tools_of(stage.campaigns[""]))
    assert stage.calls == []
