"""`deliveries`: what became of webhook messages, and sending them again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta

import anyio

from campaignd.adapters.reporters.deliveries import DeliverySummary, name_address
from campaignd.adapters.store.posted import Posted
from campaignd.core.states import DeliveryState
from campaignd.engine.outbox import Courier
from campaignd.settings import Secrets, Settings
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.storage import Storage, open_stored
from campaignd.wiring.tools import make_courier

BEGIN_WITHIN = timedelta(seconds=30)
"""How long a command begins to send what is due; the next process goes on."""
END_WITHIN = timedelta(seconds=25)
"""How long it waits for what another process is sending."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the outbox is, and with what its messages are sent."""

    settings: Settings
    environment: Mapping[str, str]


class NoSuchDelivery(Exception):
    """A delivery that the database does not have."""

    def __init__(self, wanted: str, like: Sequence[str] = ()) -> None:
        candidates = f" alone; it could be {', '.join(like)}" if like else ""
        advice = candidates or "; see `campaignd deliveries list`"
        super().__init__(f"no message {wanted or repr(wanted)}{advice}")


class AlreadyDelivered(Exception):
    """A message that its receiver has accepted."""

    def __init__(self, delivery: str) -> None:
        super().__init__(f"{delivery} is delivered: its receiver has it, and nothing was sent")


async def list_deliveries(place: Place, limit: int) -> Sequence[DeliverySummary]:
    """List what is not delivered, then the newest. Raises NoDatabase, StorageTrouble."""
    async with open_stored(place.settings, place.environment) as storage:
        return [_summary(each) for each in await storage.deliveries.survey(limit)]


async def retry_delivery(place: Place, wanted: str) -> Sequence[DeliverySummary]:
    """Send a message again, with what was held back at its address; return how each fared.

    Raises NoSuchDelivery, AlreadyDelivered, NoDatabase, StorageTrouble.
    """
    async with open_stored(place.settings, place.environment) as storage:
        found = await _find(storage, wanted)
        if found.state is DeliveryState.DELIVERED:
            raise AlreadyDelivered(found.id)
        due = await storage.deliveries.retry(found.id, SystemClock().now())
        await _courier(place, storage).deliver_due(BEGIN_WITHIN)
        return await _fates(storage, {found.id, *due})


async def retry_all(place: Place) -> Sequence[DeliverySummary]:
    """Send everything that waits, failed or is disabled; return how each fared."""
    async with open_stored(place.settings, place.environment) as storage:
        due = await storage.deliveries.retry_all(SystemClock().now())
        await _courier(place, storage).deliver_due(BEGIN_WITHIN)
        return await _fates(storage, set(due))


async def deliver_waiting(place: Place) -> None:
    """Send what is due, for commands that drive nothing meanwhile."""
    async with open_stored(place.settings, place.environment) as storage:
        await _courier(place, storage).deliver_due(BEGIN_WITHIN)


async def _find(storage: Storage, wanted: str) -> Posted:
    found = await storage.deliveries.find(wanted) if wanted else ()
    exact = [each for each in found if each.id.lower() == wanted.lower()]
    if len(exact or found) != 1:
        raise NoSuchDelivery(wanted, [each.id for each in found])
    return (exact or found)[0]


def _courier(place: Place, storage: Storage) -> Courier:
    return make_courier(place.settings, storage, Secrets(place.environment))


async def _fates(storage: Storage, ids: Collection[str]) -> Sequence[DeliverySummary]:
    """Read what came of messages, once no process is sending one of them any more."""
    with anyio.move_on_after(END_WITHIN.total_seconds()):
        # The outbox is a table: there is nothing to wait on but itself.
        while any(map(_is_sending, await storage.deliveries.look_up(ids))):  # noqa: ASYNC110
            await anyio.sleep(0.1)
    return [_summary(each) for each in await storage.deliveries.look_up(ids)]


def _is_sending(posted: Posted) -> bool:
    return posted.state is DeliveryState.SENDING


def _summary(posted: Posted) -> DeliverySummary:
    facts = asdict(posted)
    address = name_address(facts.pop("url"), facts.pop("url_secret"))
    return DeliverySummary(**{**facts, "address": address, "state": posted.state.value})
