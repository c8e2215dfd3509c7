"""The folder of campaigns: what of it can be run, and what is wrong with the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from campaignd.adapters.campaign_files.loading import (
    LoadedCampaign,
    check_campaign_file,
    load_campaign,
)
from campaignd.adapters.campaign_files.reading import list_campaigns
from campaignd.core.mistakes import CampaignInvalid, LocatedMistake

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Folder:
    """Campaigns by name, in their last good revision, and mistakes by path.

    A file that must be given inputs is neither: it is right, and nothing here can run it.
    """

    path: Path
    campaigns: Mapping[str, LoadedCampaign] = field(default_factory=dict)
    broken: Mapping[str, str] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] = field(default_factory=dict)

    @property
    def is_readable(self) -> bool:
        return self.path.is_dir()


def stamp_folder(folder: Path) -> Mapping[str, Stamp]:
    """Return what tells that a file of the folder has changed."""
    return dict(_stamps(folder))


def read_folder(before: Folder) -> Folder:
    """Read all campaigns of a folder; what is broken, a file or all, keeps what it was before."""
    if not before.is_readable:
        return replace(before, broken={str(before.path): "this folder is gone"}, stamps={})
    stamps = stamp_folder(before.path)
    campaigns, broken = dict[str, LoadedCampaign](), dict[str, str]()
    last_good = {loaded.source: loaded for loaded in before.campaigns.values()}
    for source in stamps:
        try:
            loaded = _load(Path(source))
        except CampaignInvalid as error:
            broken[source] = str(error)
            loaded = last_good.get(source)
        if loaded is None:
            continue
        first = campaigns.setdefault(loaded.campaign.name, loaded)
        if first is not loaded:
            broken[source] = str(_twice(loaded, first.source))
    return Folder(before.path, campaigns, broken, stamps)


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


def _load(path: Path) -> LoadedCampaign | None:
    try:
        return load_campaign(path, {})
    except CampaignInvalid:
        check_campaign_file(path, {})
        return None


def _twice(loaded: LoadedCampaign, first: str) -> LocatedMistake:
    name = loaded.campaign.name
    message = f"the campaign {name!r} is in {first} already"
    return LocatedMistake(loaded.source, None, None, message, "give one of them another name")
