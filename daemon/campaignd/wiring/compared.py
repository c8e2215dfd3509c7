"""What the gates of a new execution will be compared with, as far as it is known before it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.adapters.campaign_files.locating import locate_mistakes
from campaignd.core.campaign import Campaign
from campaignd.core.gates import GateModel
from campaignd.core.gates.references import needed_references
from campaignd.core.gates.than import BASELINE, Than
from campaignd.core.mistakes import CampaignInvalid, LocatedMistake, Mistake
from campaignd.core.mistakes import Path as KeyPath
from campaignd.core.states import ExecutionState
from campaignd.engine.faults import TableInvalid, ValuesPruned
from campaignd.engine.records import ComparedFile
from campaignd.wiring.storage import Storage
from campaignd.wiring.tables import read_compared


def read_files(
    campaign: Campaign, source: str, baseline: Path | None = None
) -> Mapping[Than, ComparedFile]:
    """Read the tables that gates name, from the campaign's folder, and the baseline if it is one.

    Raises TableInvalid with all mistakes of the first table that cannot be used.
    """
    wanted = {
        than: Path(source).parent / than.name
        for than in needed_references(campaign.gates).others
        if than.source == "file"
    }
    if baseline is not None:
        wanted[BASELINE] = baseline
    files = {than: _read(path) for than, path in wanted.items()}
    for file in files.values():
        read_compared(file, campaign)
    return files


async def check_executions(loaded: LoadedCampaign, storage: Storage) -> None:
    """Raise CampaignInvalid if a gate compares with an execution that cannot serve."""
    mistakes = [
        Mistake((*path, "than", "execution"), why, "see `campaignd list`")
        for path, than in named_references(loaded.campaign)
        if than.source == "execution" and (why := await _complaint(storage, than.name))
    ]
    if mistakes:
        raise CampaignInvalid(locate_mistakes(loaded, mistakes))


def named_references(campaign: Campaign) -> Iterator[tuple[KeyPath, Than]]:
    """Yield what gates compare with, each with the gate's place in the file."""
    yield from _named(("gates",), campaign.gates)


def _named(path: KeyPath, gates: Iterable[GateModel]) -> Iterator[tuple[KeyPath, Than]]:
    for index, gate in enumerate(gates):
        if gate.compared_with is not None:
            yield (*path, index), gate.compared_with
        yield from _named((*path, index, gate.kind), gate.inner)


async def _complaint(storage: Storage, name: str) -> str | None:
    try:
        stored = await storage.executions.load(name.upper())
    except LookupError:
        return f"there is no execution {name} in this database"
    if stored.execution.state is not ExecutionState.FINISHED:
        return f"execution {name} is not finished"
    if (pruned_at := stored.execution.pruned_at) is not None:
        return str(ValuesPruned(stored.execution.id, pruned_at))
    return None


def _read(path: Path) -> ComparedFile:
    try:
        return ComparedFile(str(path), path.read_bytes())
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise TableInvalid([LocatedMistake(str(path), None, None, message)]) from error
