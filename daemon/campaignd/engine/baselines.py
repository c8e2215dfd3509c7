"""Finds and gathers what the gates of an execution are compared with."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import anyio

from campaignd.core.campaign import Campaign
from campaignd.core.evidence import Evidence
from campaignd.core.execution import Execution
from campaignd.core.gates.model import GateModel
from campaignd.core.gates.references import Needed, Reference, References, needed_references
from campaignd.core.gates.than import BASELINE, Than
from campaignd.core.states import ExecutionState
from campaignd.engine.assembly import assemble
from campaignd.engine.changes import Snapshot, name_changes, name_ids
from campaignd.engine.faults import TableInvalid, ValuesPruned
from campaignd.engine.ports import TableReader
from campaignd.engine.records import ComparedFile, Comparison, Measured, Search, Stored, Tabled
from campaignd.engine.tools import Store


@dataclass(frozen=True, slots=True)
class Judged:
    """An execution whose gates are judged, and what was measured. `files` beside the stored ones.

    `campaign` and `gates` may be others than those it ran with.
    """

    campaign: Campaign
    gates: tuple[GateModel, ...]
    stored: Stored
    measured: Measured
    evidence: Evidence
    files: Mapping[Than, ComparedFile] = field(default_factory=dict)

    @property
    def execution(self) -> Execution:
        return self.stored.execution


class _Absent(Exception):
    """Something to compare with cannot be had; the message says why."""


class Baselines:
    """Knows what executions are compared with."""

    def __init__(
        self, store: Store, read_table: TableReader, run_url: Callable[[str], str | None]
    ) -> None:
        self._store = store
        self._read_table = read_table
        self._run_url = run_url

    async def settle(self, execution: Execution, campaign: Campaign) -> None:
        """Choose the baseline once and for all, so that judging again compares with the same."""
        if needed_references(campaign.gates).baseline:
            chosen = await self._store.comparisons.chosen(execution.id)
            if BASELINE not in chosen:
                found = Comparison(await self.find(execution, campaign))
                await self._store.comparisons.choose(execution, BASELINE, found)

    async def find(self, execution: Execution, campaign: Campaign) -> str | None:
        """Find the baseline of an execution: pinned, else the last one that the rule allows.

        Those count that had finished when it began, so that the answer stays the same.
        """
        pinned = await self._store.comparisons.pinned(execution.campaign, execution.account)
        if pinned is not None and pinned != execution.id:
            return pinned
        found = await self._store.comparisons.eligible(search_for(execution, campaign), 1)
        return found[0] if found else None

    async def gather(self, judged: Judged) -> References:
        """Read everything that the gates compare with; what cannot be had is told in words."""
        needed = needed_references(judged.gates)
        chosen: Mapping[Than, Comparison] = {}
        if needed != Needed():
            chosen = await self._store.comparisons.chosen(judged.execution.id)
        files = {than: each.file for than, each in chosen.items() if each.file is not None}
        files.update(judged.files)
        tables = {
            than: await anyio.to_thread.run_sync(self._read, file, judged.campaign)
            for than, file in files.items()
        }
        baseline, no_baseline = None, ""
        others, absent = await self._others(judged, needed.others, tables)
        if needed.baseline:
            try:
                baseline = await self._baseline(judged, chosen, tables)
                no_baseline = "" if baseline is not None else _why_none(judged)
            except _Absent as why:
                absent = {**absent, BASELINE: str(why)}
        past = await self._past(judged, needed.past, tables) if needed.past else ()
        return References(baseline, no_baseline, others, absent, past)

    def _read(self, file: ComparedFile, campaign: Campaign) -> "_Table":
        try:
            return _Table(file.title, tuple(self._read_table(file, campaign)))
        except TableInvalid as error:
            return _Table(file.title, (), str(error))

    async def _baseline(
        self,
        judged: Judged,
        chosen: Mapping[Than, Comparison],
        tables: "Mapping[Than, _Table]",
    ) -> Reference | None:
        if BASELINE in tables:
            return _of_table("the baseline", tables[BASELINE], judged)
        choice = chosen.get(BASELINE)
        found = choice.execution if choice else None
        if choice is None:
            found = await self.find(judged.execution, judged.campaign)
        return None if found is None else await self._of_execution("the baseline", found, judged)

    async def _others(
        self, judged: Judged, wanted: Iterable[Than], tables: "Mapping[Than, _Table]"
    ) -> tuple[Mapping[Than, Reference], Mapping[Than, str]]:
        others: dict[Than, Reference] = {}
        absent: dict[Than, str] = {}
        for than in sorted(wanted, key=str):
            try:
                if than.source == "execution":
                    others[than] = await self._of_another(than.name.upper(), judged)
                elif than in tables:
                    others[than] = _of_table("", tables[than], judged)
                else:
                    absent[than] = f"the table {than.name} was not stored with the execution"
            except _Absent as error:
                absent[than] = str(error)
        return others, absent

    async def _of_another(self, execution: str, judged: Judged) -> Reference:
        if execution == judged.execution.id:
            raise _Absent("it is this very execution, and so never worse than itself")
        return await self._of_execution("", execution, judged)

    async def _past(
        self, judged: Judged, count: int, tables: "Mapping[Than, _Table]"
    ) -> tuple[Evidence, ...]:
        """The last eligible executions, oldest first; a table of several stands for them."""
        table = tables.get(BASELINE)
        if table is not None and len(table.executions) > 1:
            return tuple(tabled.evidence for tabled in table.executions[-count:])
        search = search_for(judged.execution, judged.campaign)
        found = await self._store.comparisons.eligible(search, count)
        past = [await self._snapshot(execution, judged.campaign) for execution in reversed(found)]
        return tuple(snapshot.evidence for snapshot in past)

    async def _of_execution(self, role: str, execution: str, judged: Judged) -> Reference:
        then = await self._snapshot(execution, judged.campaign)
        named = name_ids(judged.campaign, judged.stored.launches)
        now = Snapshot(judged.evidence, named, judged.measured.resources)
        label = f"{role}, execution {execution}" if role else f"execution {execution}"
        return Reference(label, then.evidence, name_changes(then, now))

    async def _snapshot(self, execution: str, campaign: Campaign) -> Snapshot:
        try:
            stored = await self._store.executions.load(execution)
        except LookupError:
            raise _Absent(f"there is no execution {execution} in this database") from None
        if stored.execution.state is not ExecutionState.FINISHED:
            raise _Absent(f"execution {execution} is not finished")
        if (pruned_at := stored.execution.pruned_at) is not None:
            raise _Absent(str(ValuesPruned(execution, pruned_at)))
        measured = await self._store.results.measured(stored.execution)
        evidence = assemble(campaign, stored.launches, measured, self._run_url)
        return Snapshot(evidence, name_ids(campaign, stored.launches), measured.resources)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table that was read, or why it cannot be."""

    title: str
    executions: tuple[Tabled, ...]
    trouble: str = ""


