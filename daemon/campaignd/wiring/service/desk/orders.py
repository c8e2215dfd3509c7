"""Orders of executions, from the request to the crew."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import structlog
from anyio import to_thread

from campaignd.adapters.campaign_files import LoadedCampaign, load_campaign_text
from campaignd.adapters.store.ordering import GROUP
from campaignd.core.orders import KeyReused
from campaignd.engine.records import NewExecution
from campaignd.settings import SettingsInvalid
from campaignd.web import refusals
from campaignd.web.desk import Order, Placed, Submission
from campaignd.wiring.planning import BudgetExceeded
from campaignd.wiring.reports import load_report
from campaignd.wiring.service.crew import Crew
from campaignd.wiring.service.desk.foreign import refuse_foreign
from campaignd.wiring.service.drafting import Draft, compose
from campaignd.wiring.service.shelf import Shelf
from campaignd.wiring.service.station import Station

log = structlog.get_logger()

TRIGGER = "api"


class OrderBook:
    """The API's `OrderDesk`: executions are stored as this process's own, and driven by it."""

    def __init__(self, station: Station, shelf: Shelf, crew: Crew) -> None:
        self._station = station
        self._shelf = shelf
        self._crew = crew

    async def trigger(self, campaign: str, order: Order) -> Placed:
        # The files may change at the next pause.
        known = self._shelf.campaigns.get(campaign) or self._shelf.open[campaign]
        if before := await self._placed_before(order):
            return before
        loaded = await _load(known.text, known.source, order)
        if loaded.campaign.name != campaign:
            raise refusals.bad_request("body.inputs", "they change the campaign's name")
        return await self._place(Draft(loaded, TRIGGER, _labels(order), order.options), order)

    async def submit(self, submission: Submission, order: Order) -> Placed:
        if before := await self._placed_before(order):
            return before
        loaded = await _load(submission.text, submission.source, order)
        if not submission.sees(loaded.campaign.name):
            raise refusals.campaign_not_allowed(loaded.campaign.name)
        await refuse_foreign(loaded, self._station.storage, submission.sees)
        draft = Draft(loaded, TRIGGER, _labels(order), order.options, reads_files=False)
        return await self._place(draft, order)

    async def _placed_before(self, order: Order) -> Placed | None:
        if order.claim is None:
            return None
        with _refusing():
            made = await self._station.storage.ordering.made_before(order.claim)
        return None if made is None else await self._report(made, is_repeat=True)

    async def _place(self, draft: Draft, order: Order) -> Placed:
        with _refusing():
            new = await compose(self._station, draft)
            # What is stored is driven: nobody may hang up in between.
            with anyio.CancelScope(shield=True):
                made = await self._store(new, draft.loaded, order)
        return await self._report(made, is_repeat=made != new.id)

    async def _store(self, new: NewExecution, loaded: LoadedCampaign, order: Order) -> str:
        ordering = self._station.storage.ordering
        made = await ordering.create(new, order.claim, order.replace_group)
        if isinstance(made, str):
            return made
        log.info("ordered", campaign=new.campaign, execution=made.id, by=order.by)
        self._crew.drive(loaded.campaign, made)
        return made.id

    async def _report(self, execution: str, *, is_repeat: bool) -> Placed:
        return Placed(await load_report(self._station.storage, execution), is_repeat)


async def _load(text: str, source: str, order: Order) -> LoadedCampaign:
    return await to_thread.run_sync(load_campaign_text, text, source, dict(order.inputs))


def _labels(order: Order) -> dict[str, str]:
    group = {} if order.replace_group is None else {GROUP: order.replace_group}
    return {**order.labels, **group}


@contextmanager
def _refusing() -> Iterator[None]:
    """Say in the API's words why an order is refused."""
    try:
        yield
    except KeyReused:
        raise refusals.key_reused() from None
    except BudgetExceeded as why:
        raise refusals.over_budget(str(why)) from None
    except SettingsInvalid as why:
        raise refusals.vendor_refuses(str(why)) from None
