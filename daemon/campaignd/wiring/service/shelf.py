"""The campaigns of the service, read again when their files change or somebody asks."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import anyio
import structlog
from anyio import to_thread

from campaignd.adapters.campaign_files import LoadedCampaign, OpenCampaign
from campaignd.adapters.campaign_files.folder import (
    Folder,
    read_folder,
    recall_folder,
    stamp_folder,
)
from campaignd.adapters.store.last_good import LastGood
from campaignd.engine.faults import StorageTrouble
from campaignd.settings import Settings, SettingsInvalid

log = structlog.get_logger()

LOOK_EVERY = timedelta(seconds=2)


class Shelf:
    """Campaigns by name, each in its last good revision; `broken` are mistakes by path."""

    def __init__(self, folder: Folder, last_good: LastGood) -> None:
        self._folder = folder
        self._last_good = last_good
        self._kept: Mapping[str, str] = {}
        self._asked = anyio.Event()
        self._tell: Callable[[], None] = lambda: None

    @property
    def campaigns(self) -> Mapping[str, LoadedCampaign]:
        return self._folder.campaigns

    @property
    def open(self) -> Mapping[str, OpenCampaign]:
        """Campaigns that run only with inputs that somebody gives them."""
        return self._folder.open

    @property
    def broken(self) -> Mapping[str, str]:
        return self._folder.broken

    def when_changed(self, tell: Callable[[], None]) -> None:
        """Have somebody told after each reading."""
        self._tell = tell

    def ask(self) -> None:
        """Have all files read again, changed or not."""
        self._asked.set()

    async def follow(self, reread: Callable[[], None]) -> None:
        """Read what changed, for ever; `reread` is told after a reading that was asked for."""
        seen = self._folder.stamps
        while True:
            asked, seen_before = await self._pause(), seen
            seen = await to_thread.run_sync(stamp_folder, self._folder.path)
            # A file that is being written is read once it rests.
            if asked or (seen == seen_before and seen != self._folder.stamps):
                await self._read()
            if asked:
                reread()

    async def _pause(self) -> bool:
        with anyio.move_on_after(LOOK_EVERY.total_seconds() / 2):
            await self._asked.wait()
        asked = self._asked.is_set()
        self._asked = anyio.Event()
        return asked

    async def keep(self) -> None:
        """Keep what is good, so that a file that breaks is not lost with the process."""
        texts = {each.source: each.text for each in self._folder.good}
        if texts == self._kept:
            return
        try:
            await self._last_good.keep(str(self._folder.path), texts)
        except StorageTrouble as trouble:
            log.warning("campaigns cannot be kept", why=str(trouble))
        else:
            self._kept = texts

    async def _read(self) -> None:
        before, self._folder = self._folder, await to_thread.run_sync(read_folder, self._folder)
        _tell_difference(before, self._folder)
        self._tell()
        await self.keep()


async def open_shelf(settings: Settings, last_good: LastGood) -> Shelf:
    """Read the campaigns folder, recall what broken files held, and log what there is.

    Raises SettingsInvalid, StorageTrouble.
    """
    folder = await recall_campaigns(settings, last_good)
    _tell_difference(Folder(folder.path), folder)
    shelf = Shelf(folder, last_good)
    await shelf.keep()
    return shelf


async def recall_campaigns(settings: Settings, last_good: LastGood) -> Folder:
    """Read the campaigns folder, and what its broken files last held.

    Raises SettingsInvalid, StorageTrouble.
    """
    folder = await read_campaigns(settings)
    if not folder.broken:
        return folder
    texts = await last_good.read(str(folder.path))
    # Of a folder that cannot be read no file is known to be gone.
    is_whole = str(folder.path) in folder.broken
    held = {source: texts[source] for source in texts if is_whole or source in folder.broken}
    return await to_thread.run_sync(_read_after, folder.path, held)


def _read_after(path: Path, texts: Mapping[str, str]) -> Folder:
    return read_folder(recall_folder(path, texts))


async def read_campaigns(settings: Settings) -> Folder:
    """Read the campaigns folder. Raises SettingsInvalid if there is none."""
    if not settings.campaigns_dir.is_dir():
        raise SettingsInvalid(
            f"CAMPAIGND_CAMPAIGNS_DIR: there is no folder {settings.campaigns_dir}; make it, or "
            "name the one with your campaign files"
        )
    return await to_thread.run_sync(read_folder, Folder(settings.campaigns_dir))


def _tell_difference(before: Folder, after: Folder) -> None:
    for name, loaded in after.campaigns.items():
        old = before.campaigns.get(name)
        if old is None or old.revision != loaded.revision:
            log.info("campaign loaded", campaign=name, source=loaded.source)
    for name in after.open.keys() - before.open.keys():
        needs = ", ".join(after.open[name].needs)
        log.info("campaign loaded", campaign=name, source=after.open[name].source, needs=needs)
    for name in {x.name for x in before.good} - {x.name for x in after.good}:
        log.info("campaign gone", campaign=name)
    for source, mistakes in after.broken.items():
        if before.broken.get(source) != mistakes:
            held = any(each.source.startswith(source) for each in after.good)
            kept = "its last good revision stays in force" if held else "it is not in force"
            log.error("campaign broken", source=source, kept=kept, why=mistakes)
