"""Webhook messages as the API asks for them."""

from collections.abc import Sequence

from campaignd.core.states import DeliveryState
from campaignd.web import refusals
from campaignd.web.desk import Sees
from campaignd.web.models.deliveries import DeliveryLine
from campaignd.wiring.deliveries import AlreadyDelivered
from campaignd.wiring.service.desk import lines
from campaignd.wiring.service.station import Station


class StoredDeliveries:
    """The API's `DeliveryDesk` on the database; the service's courier sends what becomes due."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._storage = station.storage

    async def list(self, sees: Sees, limit: int) -> Sequence[DeliveryLine]:
        seen = [each for each in await self._storage.history.campaigns() if sees(each)]
        found = await self._storage.deliveries.survey(limit, seen)
        return [lines.delivery_line(each) for each in found]

    async def find(self, delivery: str) -> DeliveryLine | None:
        found = await self._storage.deliveries.look_up([delivery])
        return lines.delivery_line(found[0]) if found else None

    async def retry(self, delivery: str) -> Sequence[DeliveryLine]:
        (found,) = await self._storage.deliveries.look_up([delivery])
        if found.state is DeliveryState.DELIVERED:
            raise refusals.conflict("already-delivered", str(AlreadyDelivered(delivery)))
        due = await self._storage.deliveries.retry(delivery, self._station.now())
        posted = await self._storage.deliveries.look_up({delivery, *due})
        return [lines.delivery_line(each) for each in posted]
