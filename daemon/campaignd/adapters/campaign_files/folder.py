"""The folder of campaigns: what of it can be run, and what is wrong with the rest."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from campaignd.adapters.campaign_files.loading import (
    LoadedCampaign,
    OpenCampaign,
    load_campaign_text,
    load_open_campaign,
)
from campaignd.adapters.campaign_files.reading import list_campaigns, read_text
from campaignd.core.mistakes import CampaignInvalid, LocatedMistake

log = structlog.get_logger()

Stamp = tuple[int, int, int]
Runnable = LoadedCampaign | OpenCampaign


@dataclass(frozen=True, slots=True)
class Folder:
    """Campaigns by name, in their last good revision, and mistakes by path.

    `open` are files that must be given inputs: they are right, and nothing here runs them unasked.
    """

    path: Path
    campaigns: Mapping[str, LoadedCampaign] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    open: Mapping[str, OpenCampaign] = field(default_factory=dict)

    @property
    def good(self) -> Iterator[Runnable]:
        yield from self.campaigns.values()
        yield from self.open.values()


def stamp_folder(folder: Path) -> Mapping[str, Stamp]:
    """Return what tells that a file of the folder has changed; nothing if it cannot be read."""
    with suppress(OSError):
        return dict(_stamps(folder))
    return {}


def read_folder(before: Folder) -> Folder:
    """Read all campaigns of a folder; what is broken, a file or all, keeps what it was before."""
    try:
        stamps = dict(_stamps(before.path))
    except OSError as error:
        why = f"this folder cannot be read: {error.strerror}"
        return replace(before, broken={str(before.path): why}, stamps={})
    good, broken = dict[str, Runnable](), dict[str, str]()
    last_good = {each.source: each for each in before.good}
    for source in stamps:
        try:
            found = _load(Path(source))
        except CampaignInvalid as error:
            broken[source] = str(error)
            found = last_good.get(source)
        if found is None:
            continue
        first = good.setdefault(found.name, found)
        if first is not found:
            broken[source] = str(_twice(found, first.source))
    return replace(_shelve(before.path, good.values()), broken=broken, stamps=stamps)


def recall_folder(folder: Path, texts: Mapping[str, str]) -> Folder:
    """Make of texts, by source, the folder that had them; what is no campaign any more is not."""
    found = list[Runnable]()
    for source, text in texts.items():
        with suppress(CampaignInvalid):
            found += filter(None, [_load_runnable(text, source)])
    return _shelve(folder, found)


def _shelve(folder: Path, good: Iterable[Runnable]) -> Folder:
    every = list(good)
    return Folder(
        folder,
        campaigns={each.name: each for each in every if isinstance(each, LoadedCampaign)},
        open={each.name: each for each in every if isinstance(each, OpenCampaign)},
    )


def _stamps(folder: Path) -> Iterator[tuple[str, Stamp]]:
    # Editors keep locks and drafts in hidden files.
    for name in (name for name in list_campaigns(folder) if not name.startswith(".")):
        path = folder / name
        try:
            status = path.stat()
        except OSError:
            yield str(path), (0, 0, 0)
        else:
            yield str(path), (status.st_mtime_ns, status.st_size, status.st_ino)


def _load(path: Path) -> Runnable | None:
    """Load one file, which may not keep the others from being read, whatever is in it."""
    try:
        return _load_runnable(read_text(path), str(path))
    except CampaignInvalid:
        raise
    except Exception as bug:
        log.exception("campaignd failed", source=str(path))
        message = f"campaignd itself failed: {type(bug).__name__}: {bug}"
        raise CampaignInvalid([LocatedMistake(str(path), None, None, message)]) from bug


def _load_runnable(text: str, source: str) -> Runnable | None:
    try:
        return load_campaign_text(text, source, {})
    except CampaignInvalid:
        return load_open_campaign(text, source)


def _twice(second: Runnable, first: str) -> LocatedMistake:
    message = f"the campaign {second.name!r} is in {first} already"
    return LocatedMistake(second.source, None, None, message, "give one of them another name")
