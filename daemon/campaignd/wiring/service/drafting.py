"""From a campaign to an execution that can be stored: all that is checked before one is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from anyio import to_thread

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.core.gates.than import Than
from campaignd.core.orders import AS_WRITTEN, Overrides, override
from campaignd.engine.records import ComparedFile, NewExecution
from campaignd.wiring.compared import check_executions, read_files
from campaignd.wiring.composing import Origin, compose_execution
from campaignd.wiring.forecasting import Forecasts, forecast, read_past, refuse_hopeless
from campaignd.wiring.planning import Prepared, check_day, prepare
from campaignd.wiring.sandboxing import EMBEDDED
from campaignd.wiring.service.station import Station

MADE_UP = "ran on the embedded sandbox: its numbers are made up"


@dataclass(frozen=True, slots=True)
class Draft:
    """An execution that is wanted. `reads_files`: its gates may name tables beside its file."""

    loaded: LoadedCampaign
    trigger: str
    labels: Mapping[str, str] = field(default_factory=dict)
    options: Overrides = AS_WRITTEN
    reads_files: bool = True


async def compose(station: Station, draft: Draft) -> NewExecution:
    """Check all that `run` checks before it launches, and put the execution together.

    Raises CampaignInvalid, TableInvalid, SettingsInvalid, BudgetExceeded, VendorFault and
    StorageTrouble; nothing is stored.
    """
    loaded = replace(draft.loaded, campaign=override(draft.loaded.campaign, draft.options))
    compared = await _read_files(loaded) if draft.reads_files else {}
    await check_executions(loaded, station.storage)
    prepared = await prepare(loaded, station.clients)
    forecasts = await _foresee(station, prepared)
    await _check_day(station, prepared)
    notes = (MADE_UP,) if station.account == EMBEDDED else ()
    origin = Origin(
        trigger=draft.trigger,
        account=station.account,
        owner=station.storage.owner,
        labels=draft.labels,
        compared=compared,
        notes=(
            *notes,
            *draft.options.notes(),
            *prepared.preflight.warnings,
            *forecasts.warnings,
        ),
    )
    return compose_execution(prepared, origin, station.new_id(), station.now())


async def _read_files(loaded: LoadedCampaign) -> Mapping[Than, ComparedFile]:
    return await to_thread.run_sync(read_files, loaded.campaign, loaded.source)


async def _foresee(station: Station, prepared: Prepared) -> Forecasts:
    campaign = prepared.loaded.campaign
    past = await read_past(station.storage, campaign, station.account)
    forecasts = await forecast(campaign, prepared.plan, past)
    refuse_hopeless(prepared.loaded, forecasts)
    return forecasts


async def _check_day(station: Station, prepared: Prepared) -> None:
    allowed = station.settings.budget.simulations_per_day
    launches = station.storage.launches
    spent = await launches.simulations_since_midnight(station.now(), station.account)
    check_day(prepared.plan, spent, allowed)
