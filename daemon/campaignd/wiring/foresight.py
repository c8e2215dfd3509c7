"""`plan`: what a run would launch and cost, with what the vendors say where a key is at hand."""

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.adapters.reporters.plan import Outlook
from campaignd.core.plan import Plan, expand
from campaignd.sandbox import Scenario
from campaignd.settings import Settings
from campaignd.wiring.planning import BudgetExceeded, Prepared, check_budget, inspect, needs_of
from campaignd.wiring.sandboxing import embedded_sandbox
from campaignd.wiring.vendors import Needs, open_vendors


async def foresee(loaded: LoadedCampaign, settings: Settings, scenario: Scenario | None) -> Outlook:
    """Plan a campaign. Raises CampaignInvalid for ids that do not exist, and RemoteUnavailable."""
    if scenario is not None:
        async with embedded_sandbox(settings, scenario, loaded.campaign) as local:
            return await _ask(loaded, local)
    if _has_keys(settings, needs_of(loaded.campaign)):
        return await _ask(loaded, settings)
    note = "no key is set: sizes are the file's own hints, and no id was checked"
    return _outlook(loaded, expand(loaded.campaign), (note,))


def _has_keys(settings: Settings, needs: Needs) -> bool:
    return (settings.coval.api_key is not None or not needs.coval) and (
        settings.cotool.api_key is not None or not needs.cotool
    )


async def _ask(loaded: LoadedCampaign, settings: Settings) -> Outlook:
    async with open_vendors(settings, needs_of(loaded.campaign)) as clients:
        prepared: Prepared = await inspect(loaded, clients)
    return _outlook(loaded, prepared.plan, tuple(prepared.preflight.warnings))


def _outlook(loaded: LoadedCampaign, plan: Plan, notes: tuple[str, ...]) -> Outlook:
    try:
        check_budget(loaded.campaign, plan)
    except BudgetExceeded as error:
        return Outlook(loaded.campaign, plan, notes, (str(error),))
    return Outlook(loaded.campaign, plan, notes)
