"""`run`: an execution from a file to its verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

import anyio

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.core.evidence import Evidence
from campaignd.core.gates.than import Than
from campaignd.core.report import ExecutionReport
from campaignd.engine.faults import VendorFault
from campaignd.engine.records import ComparedFile, Delivery
from campaignd.sandbox import Scenario
from campaignd.wiring.chance import SystemClock, new_ulid
from campaignd.wiring.compared import check_executions, read_files
from campaignd.wiring.composing import Origin, compose_execution
from campaignd.wiring.forecasting import forecast, read_past, refuse_hopeless
from campaignd.wiring.planning import Prepared, check_day, needs_of, prepare
from campaignd.wiring.sandboxing import EMBEDDED, embedded_sandbox
from campaignd.wiring.session import Host, Session, open_session
from campaignd.wiring.vendors import Clients, account_of, open_vendors


@dataclass(frozen=True, slots=True)
class Job:
    """What `run` was asked for. `detach`: a signal leaves the runs going.

    `force`: gates that can neither pass nor fail do not stop it. `baseline` is a table to compare
    with, in the place of an execution.
    """

    loaded: LoadedCampaign
    labels: Mapping[str, str]
    scenario: Scenario | None = None
    detach: bool = False
    keeps_evidence: bool = False
    baseline: Path | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of it; `signal` if one ended it, `undelivered` webhooks that are still to go."""

    report: ExecutionReport
    signal: Signals | None = None
    undelivered: Sequence[Delivery] = ()
    evidence: Evidence | None = None


async def run(job: Job, host: Host) -> Ended:
    """Run a campaign to its verdict.

    Before anything is launched it raises CampaignInvalid, TableInvalid, SettingsInvalid,
    BudgetExceeded, RemoteUnavailable or StorageTrouble; after that OwnershipLost or StorageTrouble.
    """
    if job.scenario is None:
        return await _run(job, host)
    async with embedded_sandbox(host.settings, job.scenario, job.loaded.campaign) as settings:
        return await _run(job, Host(settings, host.environment, host.observer))


async def _run(job: Job, host: Host) -> Ended:
    campaign = job.loaded.campaign
    compared = read_files(campaign, job.loaded.source, job.baseline)
    async with open_vendors(host.settings, needs_of(campaign)) as clients:
        prepared = await _prepare(job, clients)
        for warning in prepared.preflight.warnings:
            host.observer.say(warning)
        async with open_session(host, clients) as session, anyio.create_task_group() as tasks:
            tasks.start_soon(session.settle_leftovers)
            ended = await _execute(job, session, prepared, compared)
            tasks.cancel_scope.cancel()
        return ended


async def _prepare(job: Job, clients: Clients) -> Prepared:
    try:
        return await prepare(job.loaded, clients)
    except VendorFault as fault:
        fault.add_note("Nothing was launched.")
        raise


async def _execute(
    job: Job, session: Session, prepared: Prepared, compared: Mapping[Than, ComparedFile]
) -> Ended:
    now = SystemClock().now()
    await check_executions(job.loaded, session.storage)
    warnings = await _foresee(job, session, prepared)
    origin = Origin(
        trigger="cli",
        account=_account(job, session),
        owner=session.storage.owner,
        labels=job.labels,
        compared=compared,
        notes=(*_notes(job, prepared), *warnings),
    )
    new = compose_execution(prepared, origin, new_ulid(), now)
    spent = await session.storage.launches.simulations_since_midnight(now, new.account)
    check_day(prepared.plan, spent, session.host.settings.budget.simulations_per_day)
    await session.storage.executions.create(new)
    session.host.observer.say(f"execution {new.id} of {new.campaign}")
    signal = await session.drive(job.loaded.campaign, new.id, taken_over=False, detach=job.detach)
    undelivered = await session.say_farewell(new.id)
    report = await session.report_of(new.id)
    if not job.keeps_evidence:
        return Ended(report, signal, undelivered)
    evidence = await session.evidence_of(job.loaded.campaign, new.id)
    return Ended(report, signal, undelivered, evidence)


async def _foresee(job: Job, session: Session, prepared: Prepared) -> Sequence[str]:
    """Say which gates cannot pass at this size. Raises CampaignInvalid for those past hope."""
    campaign = job.loaded.campaign
    past = await read_past(session.storage, campaign, _account(job, session))
    forecasts = await forecast(campaign, prepared.plan, past)
    if not job.force:
        refuse_hopeless(job.loaded, forecasts)
    for warning in forecasts.warnings:
        session.host.observer.say(warning)
    return forecasts.warnings


def _account(job: Job, session: Session) -> str:
    return account_of(session.host.settings) if job.scenario is None else EMBEDDED


def _notes(job: Job, prepared: Prepared) -> Iterator[str]:
    if job.scenario is not None:
        yield "ran on the embedded sandbox: its numbers are made up"
    yield from prepared.preflight.warnings
