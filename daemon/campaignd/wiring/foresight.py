"""`plan`: what a run would launch, cost and tell, with what the vendors say where a key is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.adapters.reporters.plan import Outlook
from campaignd.core.evidence import Evidence
from campaignd.core.mistakes import CampaignInvalid
from campaignd.core.plan import Plan, expand
from campaignd.engine.faults import StorageTrouble
from campaignd.sandbox import Scenario
from campaignd.settings import Settings
from campaignd.wiring.forecasting import forecast, read_past, refuse_hopeless
from campaignd.wiring.planning import BudgetExceeded, check_budget, inspect, needs_of
from campaignd.wiring.sandboxing import EMBEDDED, embedded_sandbox
from campaignd.wiring.storage import NoDatabase, open_stored
from campaignd.wiring.vendors import Needs, account_of, open_vendors


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a plan looks: settings, the environment that names the database, or a sandbox."""

    settings: Settings
    environment: Mapping[str, str]
    scenario: Scenario | None = None

    @property
    def account(self) -> str:
        return account_of(self.settings) if self.scenario is None else EMBEDDED


async def foresee(loaded: LoadedCampaign, sources: Sources) -> Outlook:
    """Plan a campaign. Raises CampaignInvalid for ids that do not exist, and RemoteUnavailable."""
    plan, notes = await _expand(loaded, sources)
    past, unread = await _read_past(loaded, sources)
    outlook = await _forecast(Outlook(loaded.campaign, plan, (*notes, *unread)), loaded, past)
    try:
        check_budget(loaded.campaign, plan)
    except BudgetExceeded as error:
        return replace(outlook, refusals=(str(error), *outlook.refusals))
    return outlook


async def _expand(loaded: LoadedCampaign, sources: Sources) -> tuple[Plan, Sequence[str]]:
    if sources.scenario is not None:
        scenario, campaign = sources.scenario, loaded.campaign
        async with embedded_sandbox(sources.settings, scenario, campaign) as local:
            return await _ask(loaded, local)
    if _has_keys(sources.settings, needs_of(loaded.campaign)):
        return await _ask(loaded, sources.settings)
    note = "no key is set: sizes are the file's own hints, and no id was checked"
    return expand(loaded.campaign), (note,)


def _has_keys(settings: Settings, needs: Needs) -> bool:
    return (settings.coval.api_key is not None or not needs.coval) and (
        settings.cotool.api_key is not None or not needs.cotool
    )


async def _ask(loaded: LoadedCampaign, settings: Settings) -> tuple[Plan, Sequence[str]]:
    async with open_vendors(settings, needs_of(loaded.campaign)) as clients:
        prepared = await inspect(loaded, clients)
    return prepared.plan, prepared.preflight.warnings


async def _read_past(
    loaded: LoadedCampaign, sources: Sources
) -> tuple[Sequence[Evidence], Sequence[str]]:
    """Read what passed before; without a database that can be read, nothing is known."""
    try:
        async with open_stored(sources.settings, sources.environment) as storage:
            return await read_past(storage, loaded.campaign, sources.account), ()
    except NoDatabase:
        return (), ()
    except StorageTrouble as trouble:
        return (), (f"past executions could not be read: {trouble}",)


async def _forecast(outlook: Outlook, loaded: LoadedCampaign, past: Sequence[Evidence]) -> Outlook:
    forecasts = await forecast(outlook.campaign, outlook.plan, past)
    told = replace(outlook, gates=forecasts.gates, basis=forecasts.basis)
    try:
        refuse_hopeless(loaded, forecasts)
    except CampaignInvalid as refused:
        return replace(told, refusals=(str(refused),))
    return told
