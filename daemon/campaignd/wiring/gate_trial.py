"""`gate try`: a campaign's gates on a table, offline."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.adapters.reporters.judging import TrialOutcome
from campaignd.core.campaign import Campaign
from campaignd.core.evidence import BASE, Evidence
from campaignd.core.gates.references import Reference, References, needed_references
from campaignd.core.gates.than import BASELINE, Than
from campaignd.core.gates.waivers import cases_of, waivers_on
from campaignd.core.mistakes import LocatedMistake
from campaignd.core.verdicts import judge_execution
from campaignd.engine.baselines import notes_on
from campaignd.engine.changes import Snapshot, name_changes
from campaignd.engine.faults import TableInvalid
from campaignd.engine.judge import judge_evidence
from campaignd.engine.records import ComparedFile, Tabled
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.compared import read_files
from campaignd.wiring.tables import read_compared, read_data


async def try_gates(loaded: LoadedCampaign, data: Path, baseline: Path | None) -> TrialOutcome:
    """Judge the campaign's gates on a table. Raises TableInvalid for tables that cannot be used."""
    campaign = loaded.campaign
    files = read_files(campaign, loaded.source, baseline)
    evidence = _read_one(data, campaign)
    tables = {than: read_compared(file, campaign) for than, file in files.items()}
    references = _references(campaign, evidence, files, tables)
    today = SystemClock().now().date()
    gates = await judge_evidence(campaign, evidence, references, today)
    verdict, reason = judge_execution(gates)
    waived = waivers_on(campaign.waive, today).notes(cases_of(evidence))
    notes = (*_strangers(campaign, evidence), *notes_on(references), *waived)
    return TrialOutcome(campaign.name, verdict, reason, tuple(gates), notes)


def _read_one(path: Path, campaign: Campaign) -> Evidence:
    try:
        with path.open("rb") as file:
            executions = read_data(file, str(path), campaign)
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror}") from error
    if len(executions) > 1:
        found = f"holds {len(executions)} executions, and gates judge one"
        raise _unusable(path, found, "leave the rows of one; as --baseline all of them serve")
    return executions[0].evidence


def _strangers(campaign: Campaign, evidence: Evidence) -> Iterator[str]:
    """Say what the table has that the campaign does not declare: a typo, or another campaign's."""
    mutations = {name for listed in campaign.mutations.values() for name in listed}
    cells = evidence.cells
    found = {
        "agent": ({c.agent for c in cells} | {s.agent for s in evidence.scores}, campaign.agents),
        "persona": ({c.persona for c in cells}, campaign.personas),
        "test set": ({c.test_set for c in cells}, campaign.test_sets),
        "variant": ({v for c in cells for v in c.variants}, {BASE, *mutations}),
    }
    for what, (names, declared) in found.items():
        for name in sorted(names - set(declared)):
            yield f"the campaign declares no {what} {name}, and the table has it: it counts here"


def _unusable(path: Path, message: str, hint: str | None = None) -> TableInvalid:
    return TableInvalid([LocatedMistake(str(path), None, None, message, hint)])


def _references(
    campaign: Campaign,
    evidence: Evidence,
    files: Mapping[Than, ComparedFile],
    tables: Mapping[Than, Sequence[Tabled]],
) -> References:
    known = {
        than: _reference("the baseline, " if than == BASELINE else "", files[than], table, evidence)
        for than, table in tables.items()
    }
    needed = needed_references(campaign.gates)
    absent = {
        than: f"offline there is no {than}: export it and write {{file: …}}"
        for than in needed.others
        if than not in known
    }
    lacks = needed.baseline and BASELINE not in known
    past = [tabled.evidence for tabled in tables.get(BASELINE, ())]
    return References(
        baseline=known.pop(BASELINE, None),
        no_baseline="no baseline yet: none was given with --baseline" if lacks else "",
        others=known,
        absent=absent,
        past=tuple(past[-needed.past :]) if needed.past else (),
    )


def _reference(
    role: str, file: ComparedFile, table: Sequence[Tabled], evidence: Evidence
) -> Reference:
    last = table[-1]
    changes = name_changes(Snapshot(last.evidence), Snapshot(evidence))
    return Reference(f"{role}{file.title}", last.evidence, (*last.notes, *changes))
