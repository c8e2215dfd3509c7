"""The engine's tools, from settings and opened adapters."""

from campaignd.adapters.webhooks.announcer import WebhookAnnouncer
from campaignd.adapters.webhooks.postman import WebhookPostman
from campaignd.adapters.webhooks.sender import WebhookSender
from campaignd.core.campaign import Campaign
from campaignd.core.execution import Patience
from campaignd.engine.outbox import Courier
from campaignd.engine.tools import Bounds, Pace, Store, Tools
from campaignd.settings import Secrets, Settings
from campaignd.wiring.chance import SystemClock, chance
from campaignd.wiring.storage import Storage
from campaignd.wiring.vendors import Clients


def make_tools(settings: Settings, storage: Storage, clients: Clients, campaign: Campaign) -> Tools:
    """Gather everything that executions of a campaign are driven with."""
    clock = SystemClock()
    return Tools(
        store=Store(storage.executions, storage.launches, storage.results),
        vendors=clients.engine,
        clock=clock,
        chance=chance,
        installation=storage.installation,
        announcer=WebhookAnnouncer(campaign.report.webhooks, clock),
        rivals=storage.rivals,
        patience=Patience(
            grace=settings.launch.reconcile_grace, values_wait=settings.collect.values_wait
        ),
        pace=Pace(settings.poll.min_interval, settings.poll.max_interval),
        bounds=Bounds(
            runs_in_flight=settings.coval.runs_in_flight,
            simulations_per_day=settings.budget.simulations_per_day,
            request_deadline=settings.coval.timeout,
        ),
    )


def make_courier(settings: Settings, storage: Storage, secrets: Secrets) -> Courier:
    """Gather what delivers webhooks."""
    sender = WebhookSender(allow_private=settings.webhooks.allow_private)
    postman = WebhookPostman(
        sender, secrets.find, SystemClock(), chance, max_age=settings.webhooks.max_age
    )
    return Courier(storage.deliveries, postman, SystemClock())
