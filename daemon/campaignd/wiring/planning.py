"""What an execution would cost and whether it may be launched, before anything is."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.adapters.campaign_files.locating import locate_mistakes
from campaignd.core.campaign import Campaign
from campaignd.core.mistakes import CampaignInvalid, Mistake
from campaignd.core.plan import Plan, expand
from campaignd.engine.faults import KeyRefused
from campaignd.engine.preflight import Inspector, Preflight
from campaignd.settings import SettingsInvalid
from campaignd.wiring.vendors import Clients, Needs


class BudgetExceeded(Exception):
    """The campaign would cost more than somebody allowed; nothing was launched."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A campaign that can be launched: every id was read, every size is known."""

    loaded: LoadedCampaign
    plan: Plan
    preflight: Preflight


def needs_of(campaign: Campaign) -> Needs:
    """Return the vendors that a campaign needs."""
    return Needs(
        coval=any(agent.coval for agent in campaign.agents.values()),
        cotool=any(agent.cotool for agent in campaign.agents.values()),
    )


async def prepare(loaded: LoadedCampaign, clients: Clients) -> Prepared:
    """Inspect a campaign and check that it stays within its own budget.

    Raises what `inspect` raises, and BudgetExceeded.
    """
    prepared = await inspect(loaded, clients)
    check_budget(loaded.campaign, prepared.plan)
    return prepared


async def inspect(loaded: LoadedCampaign, clients: Clients) -> Prepared:
    """Read all that the campaign refers to and plan it with what Coval says of sizes.

    Raises CampaignInvalid for ids that do not exist and sizes that nobody knows, SettingsInvalid
    for a refused key, and RemoteUnavailable where a vendor is out of reach.
    """
    campaign = loaded.campaign
    inspector = Inspector(clients.catalogue, clients.engine.cotool)
    try:
        preflight = await inspector.inspect(campaign, expand(campaign).cells)
    except KeyRefused as fault:
        name = fault.vendor.upper()
        raise SettingsInvalid(f"{fault}; check CAMPAIGND_{name}__API_KEY") from fault
    plan = expand(campaign, preflight.sizes)
    told = {mistake.path for mistake in preflight.mistakes}
    unsized = [mistake for mistake in _unsized(plan) if mistake.path not in told]
    mistakes = [*preflight.mistakes, *unsized]
    if mistakes:
        raise CampaignInvalid(locate_mistakes(loaded, mistakes))
    return Prepared(loaded, plan, preflight)


def check_budget(campaign: Campaign, plan: Plan) -> None:
    """Raise BudgetExceeded if the plan needs more than the campaign allows itself."""
    needed, allowed = plan.simulations or 0, campaign.limits.simulations
    if needed > allowed:
        raise BudgetExceeded(
            f"this campaign needs {needed} simulations and limits.simulations allows {allowed}; "
            "nothing was launched. Raise the limit, or run fewer cases, iterations or mutations"
        )


def check_day(plan: Plan, spent: int, allowed: int | None) -> None:
    """Raise BudgetExceeded if the plan does not fit into what is left of the day."""
    needed = plan.simulations or 0
    if allowed is not None and spent + needed > allowed:
        raise BudgetExceeded(
            f"this campaign needs {needed} simulations, and {spent} of the {allowed} that "
            "CAMPAIGND_BUDGET__SIMULATIONS_PER_DAY allows are spent today (UTC); "
            "nothing was launched"
        )


def _unsized(plan: Plan) -> Sequence[Mistake]:
    return [
        Mistake(
            ("test_sets", name),
            f"Coval does not say how many test cases {name} has",
            "write `cases: 40`, or use a key that may read test sets",
        )
        for name in plan.unsized
    ]
