"""What the gates of a campaign can tell at its size, from its own history where there is one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from anyio import to_thread

from campaignd.adapters.campaign_files import LoadedCampaign
from campaignd.adapters.campaign_files.locating import locate_mistakes
from campaignd.core.campaign import Campaign
from campaignd.core.evidence import Evidence
from campaignd.core.gates import GateModel
from campaignd.core.gates.foresight.forecast import Forecast, GateForecast
from campaignd.core.gates.foresight.telling import warn, why_unable
from campaignd.core.mistakes import CampaignInvalid, Mistake
from campaignd.core.plan import Plan
from campaignd.core.verdicts import Verdict
from campaignd.engine.records import Summary
from campaignd.wiring.reports import load_evidence
from campaignd.wiring.storage import Storage

_EXECUTIONS = 5
"""How many passed executions tell how values spread."""
_LOOKED_AT = 200
_MOST_SIMULATIONS = 50_000
"""What is read of the past at most, beside the last passed execution: a plan takes seconds."""


@dataclass(frozen=True, slots=True)
class Forecasts:
    """What all gates can tell; `executions` is how many it was reckoned from."""

    gates: tuple[GateForecast, ...] = ()
    executions: int = 0

    @property
    def basis(self) -> tuple[str, ...]:
        """What it was reckoned from, in sentences."""
        if not self.gates:
            return ()
        assumed = dict.fromkeys(each.assumed for each in _groups(self.gates) if each.assumed)
        told = f"Assumed of {'. Of '.join(assumed)}." if assumed else ""
        return tuple(filter(None, (self._history, told)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence about each gate that cannot pass."""
        return tuple(warn(self.gates))

    @property
    def _history(self) -> str:
        if not self.executions:
            return "No execution has passed yet: there is no history to reckon from."
        last = "the last passed execution"
        return f"Reckoned from {last if self.executions == 1 else f'{last}s ({self.executions})'}."


async def forecast(campaign: Campaign, plan: Plan, past: Sequence[Evidence] = ()) -> Forecasts:
    """Forecast all gates of a plan; `past` are passed executions, oldest first."""
    gates = await to_thread.run_sync(_foresee, campaign, plan, past)
    return Forecasts(gates, len(past))


async def read_past(storage: Storage, campaign: Campaign, account: str) -> Sequence[Evidence]:
    """Read the last passed executions of a campaign on an account, oldest first."""
    wanted = max(_EXECUTIONS, *(0, *map(_looks_back, campaign.gates)))
    summaries = await storage.history.list(campaign.name, _LOOKED_AT)
    chosen = list(_choose(summaries, account, wanted))
    return [await load_evidence(storage, campaign, execution) for execution in reversed(chosen)]


def refuse_hopeless(loaded: LoadedCampaign, forecasts: Forecasts) -> None:
    """Raise CampaignInvalid for gates that count and can neither pass nor fail, with places."""
    mistakes = [
        Mistake(
            ("gates", gate.number),
            f"{gate.name!r} can neither pass nor fail at this size: {why_unable(gate)}",
            f"{_way_out(gate)}, ask less, or run it all the same with --force",
        )
        for gate in forecasts.gates
        if gate.is_refused
    ]
    if mistakes:
        raise CampaignInvalid(locate_mistakes(loaded, mistakes))


def _way_out(gate: GateForecast) -> str:
    needs = [group.needs for group in _groups([gate]) if not group.can_pass]
    lacks_tries = any(need.iterations and not need.cases for need in needs)
    return "raise `iterations`" if lacks_tries else "add test cases"


def _foresee(campaign: Campaign, plan: Plan, past: Sequence[Evidence]) -> tuple[GateForecast, ...]:
    from campaignd.core.gates.foresight.design import Design
    from campaignd.core.gates.foresight.foresee import foresee
    from campaignd.core.gates.foresight.past import Past

    scored = {name: agent.cotool for name, agent in campaign.agents.items() if agent.cotool}
    expected = {name: agent.expect for name, agent in scored.items()}
    design = Design(plan.cells, campaign.metrics, expected)
    return foresee(campaign.gates, design, Past(past, campaign.metrics))


def _looks_back(gate: GateModel) -> int:
    return max(gate.past_executions, *(0, *map(_looks_back, gate.inner)))


def _choose(summaries: Sequence[Summary], account: str, wanted: int) -> Iterator[str]:
    """The newest that passed, as many as are wanted and can be read soon."""
    taken = simulations = 0
    for summary in summaries:
        execution = summary.execution
        if execution.verdict is not Verdict.PASSED or execution.account != account:
            continue
        if execution.pruned_at is not None:
            continue
        simulations += summary.simulations
        if taken == wanted or (taken and simulations > _MOST_SIMULATIONS):
            return
        taken += 1
        yield execution.id


def _groups(gates: Sequence[GateForecast]) -> Iterator[Forecast]:
    for gate in gates:
        yield from gate.groups
        yield from _groups(gate.gates)
