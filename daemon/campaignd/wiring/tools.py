"""The engine's tools, from settings and opened adapters."""

from dataclasses import replace

from pydantic import SecretStr

from campaignd.adapters.webhooks.announcer import WebhookAnnouncer
from campaignd.adapters.webhooks.postman import FindSecret, SecretUnreadable, WebhookPostman
from campaignd.adapters.webhooks.sender import WebhookSender
from campaignd.core.campaign import Campaign
from campaignd.core.execution import Patience
from campaignd.engine.outbox import Courier
from campaignd.engine.tools import Bounds, Pace, Store, Tools
from campaignd.settings import Secrets, Settings, SettingsInvalid
from campaignd.wiring.chance import SystemClock, chance
from campaignd.wiring.storage import Storage
from campaignd.wiring.tables import read_compared
from campaignd.wiring.vendors import Clients


def make_tools(settings: Settings, storage: Storage, clients: Clients, campaign: Campaign) -> Tools:
    """Gather everything that executions of a campaign are driven with."""
    return announcing(campaign, make_shared_tools(settings, storage, clients))


def announcing(campaign: Campaign, tools: Tools) -> Tools:
    """Return the tools for a campaign: only its webhooks are its own, all else is shared."""
    return replace(tools, announcer=WebhookAnnouncer(campaign.report.webhooks, tools.clock))


def make_shared_tools(settings: Settings, storage: Storage, clients: Clients) -> Tools:
    """Gather what executions of all campaigns are driven with; they announce nothing yet."""
    clock = SystemClock()
    return Tools(
        store=make_store(storage),
        vendors=clients.engine,
        clock=clock,
        chance=chance,
        installation=storage.installation,
        announcer=WebhookAnnouncer((), clock),
        rivals=storage.rivals,
        read_table=read_compared,
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


def make_store(storage: Storage) -> Store:
    """Hand the engine the faces of the database that it needs."""
    return Store(storage.executions, storage.launches, storage.results, storage.comparisons)


def make_courier(settings: Settings, storage: Storage, secrets: Secrets) -> Courier:
    """Gather what delivers webhooks."""
    sender = WebhookSender(allow_private=settings.webhooks.allow_private)
    postman = WebhookPostman(
        sender, _finder(secrets), SystemClock(), chance, max_age=settings.webhooks.max_age
    )
    return Courier(storage.deliveries, postman, SystemClock())


def _finder(secrets: Secrets) -> FindSecret:
    def find(name: str) -> SecretStr | None:
        try:
            return secrets.find(name)
        except SettingsInvalid as error:
            raise SecretUnreadable(str(error)) from error

    return find
