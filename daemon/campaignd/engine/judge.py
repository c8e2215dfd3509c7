"""Judges an execution on frozen evidence and finishes it with a verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import anyio
import structlog

from campaignd.core.campaign import Campaign
from campaignd.core.execution import Cause, Execution
from campaignd.core.report import ExecutionReport, GateReport
from campaignd.core.states import ExecutionState
from campaignd.core.verdicts import EXIT_STATUS, GateVerdict, Verdict
from campaignd.engine.assembly import assemble
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


class Judge:
    """Ends executions of one campaign."""

    def __init__(self, tools: Tools, campaign: Campaign) -> None:
        self._tools = tools
        self._campaign = campaign

    async def judge(self, stored: Stored) -> None:
        """Judge all gates and store the verdict with its messages, in one transaction."""
        execution = stored.execution
        measured = await self._tools.store.results.measured(execution)
        gates = await self._judge_gates(stored, measured)
        if await self._explain(execution, gates):
            measured = await self._tools.store.results.measured(execution)
            gates = await self._judge_gates(stored, measured)
        verdict, reason = _decide(execution, gates)
        await self.finish(stored, measured, verdict, reason, gates)

    async def finish(
        self,
        stored: Stored,
        measured: Measured,
        verdict: Verdict,
        reason: str,
        gates: Sequence[GateReport] = (),
    ) -> None:
        """Store the end of an execution."""
        now = self._tools.clock.now()
        outcome = Outcome(
            verdict=verdict,
            exit_status=EXIT_STATUS[verdict],
            reason=reason,
            gates=tuple(gates),
            notes=stored.execution.notes,
            requests=self._tools.vendors.requests(),
        )
        finished = replace(
            stored.execution,
            state=ExecutionState.FINISHED,
            finished_at=now,
            verdict=verdict,
            exit_status=outcome.exit_status,
            reason=reason,
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

    async def _judge_gates(self, stored: Stored, measured: Measured) -> Sequence[GateReport]:
        from campaignd.core.gates.judging import judge_gates

        evidence = assemble(self._campaign, stored.launches, measured, self._tools.vendors.run_url)
        return await anyio.to_thread.run_sync(
            judge_gates, self._campaign.gates, evidence, self._campaign.metrics
        )

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


def _decide(execution: Execution, gates: Sequence[GateReport]) -> tuple[Verdict, str]:
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
