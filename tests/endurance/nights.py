"""What happens in a night: schedules fire, files change, people cancel, and all comes to rest."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import anyio
from tests.endurance.fast_service import FastService

from campaignd.core.execution import Cause

BROKEN = "version: 1\nname: plain\nagnets: {}\n"
LONGEST = timedelta(hours=1)


class Nights:
    """Nights of a service with these campaigns, which have so many moments each."""

    def __init__(self, folder: Path, texts: Mapping[str, str], moments: int) -> None:
        self._folder = folder
        self._texts = texts
        self._moments = moments
        self._count = 0
        self._write_files()

    async def pass_one(self, service: FastService) -> None:
        """Go through one night, until nothing is left to do."""
        self._count += 1
        self._change_files()
        await anyio.sleep(185)
        await _cancel_one(service)
        await anyio.sleep(120 * self._moments)
        await service.come_to_rest(LONGEST)

    def _write_files(self) -> None:
        self._folder.mkdir(exist_ok=True)
        for name, text in self._texts.items():
            (self._folder / f"{name}.yaml").write_text(text)

    def _change_files(self) -> None:
        """Break a file every second night, and have a new campaign every third."""
        self._write_files()
        if self._count % 2:
            (self._folder / "plain.yaml").write_text(BROKEN)
        visitor = self._folder / "visitor.yaml"
        visitor.unlink(missing_ok=True)
        if self._count % 3 == 0:
            visitor.write_text(self._texts["plain"].replace('"plain"', f'"visitor-{self._count}"'))


async def _cancel_one(service: FastService) -> None:
    for execution in (await service.storage.history.unfinished())[-1:]:
        now = service.clock.now()
        await service.storage.executions.ask_to_stop(execution, Cause.CANCELLED, now)
