"""Whether the service can work."""

import anyio

from campaignd.engine.faults import StorageTrouble
from campaignd.wiring.service.station import Station

PATIENCE_SECONDS = 5


class Health:
    """The API's `HealthDesk`: the database answers. Broken campaigns are no illness."""

    def __init__(self, station: Station) -> None:
        self._station = station

    async def why_not_ready(self) -> str | None:
        try:
            with anyio.fail_after(PATIENCE_SECONDS):
                await self._station.storage.history.installation()
        except TimeoutError:
            return f"the database did not answer within {PATIENCE_SECONDS} seconds"
        except StorageTrouble as trouble:
            return str(trouble)
        return None
