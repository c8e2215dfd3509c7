"""Coval: key and clock, whether its tag filter finds our runs, and runs that nobody follows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from campaignd.adapters.coval.runs import RunsClient
from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.vendor import VendorHttp
from campaignd.adapters.reporters.checkup import Check, Finding, Level
from campaignd.adapters.reporters.notation import sized
from campaignd.adapters.store.history import CollectedRun
from campaignd.core.coval import Run, RunQuery, RunStatus
from campaignd.core.execution import installation_tag, tag_of
from campaignd.core.ulid import LENGTH, is_ulid
from campaignd.engine.faults import NotFound, RemoteRejected, StorageTrouble, VendorFault
from campaignd.engine.ports import CovalRuns
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.doctor.patient import Patient
from campaignd.wiring.doctor.records import Records
from campaignd.wiring.doctor.vendors import ask, judge, miss_key
from campaignd.wiring.sandboxing import EMBEDDED

ORPHANS_SINCE = timedelta(days=30)
_RECENT = 1000
"""How many collected runs are gone through for one that was not on an embedded sandbox."""


async def check_coval(
    account: VendorAccount, records: Records | None, patient: Patient
) -> list[Finding]:
    """List the runs of this moment, then look for ours if the database tells which they are."""
    if not account.headers:
        return [miss_key(account, "nothing can be launched"), *_cannot_tell("without a key")]
    async with VendorHttp(account) as http:
        runs = RunsClient(http.urgent)
        now = SystemClock().now()
        reply = await ask(http.urgent, lambda: runs.list_runs(RunQuery(created_since=now)))
        findings = judge(account, reply)
        if reply.fault is not None:
            return [*findings, *_cannot_tell("before Coval answers")]
        if records is None:
            return [*findings, *_cannot_tell("without a usable database")]
        return [*findings, *await _Search(runs, records, patient).findings()]


def _cannot_tell(why: str) -> list[Finding]:
    checks = (Check.TAG_FILTER, Check.ORPHANS)
    return [Finding(check, Level.UNKNOWN, f"cannot tell {why}") for check in checks]


@dataclass(frozen=True, slots=True)
class _Search:
    """Searches Coval for runs of this installation."""

    runs: CovalRuns
    records: Records
    patient: Patient

    async def findings(self) -> list[Finding]:
        """Tell of the tag filter and of orphans; what cannot be read is not told."""
        try:
            tags = await self._check_tags()
        except (VendorFault, StorageTrouble) as error:
            return _cannot_tell(f"this time: {error}")
        if tags.level is Level.WARNING:
            why = "cannot tell: the tag filter does not find this installation's runs"
            return [tags, Finding(Check.ORPHANS, Level.UNKNOWN, why)]
        try:
            return [tags, *await self._check_orphans()]
        except (VendorFault, StorageTrouble) as error:
            return [tags, Finding(Check.ORPHANS, Level.UNKNOWN, f"cannot tell this time: {error}")]

    async def _check_tags(self) -> Finding:
        collected = await self.records.history.collected(_RECENT)
        on_coval = [run for run in collected if run.account != EMBEDDED]
        if not on_coval:
            why = "cannot tell yet: no run was collected so far"
            return Finding(Check.TAG_FILTER, Level.UNKNOWN, why)
        return await self._look_for(on_coval[0])

    async def _look_for(self, known: CollectedRun) -> Finding:
        tag = tag_of(known.execution)
        try:
            found = await self.runs.list_runs(RunQuery(tag=tag))
        except RemoteRejected as fault:
            return _distrust(f"Coval refuses the tag filter: {fault.message}")
        if known.run_id in {run.run_id for run in found}:
            return Finding(Check.TAG_FILTER, Level.OK, f"run {known.run_id} is found by its tag")
        try:
            run = await self.runs.read_run(known.run_id)
        except NotFound:
            run = None
        if run is None or run.status is RunStatus.DELETED:
            why = f"cannot tell: run {known.run_id}, the last one collected, is gone from Coval"
            return Finding(Check.TAG_FILTER, Level.UNKNOWN, why)
        return _distrust(f"run {known.run_id} is on Coval, but its tag {tag} does not find it")

    async def _check_orphans(self) -> list[Finding]:
        candidates = await self._going()
        # Read after the list: what was launched in between is known by now.
        known = await self.records.history.known_runs([run.run_id for run in candidates])
        followed = frozenset(await self.records.history.unfinished())
        by_execution: dict[str | None, list[Run]] = defaultdict(list)
        for run in candidates:
            if run.run_id not in known:
                by_execution[await self._execution_of(run)].append(run)
        orphans = {key: runs for key, runs in by_execution.items() if key not in followed}
        if not orphans:
            since = f"the last {ORPHANS_SINCE.days} days"
            words = f"every run of this installation in {since} is over or known"
            return [Finding(Check.ORPHANS, Level.OK, words)]
        return [await self._accuse(execution, runs) for execution, runs in orphans.items()]

    async def _going(self) -> Sequence[Run]:
        installation = await self.records.history.installation()
        if installation is None:
            return []
        since = SystemClock().now() + self.runs.clock_skew() - ORPHANS_SINCE
        query = RunQuery(tag=installation_tag(installation), created_since=since)
        return [run for run in await self.runs.list_runs(query) if not run.is_final]

    async def _execution_of(self, run: Run) -> str | None:
        """Find the execution that a run belongs to; list items may not tell."""
        return execution_of(run) or execution_of(await self.runs.read_run(run.run_id))

    async def _accuse(self, execution: str | None, runs: Sequence[Run]) -> Finding:
        going = f"{sized(len(runs), 'run')} on Coval ({_listed(runs)})"
        if execution is None:
            words = f"{going} with this installation's tag, and nothing tells of which execution"
            return Finding(Check.ORPHANS, Level.PROBLEM, words, "Look at them on Coval.")
        is_ours = execution in await self.records.history.find(execution)
        whose = "which is settled" if is_ours else "which this database does not know"
        return Finding(
            Check.ORPHANS,
            Level.PROBLEM,
            f"{going} of execution {execution}, {whose}: paid for, and followed by nobody",
            "Unless another copy of this database drives it, end what is left of it:",
            (self.patient.command("cancel", "--tag", tag_of(execution)),),
        )


def execution_of(run: Run) -> str | None:
    """Read the execution from a run's tags, else from its launch key; None if neither tells."""
    key = run.launch_key or (run.display_name or "").split(" ")[-1]
    names = [tag.removeprefix("cd-") for tag in run.tags or () if tag.startswith("cd-")]
    return next((name.upper() for name in [*names, key[:LENGTH]] if is_ulid(name)), None)


def _distrust(message: str) -> Finding:
    return Finding(
        Check.TAG_FILTER,
        Level.WARNING,
        message,
        "campaignd lists runs by agent and creation time instead, at the cost of more requests.",
    )


def _listed(runs: Iterable[Run]) -> str:
    return ", ".join(run.run_id for run in runs)
