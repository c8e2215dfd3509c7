"""From a campaign that can be launched to the execution that is stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from campaignd.core.gates.than import Than
from campaignd.engine.records import ComparedFile, NewExecution
from campaignd.wiring.planning import Prepared


@dataclass(frozen=True, slots=True)
class Origin:
    """What an execution comes from: its trigger, the account it begins on, who drives it first."""

    trigger: str
    account: str
    owner: str
    labels: Mapping[str, str] = field(default_factory=dict)
    compared: Mapping[Than, ComparedFile] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def compose_execution(
    prepared: Prepared, origin: Origin, execution: str, now: datetime
) -> NewExecution:
    """Put together what one transaction stores of a new execution."""
    loaded = prepared.loaded
    return NewExecution(
        id=execution,
        campaign=loaded.campaign.name,
        trigger=origin.trigger,
        revision=loaded.revision,
        text=loaded.text,
        source=loaded.source,
        inputs=dict(loaded.inputs),
        labels={**loaded.campaign.labels, **origin.labels},
        owner=origin.owner,
        created_at=now,
        deadline=now + loaded.campaign.limits.timeout,
        cells=prepared.plan.cells,
        account=origin.account,
        resources=tuple(prepared.preflight.resources),
        titles=prepared.preflight.titles,
        notes=origin.notes,
        compared=origin.compared,
    )
