"""`baseline set|show|clear`: what a campaign's next execution is compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaignd.adapters.store.comparisons import Pin
from campaignd.core.campaign import Campaign
from campaignd.core.execution import Execution
from campaignd.core.states import ExecutionState
from campaignd.core.verdicts import Verdict
from campaignd.engine.baselines import describe_rule, search_after
from campaignd.engine.faults import ValuesPruned
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.reports import load_campaign_of
from campaignd.wiring.storage import Storage


class Unpinnable(Exception):
    """The execution cannot be a baseline of the campaign, or there is no such campaign."""


@dataclass(frozen=True, slots=True)
class CampaignBaseline:
    """What the next execution on an account would be compared with; None if with nothing.

    `pinned_at` is None where the campaign's rule, in words in `rule`, chose.
    """

    account: str
    execution: str | None
    verdict: Verdict | None
    pinned_at: datetime | None
    rule: str

    def as_json_data(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "execution": self.execution,
            "verdict": self.verdict,
            "pinned_at": self.pinned_at.isoformat() if self.pinned_at else None,
            "rule": self.rule,
        }


async def pin(storage: Storage, campaign: str, execution: str) -> str:
    """Pin a finished execution; return what to tell. Raises Unpinnable."""
    found = (await storage.executions.load(execution)).execution
    if found.campaign != campaign:
        raise Unpinnable(f"execution {found.id} is of {found.campaign}, not of {campaign}")
    if found.state is not ExecutionState.FINISHED:
        raise Unpinnable(f"execution {found.id} is {found.state.value}: wait for its verdict")
    if found.pruned_at is not None:
        raise Unpinnable(str(ValuesPruned(found.id, found.pruned_at)))
    await storage.comparisons.pin(found, SystemClock().now())
    told = f"{campaign} is compared with {found.id} from now on, on {found.account}"
    if found.verdict is Verdict.PASSED or found.verdict is None:
        return told
    verdict = found.verdict.value.replace("_", " ")
    return f"{told}\nnote: its own verdict is {verdict}"


async def unpin(storage: Storage, campaign: str) -> Sequence[Pin]:
    """Forget what was pinned; return it. Raises Unpinnable for an unknown campaign."""
    await _check(storage, campaign)
    return await storage.comparisons.unpin(campaign)


async def describe(storage: Storage, campaign: str) -> Sequence[CampaignBaseline]:
    """Tell what the next execution is compared with, account by account. Raises Unpinnable."""
    await _check(storage, campaign)
    pins = {each.account: each for each in await storage.comparisons.pins(campaign)}
    newest: dict[str, Execution] = {}
    for summary in await storage.history.list(campaign, _ALL):
        newest.setdefault(summary.execution.account, summary.execution)
    return [
        await _describe(storage, execution, pins.get(account))
        for account, execution in newest.items()
    ]


_ALL = 1000
"""Executions that are looked at for accounts."""


async def _describe(storage: Storage, newest: Execution, pin: Pin | None) -> CampaignBaseline:
    rules = await load_campaign_of(storage, await storage.executions.load(newest.id))
    found, pinned_at = (pin.execution, pin.pinned_at) if pin else (None, None)
    if found is None:
        found = await _by_rule(storage, newest, rules)
    verdict = None
    if found is not None:
        verdict = (await storage.executions.load(found)).execution.verdict
    return CampaignBaseline(newest.account, found, verdict, pinned_at, describe_rule(rules))


async def _by_rule(storage: Storage, newest: Execution, rules: Campaign) -> str | None:
    search = search_after(newest, rules, SystemClock().now())
    found = await storage.comparisons.eligible(search, 1)
    return found[0] if found else None


async def _check(storage: Storage, campaign: str) -> None:
    known = await storage.history.campaigns()
    if campaign not in known:
        from campaignd.core.mistakes import suggest

        hint = suggest(campaign, known) or "see `campaignd list`"
        raise Unpinnable(f"no execution of a campaign {campaign!r}; {hint}")
