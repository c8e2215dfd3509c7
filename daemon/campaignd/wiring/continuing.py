"""`resume` and `cancel`: executions that some process, maybe a dead one, has begun."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

import anyio

from campaignd.core.campaign import Campaign
from campaignd.core.coval import Run, RunQuery
from campaignd.core.execution import Cause
from campaignd.core.following import is_run_in
from campaignd.core.report import ExecutionReport
from campaignd.core.states import ExecutionState
from campaignd.core.ulid import is_ulid, moment_of
from campaignd.engine.faults import OwnershipLost, VendorFault
from campaignd.engine.lookup import list_since, list_tagged
from campaignd.engine.ports import CovalRuns
from campaignd.engine.records import Stored
from campaignd.sandbox import Scenario
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.planning import needs_of
from campaignd.wiring.reports import load_campaign_of, load_report
from campaignd.wiring.running import Ended
from campaignd.wiring.sandboxing import EMBEDDED, embedded_sandbox
from campaignd.wiring.session import Host, Session, open_session
from campaignd.wiring.storage import Storage, open_storage
from campaignd.wiring.vendors import Needs, account_of, open_vendors

PATIENCE_SECONDS = 60
"""How long `cancel` waits for the process that drives an execution."""


class StillDriven(Exception):
    """The execution's process is alive: nothing is to be resumed."""

    def __init__(self, execution: str) -> None:
        super().__init__(
            f"execution {execution} is driven by a living process; `campaignd show {execution}` "
            "tells how far it is, `campaignd cancel` ends it"
        )


class AnotherAccount(Exception):
    """The execution was begun on another Coval: looking for its runs here would find none."""

    def __init__(self, execution: str, begun_on: str, now_on: str) -> None:
        super().__init__(
            f"execution {execution} was begun on {begun_on}, and the settings lead to {now_on}; "
            "set CAMPAIGND_COVAL__BASE_URL and CAMPAIGND_COVAL__WORKSPACE_ID as they were then"
        )


async def find_abandoned(host: Host) -> Sequence[str]:
    """Find what `resume` can continue: without a verdict or unsettled, and nobody drives it.

    What is queued comes last: it may wait for a Cotool agent that one of the others holds.
    """
    async with open_storage(host.settings, host.environment) as storage:
        found = []
        for execution in await storage.history.unfinished():
            stored = await storage.executions.load(execution)
            if _is_driven(storage, stored):
                continue
            if stored.execution.account in {EMBEDDED, account_of(host.settings)}:
                found.append(stored.execution)
            else:
                host.observer.say(f"left alone: {execution}, begun on {stored.execution.account}")
        found.sort(key=lambda each: (each.state is ExecutionState.QUEUED, each.id))
        return [each.id for each in found]


