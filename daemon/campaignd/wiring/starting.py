"""`init`: from what the vendors list to a starter file on disk."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.adapters.cotool.client import CotoolClient
from campaignd.adapters.coval.catalogue import CatalogueClient
from campaignd.adapters.starter import (
    Facts,
    Placement,
    StarterRefused,
    Wanted,
    compose,
    list_testable,
    name_campaign,
    refuse_existing,
    survey,
    write_text,
)
from campaignd.core.coval import Resource
from campaignd.engine.faults import KeyRefused
from campaignd.sandbox import Scenario
from campaignd.settings import Settings, SettingsInvalid
from campaignd.wiring.sandboxing import embedded_sandbox
from campaignd.wiring.vendors import Needs, open_vendors

__all__ = [
    "Order",
    "StarterRefused",
    "Wanted",
    "Written",
    "check_place",
    "list_agents",
    "write_starter",
]

_SCHEMAS = ("campaign.schema.json", "../docs/campaign.schema.json")
"""Where a schema is looked for, from the file's folder."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to write and where: `file` None is named after the agent, in the campaigns folder.

    `scenario` is that of an embedded sandbox, None for the vendors themselves.
    """

    wanted: Wanted
    file: Path | None = None
    over: bool = False
    scenario: Scenario | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The file that was written, and what it was written from."""

    path: Path
    facts: Facts


def check_place(order: Order) -> None:
    """Raise StarterRefused if the order's file is there already and is to stay."""
    if order.file is not None and not order.over:
        refuse_existing(order.file)


async def list_agents(settings: Settings, scenario: Scenario | None) -> Sequence[Resource]:
    """List the agents that a starter file may be about."""
    async with _open(settings, scenario) as (coval, _):
        return await list_testable(coval)


async def write_starter(settings: Settings, order: Order) -> Written:
    """Write a starter file that loads. Nothing is written over unless the order says so.

    Raises StarterRefused where the file is there already or what is wanted is not, SettingsInvalid
    for a key that is missing or refused, VendorFault where a vendor is out of reach.
    """
    async with _open(settings, order.scenario) as (coval, cotool):
        facts = await survey(coval, cotool, order.wanted)
    path = order.file or settings.campaigns_dir / f"{name_campaign(facts.agent.name)}.yaml"
    schema = next((each for each in _SCHEMAS if (path.parent / each).is_file()), None)
    placement = Placement(str(path), schema, order.scenario is not None)
    text = compose(facts, name_campaign(path.stem), placement)
    load_campaign_text(text, str(path), {})
    write_text(path, text, over=order.over)
    return Written(path, facts)


@asynccontextmanager
async def _open(
    settings: Settings, scenario: Scenario | None
) -> AsyncIterator[tuple[CatalogueClient, CotoolClient | None]]:
    """Open Coval, and Cotool where there is a key for it; in a sandbox there is."""
    async with AsyncExitStack() as stack:
        if scenario is not None:
            settings = await stack.enter_async_context(embedded_sandbox(settings, scenario, None))
        key = settings.cotool.api_key
        needs = Needs(cotool=key is not None and bool(key.get_secret_value().strip()))
        clients = await stack.enter_async_context(open_vendors(settings, needs))
        try:
            yield clients.catalogue, clients.cotool if needs.cotool else None
        except KeyRefused as fault:
            raise SettingsInvalid(f"{fault}; check CAMPAIGND_COVAL__API_KEY") from fault
