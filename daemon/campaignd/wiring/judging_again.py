"""`judge`: stored evidence under other gates. Nothing that is stored changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.core.campaign import Campaign
from campaignd.core.execution import Execution
from campaignd.core.gates.than import Than
from campaignd.core.gates.waivers import cases_of, waivers_on
from campaignd.core.report import ExecutionReport
from campaignd.core.states import ExecutionState
from campaignd.core.verdicts import EXIT_STATUS, Verdict
from campaignd.engine.assembly import assemble
from campaignd.engine.baselines import Baselines, Judged, notes_on
from campaignd.engine.faults import ValuesPruned
from campaignd.engine.judge import day_of, decide, judge_evidence
from campaignd.engine.records import ComparedFile, Stored
from campaignd.wiring.compared import read_files
from campaignd.wiring.reports import load_campaign_of, load_report
from campaignd.wiring.storage import Storage
from campaignd.wiring.tables import read_compared
from campaignd.wiring.tools import make_store
from campaignd.wiring.vendors import RunLinks


class NotJudged(Exception):
    """There is nothing to judge again: the execution goes on, was cancelled, or was pruned."""


@dataclass(frozen=True, slots=True)
class JudgedAgain:
    """What is stored of an execution, and the report as it would be now."""

    stored: ExecutionReport
    now: ExecutionReport


@dataclass(frozen=True, slots=True)
class OtherGates:
    """The campaign whose gates are judged, and the tables that they name."""

    campaign: Campaign
    files: Mapping[Than, ComparedFile]


def other_gates(loaded: LoadedCampaign) -> OtherGates:
    """Take the gates of a campaign file. Raises TableInvalid for tables that cannot be used."""
    return OtherGates(loaded.campaign, read_files(loaded.campaign, loaded.source))


async def judge_again(storage: Storage, execution: str, gates: OtherGates | None) -> JudgedAgain:
    """Judge an execution's evidence again, with its own gates or with others.

    Raises LookupError if there is no such execution, NotJudged.
    """
    stored = await storage.executions.load(execution)
    _refuse_unjudged(stored.execution)
    own = OtherGates(await load_campaign_of(storage, stored), {}) if gates is None else gates
    report = await load_report(storage, execution)
    measured = await storage.results.measured(stored.execution)
    links = RunLinks(stored.execution.account).of
    evidence = assemble(own.campaign, stored.launches, measured, links)
    judged = Judged(own.campaign, own.campaign.gates, stored, measured, evidence, own.files)
    day = day_of(stored.execution)
    references = await Baselines(make_store(storage), read_compared, links).gather(judged)
    found = await judge_evidence(own.campaign, evidence, references, day)
    waived = waivers_on(own.campaign.waive, day).notes(cases_of(evidence))
    verdict, reason = decide(stored.execution, found)
    changes = {
        "verdict": verdict,
        "exit_status": EXIT_STATUS[verdict],
        "reason": reason,
        "gates": tuple(found),
        "notes": tuple(dict.fromkeys((*_own_notes(stored), *notes_on(references), *waived))),
    }
    return JudgedAgain(report, report.model_copy(update=changes))


async def judge_history(
    storage: Storage, campaign: str, last: int, gates: OtherGates | None
) -> Sequence[JudgedAgain]:
    """Judge the last executions of a campaign again, oldest first, all with the same gates.

    Without other gates these are those of the newest execution. Those that go on, were cancelled
    or were pruned are left out. Empty where there is none.
    """
    summaries = await storage.history.list(campaign, last)
    found = [each.execution for each in summaries if _is_judged(each.execution)]
    if not found:
        return []
    if gates is None:
        newest = await storage.executions.load(found[0].id)
        gates = OtherGates(await load_campaign_of(storage, newest), {})
    return [await judge_again(storage, each.id, gates) for each in reversed(found)]


def _is_judged(execution: Execution) -> bool:
    over = execution.state is ExecutionState.FINISHED
    has_values = execution.pruned_at is None
    return over and has_values and execution.verdict is not Verdict.CANCELLED


def _refuse_unjudged(execution: Execution) -> None:
    if execution.state is not ExecutionState.FINISHED:
        raise NotJudged(
            f"execution {execution.id} is {execution.state.value}: there is nothing to judge again "
            "before it has a verdict"
        )
    if execution.verdict is Verdict.CANCELLED:
        raise NotJudged(f"execution {execution.id} was cancelled, and so is not judged")
    if execution.pruned_at is not None:
        raise NotJudged(str(ValuesPruned(execution.id, execution.pruned_at)))


def _own_notes(stored: Stored) -> Sequence[str]:
    """The notes that do not say what was compared with: that is said anew."""
    notes = stored.execution.notes
    return [note for note in notes if not note.startswith(("compared with ", "no baseline yet"))]