async def resume(execution: str, host: Host, *, detach: bool) -> Ended:
    """Continue an abandoned execution to its verdict and settle what it left on Coval.

    Raises LookupError if there is none, StillDriven if its process lives.
    """
    async with open_storage(host.settings, host.environment) as storage:
        stored = await storage.executions.load(execution)
        if _is_driven(storage, stored):
            raise StillDriven(execution)
        campaign = await load_campaign_of(storage, stored)
    async with _open(host, stored, campaign) as session:
        return await _continue(session, stored, detach=detach)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What is stored of a cancelled execution; `was_over` if there was nothing left to cancel."""

    report: ExecutionReport
    was_over: bool = False


async def cancel(execution: str, host: Host) -> Cancelled:
    """Ask whoever drives an execution to stop, or stop it ourselves; LookupError if none.

    Keys are needed only if its process is gone and something is to be ended on Coval.
    """
    async with open_storage(host.settings, host.environment) as storage:
        stored = await storage.executions.load(execution)
        was_over = _is_over(stored)
        await storage.executions.ask_to_stop(execution, Cause.CANCELLED, SystemClock().now())
        if _is_driven(storage, stored):
            with anyio.move_on_after(PATIENCE_SECONDS):
                stored = await _wait_until_finished(storage, execution)
        if _is_over(stored) or _is_driven(storage, stored):
            return Cancelled(await load_report(storage, execution), was_over)
        campaign = await load_campaign_of(storage, stored)
    async with _open(host, stored, campaign) as session:
        stored = await session.storage.executions.load(execution)
        return Cancelled((await _continue(session, stored, detach=False)).report)


@dataclass(frozen=True, slots=True)
class TagCancelled:
    """What `cancel --tag` ended on Coval, and what had ended before."""

    ended: tuple[str, ...]
    over: tuple[str, ...]


async def cancel_tag(tag: str, host: Host) -> TagCancelled:
    """End every run on Coval that carries a tag and is not over; needs no database."""
    async with open_vendors(host.settings, Needs(coval=True, cotool=False)) as clients:
        coval = clients.engine.coval
        carrying = await _carrying(coval, tag.lower())
        over = [run.run_id for run in carrying if run.is_final]
        ended = [run.run_id for run in carrying if not run.is_final]
        over += await _end_all(coval, ended)
        return TagCancelled(tuple(x for x in ended if x not in over), tuple(over))


async def _carrying(coval: CovalRuns, tag: str) -> Sequence[Run]:
    """List by a tag; an execution's runs also where Coval's tag filter does not work."""
    execution = tag.removeprefix("cd-")
    if not is_ulid(execution):
        return _with_tag(tag, await coval.list_runs(RunQuery(tag=tag)))
    if tagged := _with_tag(tag, await list_tagged(coval, execution)):
        return tagged
    runs = await list_since(coval, moment_of(execution))
    return [run for run in runs if is_run_in(execution, run)]


def _with_tag(tag: str, runs: Sequence[Run]) -> Sequence[Run]:
    return [run for run in runs if tag in (run.tags or (tag,))]


async def _end_all(coval: CovalRuns, runs: Sequence[str]) -> Sequence[str]:
    """End runs; return those that had ended by themselves. One that resists saves no other."""
    over, faults = [], list[VendorFault]()
    for run_id in runs:
        try:
            # A run that ended since the list would be deleted with its results.
            if (await coval.read_run(run_id)).is_final:
                over.append(run_id)
            else:
                await coval.end_run(run_id)
        except VendorFault as fault:
            faults.append(fault)
    if faults:
        faults[0].add_note(f"{len(faults)} of {len(runs)} runs may go on: give the command again.")
        raise faults[0]
    return over


@asynccontextmanager
async def _open(host: Host, stored: Stored, campaign: Campaign) -> AsyncIterator[Session]:
    """Open a session with the vendors that the execution began with.

    An embedded sandbox ended with its command: a new one knows none of the old one's runs.
    """
    account = stored.execution.account
    async with AsyncExitStack() as stack:
        if account not in {EMBEDDED, account_of(host.settings)}:
            raise AnotherAccount(stored.execution.id, account, account_of(host.settings))
        if account == EMBEDDED:
            sandbox = embedded_sandbox(host.settings, Scenario(), campaign)
            host = replace(host, settings=await stack.enter_async_context(sandbox))
        vendors = open_vendors(host.settings, needs_of(campaign))
        clients = await stack.enter_async_context(vendors)
        yield await stack.enter_async_context(open_session(host, clients))


def _is_driven(storage: Storage, stored: Stored) -> bool:
    return storage.locks is None or storage.locks.is_alive(stored.execution.owner)


def _is_over(stored: Stored) -> bool:
    return stored.execution.state is ExecutionState.FINISHED and stored.is_settled


async def _wait_until_finished(storage: Storage, execution: str) -> Stored:
    while True:
        stored = await storage.executions.load(execution)
        if stored.execution.state is ExecutionState.FINISHED or not _is_driven(storage, stored):
            return stored
        await anyio.sleep(0.2)


async def _continue(session: Session, stored: Stored, *, detach: bool) -> Ended:
    execution = stored.execution.id
    campaign = await load_campaign_of(session.storage, stored)
    signal = None
    if not await session.take_over(stored):
        raise OwnershipLost(execution)
    if stored.execution.state is not ExecutionState.FINISHED:
        signal = await session.drive(campaign, execution, taken_over=True, detach=detach)
    if signal is None:
        signal = await session.settle(campaign, execution)
    undelivered = await session.say_farewell(execution)
    return Ended(await session.report_of(execution), signal, undelivered)
