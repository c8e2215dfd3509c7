"""`compare`: two executions, or the variants of one, case by case."""

from collections.abc import Mapping
from dataclasses import dataclass

from anyio import to_thread

from campaignd.core.campaign import Campaign
from campaignd.core.comparison.executions import Compared, compare_executions
from campaignd.core.comparison.refusal import Unrankable
from campaignd.core.comparison.variants import RankedVariant, rank_variants
from campaignd.core.metrics import CovalMetric
from campaignd.core.mistakes import suggest
from campaignd.engine.assembly import assemble
from campaignd.engine.changes import Snapshot, name_changes, name_ids
from campaignd.wiring.reports import load_campaign_of, refuse_pruned
from campaignd.wiring.storage import Storage
from campaignd.wiring.vendors import RunLinks


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two executions have in common. `titles` name test cases, `notes` what changed."""

    base: str
    new: str
    results: tuple[Compared, ...]
    titles: Mapping[str, str]
    notes: tuple[str, ...]


async def compare(storage: Storage, base: str, new: str) -> Comparison:
    """Compare two executions by the metrics of the second one. Raises LookupError, ValuesPruned."""
    campaign = await load_campaign_of(storage, await storage.executions.load(new))
    then, now = [await _snapshot(storage, campaign, each) for each in (base, new)]
    results = await to_thread.run_sync(
        compare_executions, then.evidence, now.evidence, campaign.metrics
    )
    titles = {**then.evidence.titles, **now.evidence.titles}
    return Comparison(base, new, results, titles, name_changes(then, now))


async def rank(storage: Storage, execution: str, metric: str) -> tuple[RankedVariant, ...]:
    """Rank an execution's variants by a metric. Raises LookupError, ValuesPruned, Unrankable."""
    campaign = await load_campaign_of(storage, await storage.executions.load(execution))
    known = [name for name, each in campaign.metrics.items() if isinstance(each, CovalMetric)]
    if metric not in known:
        hint = suggest(metric, known) or f"Coval metrics of it are {', '.join(known) or 'none'}"
        raise Unrankable(f"execution {execution} has no Coval metric {metric!r}; {hint}")
    snapshot = await _snapshot(storage, campaign, execution)
    return await to_thread.run_sync(rank_variants, snapshot.evidence, campaign.metrics, metric)


async def _snapshot(storage: Storage, campaign: Campaign, execution: str) -> Snapshot:
    stored = await storage.executions.load(execution)
    refuse_pruned(stored.execution)
    measured = await storage.results.measured(stored.execution)
    links = RunLinks(stored.execution.account).of
    evidence = assemble(campaign, stored.launches, measured, links)
    return Snapshot(evidence, name_ids(campaign, stored.launches), measured.resources)
