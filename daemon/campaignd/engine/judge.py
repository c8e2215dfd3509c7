"""Judges an execution on frozen evidence and finishes it with a verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import anyio
import structlog

from campaignd.core.campaign import Campaign
from campaignd.core.evidence import Evidence
from campaignd.core.execution import Cause, Execution
from campaignd.core.gates.references import References
from campaignd.core.gates.waivers import cases_of, waivers_on
from campaignd.core.report import ExecutionReport, GateReport
from campaignd.core.states import ExecutionState
from campaignd.core.verdicts import EXIT_STATUS, GateVerdict, Verdict
from campaignd.engine.assembly import assemble
from campaignd.engine.baselines import Baselines, Judged, notes_on
from campaignd.engine.faults import VendorFault
from campaignd.engine.records import Measured, Message, Outcome, Stored
from campaignd.engine.reporting import Material, build_report
from campaignd.engine.tools import Tools

log = structlog.get_logger()

MOST_EXPLANATIONS = 30
"""Simulations whose judges are asked for their words, and so requests."""
PATIENCE_SECONDS = 30
_UNDECIDED = frozenset({Verdict.ERRORED, Verdict.INCONCLUSIVE})
"""Verdicts that a lack of data may be the cause of, and a timeout the cause of that."""


@dataclass(frozen=True, slots=True)
class Found:
    """What judging found. `notes` say what was compared with, and what changed since."""

    gates: tuple[GateReport, ...] = ()
    notes: tuple[str, ...] = ()


class Judge:
    """Ends executions of one campaign."""

    def __init__(self, tools: Tools, campaign: Campaign) -> None:
        self._tools = tools
        self._campaign = campaign
        self._baselines = Baselines(tools.store, tools.read_table, tools.vendors.run_url)

    async def judge(self, stored: Stored) -> None:
        """Judge all gates and store the verdict with its messages, in one transaction."""
        execution = stored.execution
        await self._baselines.settle(execution, self._campaign)
        measured = await self._tools.store.results.measured(execution)
        references = await self._gather(stored, measured)
        gates = await self._judge_gates(stored, measured, references)
        if await self._explain(execution, gates):
            measured = await self._tools.store.results.measured(execution)
            gates = await self._judge_gates(stored, measured, references)
        verdict, reason = decide(execution, gates)
        await self.finish(
            stored,
            measured,
            verdict,
            reason,
            Found(tuple(gates), self._notes(stored, measured, references)),
        )

    async def finish(
        self,
        stored: Stored,
        measured: Measured,
        verdict: Verdict,
        reason: str,
        found: Found | None = None,
    ) -> None:
        """Store the end of an execution."""
        now, found = self._tools.clock.now(), found or Found()
        outcome = Outcome(
            verdict=verdict,
            exit_status=EXIT_STATUS[verdict],
            reason=reason,
            gates=found.gates,
            notes=(*stored.execution.notes, *found.notes),
            requests=self._tools.vendors.requests(),
        )
        finished = replace(
            stored.execution,
            state=ExecutionState.FINISHED,
            finished_at=now,
            verdict=verdict,
            exit_status=outcome.exit_status,
            reason=reason,
            notes=outcome.notes,
        )
        report = self._report(replace(stored, execution=finished), measured, outcome)
        messages = tuple(await self._messages(report))
        await self._tools.store.executions.finish(
            stored.execution, replace(outcome, messages=messages), now
        )

    async def _messages(self, report: ExecutionReport) -> Sequence[Message]:
        last = await self._tools.store.executions.last_verdict(report.campaign, report.execution)
        messages = list(self._tools.announcer.messages("finished", report))
        if last is not None and last is not report.verdict:
            messages.extend(self._tools.announcer.messages("changed", report))
        return messages

    async def conclude(self, stored: Stored) -> None:
        """Finish a cancelled execution: it is not judged."""
        measured = await self._tools.store.results.measured(stored.execution)
        await self.finish(stored, measured, Verdict.CANCELLED, "somebody cancelled it")

    def _notes(self, stored: Stored, measured: Measured, references: References) -> tuple[str, ...]:
        waivers = waivers_on(self._campaign.waive, day_of(stored.execution))
        seen = cases_of(self._assemble(stored, measured))
        return (*notes_on(references), *waivers.notes(seen))

    async def _gather(self, stored: Stored, measured: Measured) -> References:
        evidence = self._assemble(stored, measured)
        judged = Judged(self._campaign, self._campaign.gates, stored, measured, evidence)
        return await self._baselines.gather(judged)

    def _assemble(self, stored: Stored, measured: Measured) -> Evidence:
        return assemble(self._campaign, stored.launches, measured, self._tools.vendors.run_url)

    async def _judge_gates(
        self, stored: Stored, measured: Measured, references: References
    ) -> Sequence[GateReport]:
        evidence, day = self._assemble(stored, measured), day_of(stored.execution)
        return await judge_evidence(self._campaign, evidence, references, day)

    async def _explain(self, execution: Execution, gates: Sequence[GateReport]) -> bool:
        """Fetch the judges' words on the worst simulations, as far as Coval gives them soon."""
        wanted = list(dict.fromkeys(_worst_simulations(gates)))[:MOST_EXPLANATIONS]
        with anyio.move_on_after(PATIENCE_SECONDS):
            try:
                for simulation_id in wanted:
                    words = await self._tools.vendors.explanations.explain(simulation_id)
                    await self._tools.store.results.save_explanations(
                        execution, simulation_id, words
                    )
            except VendorFault as fault:
                log.info("explanations left out", why=str(fault))
        return bool(wanted)

    def _report(self, stored: Stored, measured: Measured, outcome: Outcome) -> ExecutionReport:
        material = Material(
            execution=stored.execution,
            launches=stored.launches,
            measured=measured,
            gates=outcome.gates,
            requests=outcome.requests,
            duplicates=stored.duplicates,
        )
        return build_report(material, self._tools.vendors.run_url)


async def judge_evidence(
    campaign: Campaign, evidence: Evidence, references: References, day: date
) -> tuple[GateReport, ...]:
    """Judge a campaign's gates in a thread of its own: it may take seconds.

    `day` is that of the execution, on which waivers hold or have run out.
    """
    from campaignd.core.gates.judging import judge_gates

    return await anyio.to_thread.run_sync(
        judge_gates,
        campaign.gates,
        evidence,
        campaign.metrics,
        references,
        waivers_on(campaign.waive, day),
    )


def day_of(execution: Execution) -> date:
    """The day, in UTC, that an execution is judged by: that of its beginning."""
    return (execution.started_at or execution.created_at).date()


def decide(execution: Execution, gates: Sequence[GateReport]) -> tuple[Verdict, str]:
    """The verdict of an execution from its gates' results, and why."""
    from campaignd.core.gates.judging import judge_execution

    verdict, reason = judge_execution(gates)
    if execution.given_up is not Cause.EXECUTION_TIMEOUT or verdict not in _UNDECIDED:
        return verdict, reason
    if any(gate.blocks and not gate.verdict.is_decided for gate in gates):
        return Verdict.TIMED_OUT, f"the execution took longer than limits.timeout; {reason}"
    return verdict, reason


def _worst_simulations(gates: Iterable[GateReport]) -> Iterable[str]:
    for gate in gates:
        if gate.verdict is not GateVerdict.PASSED:
            yield from (case.simulation_id for case in gate.cases if case.simulation_id)
        yield from _worst_simulations(gate.gates)
