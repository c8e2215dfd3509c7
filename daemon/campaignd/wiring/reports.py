"""The report, the evidence and the campaign of a stored execution."""

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.core.campaign import Campaign
from campaignd.core.evidence import Evidence
from campaignd.core.execution import Execution
from campaignd.core.report import ExecutionReport
from campaignd.engine.assembly import assemble
from campaignd.engine.faults import ValuesPruned
from campaignd.engine.records import Stored
from campaignd.engine.reporting import Material, build_report
from campaignd.wiring.storage import Storage
from campaignd.wiring.vendors import RunLinks


async def load_report(storage: Storage, execution: str) -> ExecutionReport:
    """Build the report from what is stored; LookupError if there is no such execution."""
    stored = await storage.executions.load(execution)
    material = Material(
        execution=stored.execution,
        launches=stored.launches,
        measured=await storage.results.measured(stored.execution),
        gates=await storage.history.gates(execution),
        requests=await storage.history.requests(execution),
        duplicates=stored.duplicates,
    )
    return build_report(material, RunLinks(stored.execution.account).of)


async def load_evidence(storage: Storage, campaign: Campaign, execution: str) -> Evidence:
    """Build what gates look at from what is stored. Raises LookupError, ValuesPruned."""
    stored = await storage.executions.load(execution)
    refuse_pruned(stored.execution)
    measured = await storage.results.measured(stored.execution)
    return assemble(campaign, stored.launches, measured, RunLinks(stored.execution.account).of)


def refuse_pruned(execution: Execution) -> None:
    """Raise ValuesPruned if what the execution measured is gone."""
    if execution.pruned_at is not None:
        raise ValuesPruned(execution.id, execution.pruned_at)


async def load_campaign_of(storage: Storage, stored: Stored) -> Campaign:
    """Read the campaign of a stored execution from its revision."""
    text = await storage.history.revision(stored.execution.revision)
    source = stored.execution.source or stored.execution.campaign
    return load_campaign_text(text, source, stored.execution.inputs).campaign
