"""From a cron moment to an execution, or to the reason why there is none."""

from datetime import timedelta

import anyio
import structlog

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.adapters.store.timetable import Booking
from campaignd.core.execution import Execution
from campaignd.core.mistakes import CampaignInvalid
from campaignd.engine.faults import RemoteUnavailable, StorageTrouble, TableInvalid, VendorFault
from campaignd.settings import SettingsInvalid
from campaignd.wiring.planning import BudgetExceeded
from campaignd.wiring.service.drafting import Draft, compose
from campaignd.wiring.service.station import Station

log = structlog.get_logger()

PATIENCE = timedelta(minutes=10)
"""How long a moment waits for a vendor or the database to come back."""
TRY_AGAIN = timedelta(seconds=15)
_IN_VAIN = (CampaignInvalid, TableInvalid, SettingsInvalid, BudgetExceeded, VendorFault)


class Clerk:
    """Books executions for moments."""

    def __init__(self, station: Station) -> None:
        self._station = station

    async def book(self, loaded: LoadedCampaign, booking: Booking) -> Execution | None:
        """Create the moment's execution; None if it is skipped, with the reason on record.

        What may pass is waited for. Raises StorageTrouble if the database is out of reach for long.
        """
        end = anyio.current_time() + PATIENCE.total_seconds()
        while True:
            try:
                return await self._book(loaded, booking)
            except (RemoteUnavailable, StorageTrouble) as trouble:
                is_over = anyio.current_time() >= end
                if is_over and isinstance(trouble, StorageTrouble):
                    raise
                if is_over:
                    await self.skip(booking, str(trouble))
                    return None
                log.warning("a moment waits", campaign=booking.campaign, why=str(trouble))
            except _IN_VAIN as error:
                await self.skip(booking, str(error))
                return None
            await anyio.sleep(TRY_AGAIN.total_seconds())

    async def skip(self, booking: Booking, reason: str) -> None:
        """Put on record that a moment creates nothing."""
        if await self._station.storage.timetable.skip(booking, reason, self._station.now()):
            _tell_skipped(booking, reason)

    async def _book(self, loaded: LoadedCampaign, booking: Booking) -> Execution | None:
        timetable = self._station.storage.timetable
        if await timetable.decided(booking.campaign, booking.moment):
            return None
        reason = await timetable.why_not(booking)
        if reason is not None:
            await self.skip(booking, reason)
            return None
        draft = Draft(loaded, "schedule")
        booked = await timetable.book(booking, await compose(self._station, draft))
        if isinstance(booked, str):
            _tell_skipped(booking, booked)
            return None
        if booked is not None:
            log.info("scheduled", campaign=booked.campaign, execution=booked.id)
        return booked


def _tell_skipped(booking: Booking, reason: str) -> None:
    moment = booking.moment.isoformat()
    log.warning("skipped", campaign=booking.campaign, moment=moment, why=reason)
