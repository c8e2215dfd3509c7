"""Finds out that a refused key works again, for processes that outlive the refusal."""

from datetime import timedelta

import anyio
import structlog

from campaignd.core.coval import RunQuery
from campaignd.engine.faults import VendorFault
from campaignd.engine.tools import Tools

log = structlog.get_logger()

PROBE_EVERY = timedelta(seconds=30)


async def mind_key(tools: Tools) -> None:
    """Lift a halt of all launching once Coval answers a plain list again, for ever."""
    while True:
        await anyio.sleep(PROBE_EVERY.total_seconds())
        if tools.account.halted is not None and await _is_accepted(tools):
            log.warning("launching again", halted=tools.account.halted)
            tools.account.halted = None


async def _is_accepted(tools: Tools) -> bool:
    try:
        await tools.vendors.coval.list_runs(RunQuery(created_since=tools.clock.now()))
    except VendorFault:
        return False
    return True