def _of_table(role: str, table: _Table, judged: Judged) -> Reference:
    if table.trouble:
        raise _Absent(table.trouble)
    last = table.executions[-1]
    changes = name_changes(Snapshot(last.evidence), Snapshot(judged.evidence))
    origin = f"{table.title} (execution {last.execution})" if last.execution else table.title
    return Reference(
        f"{role}, {origin}" if role else origin, last.evidence, (*last.notes, *changes)
    )


def search_for(execution: Execution, campaign: Campaign) -> Search:
    """Describe the executions that may serve as an execution's baseline and past."""
    began = execution.started_at or execution.created_at
    return replace(search_after(execution, campaign, began), besides=execution.id)


def search_after(execution: Execution, campaign: Campaign, began: datetime) -> Search:
    """Describe what may serve an execution that begins later, on the account of an earlier one."""
    rule = campaign.baseline
    since = began - rule.max_age if rule is not None and rule.max_age is not None else None
    return Search(
        campaign=execution.campaign,
        account=execution.account,
        until=began,
        labels={} if rule is None else dict(rule.labels),
        since=since,
    )


def describe_rule(campaign: Campaign) -> str:
    """Say in words which passed executions may serve as baseline."""
    rule = campaign.baseline
    words = f"passed execution of {campaign.name}"
    if rule is None:
        return words
    labels = ", ".join(f"{name}={value}" for name, value in rule.labels.items())
    words += f" with {labels}" if labels else ""
    return words + (f" of the last {_days(rule.max_age.total_seconds())}" if rule.max_age else "")


def _days(seconds: float) -> str:
    days, hours = seconds / 86400, seconds / 3600
    return f"{days:g} days" if days >= 1 else f"{hours:g} hours"


def _why_none(judged: Judged) -> str:
    return f"no baseline yet: there is no earlier {describe_rule(judged.campaign)}"


def notes_on(references: References) -> Iterator[str]:
    """Tell people what was compared with, and what changed since."""
    if references.no_baseline:
        yield references.no_baseline
    compared = [references.baseline, *references.others.values()]
    for reference in (each for each in compared if each is not None):
        since = f"; since then: {'; '.join(reference.notes)}" if reference.notes else ""
        yield f"compared with {reference.label}{since}"
