from datetime import UTC, datetime, timedelta

import pytest

from campaignd.core.report import (
    AttemptReport,
    CaseReport,
    CellReport,
    ExecutionReport,
    GateReport,
    Revision,
    ScoreReport,
    SimulationCounts,
    Totals,
    Unsettled,
)
from campaignd.core.verdicts import GateVerdict, Verdict

STARTED = datetime(2026, 11, 22, 3, 0, 5, tzinfo=UTC)
URL = "https://app.coval.dev/runs/8EktrIgaVxm4LfxkynAbCd/simulations/"


def report_of(*gates: GateReport, **facts: object) -> ExecutionReport:
    """A failed execution of nothing but gates."""
    given: dict[str, object] = {
        "execution": "01JDA8Q2ZK7M4T5N6P8R9S0TVW",
        "campaign": "nightly",
        "revision": Revision(sha256="a" * 64),
        "trigger": "cli",
        "state": "finished",
        "verdict": Verdict.FAILED,
        "exit_status": 1,
        "started_at": STARTED,
        "gates": gates,
    }
    return ExecutionReport.model_validate({**given, **facts})


@pytest.fixture
def report() -> ExecutionReport:
    """A nightly execution with a bit of everything, one gate failed."""
    return ExecutionReport(
        execution="01JDA8Q2ZK7M4T5N6P8R9S0TVW",
        campaign="checkout-nightly",
        revision=Revision(sha256="a" * 64, source="campaigns/nightly.yaml"),
        trigger="cli",
        labels={"team": "payments", "environment": "staging"},
        state="finished",
        verdict=Verdict.FAILED,
        exit_status=1,
        reason="1 of 4 gates failed: Bookings get completed by impatient callers.",
        started_at=STARTED,
        finished_at=STARTED + timedelta(minutes=12, seconds=4),
        gates=gates(),
        cells=cells(),
        scores=scores(),
        totals=Totals(simulations=156, runs=3, requests={"Coval": 60, "Cotool": 3}, duration=724.0),
        unsettled=(
            Unsettled(
                cell="checkout/elderly/smoke",
                launch_key="01jda8q2zk7m4t5n6p8r9s0tvw-2-2",
                state="cancelling",
                run_id="9FlusJhbWyn5MgylzoBcDe",
                note="its run could not be ended yet; `campaignd resume "
                "01JDA8Q2ZK7M4T5N6P8R9S0TVW` settles it",
            ),
        ),
        notes=("The tag filter found nothing; runs were searched by agent and time.",),
        links={"execution": "https://ci.example.com/executions/01JDA8Q2ZK7M4T5N6P8R9S0TVW"},
    )


def gates() -> tuple[GateReport, ...]:
    return (
        GateReport(
            name="Calls are answered fast",
            kind="p95",
            metric="latency",
            verdict=GateVerdict.PASSED,
            estimate=1.1342,
            upper=1.31,
            threshold="at most 8 s",
            confidence=0.95,
            n=156,
            cases_n=52,
            reason="95% of the answers took at most 1.134 s; at most 8 s was asked.",
        ),
        GateReport(
            name="Bookings get completed by impatient callers",
            kind="pass_rate",
            unit="share",
            metric="resolved",
            scope={"persona": "impatient"},
            verdict=GateVerdict.FAILED,
            estimate=0.883,
            lower=0.812,
            upper=0.9399,
            threshold="at least 90%",
            confidence=0.95,
            n=120,
            cases_n=40,
            reason="resolved passed in 88.3% of 120 simulations (40 test cases); at least 90% "
            "was asked.",
            cases=(
                CaseReport(
                    test_case="Tc6Jk1Lz8Xc3Vb9Nm4Qw2E",
                    title="Refund after 30 days",
                    agent="checkout",
                    persona="impatient",
                    test_set="refunds",
                    base=1.0,
                    value=1 / 3,
                    simulation_id="Sm1",
                    url=URL + "Sm1",
                    explanation="The agent refused the refund although the policy\n"
                    "allows sixty days, and ended the call.",
                ),
                CaseReport(test_case="Tc7", value=0.0),
            ),
        ),
        GateReport(
            name="Nothing critical",
            kind="count",
            metric="critical",
            verdict=GateVerdict.ERRORED,
            blocks=False,
            threshold="at most 0",
            reason_code="not_delivered",
            reason="Cotool delivered no critical issues for these runs.",
        ),
        GateReport(
            name="Either of both",
            kind="any",
            verdict=GateVerdict.INCONCLUSIVE,
            reason_code="missing_data",
            reason="Neither of the inner gates could be decided.",
            gates=(
                GateReport(
                    name="Mean score",
                    kind="mean",
                    metric="quality",
                    verdict=GateVerdict.INCONCLUSIVE,
                    estimate=81.25,
                    threshold="at least 80",
                    n=16,
                    cases_n=16,
                    missing=4,
                    reason_code="missing_data",
                    reason="4 of 20 runs have no score.",
                ),
            ),
        ),
    )


def cells() -> tuple[CellReport, ...]:
    return (
        CellReport(
            key="checkout/impatient/refunds",
            agent="checkout",
            persona="impatient",
            test_set="refunds",
            state="collected",
            attempts=(
                AttemptReport(
                    number=1,
                    state="failed",
                    run_id="7DjsqHfZUwl3KewjxmZaBc",
                    launch_key="01jda8q2zk7m4t5n6p8r9s0tvw-0-1",
                    launched_at=STARTED,
                    ended_at=STARTED + timedelta(minutes=1),
                    error="Run exceeded maximum execution time",
                ),
                AttemptReport(
                    number=2,
                    state="collected",
                    run_id="8EktrIgaVxm4LfxkynAbCd",
                    launch_key="01jda8q2zk7m4t5n6p8r9s0tvw-0-2",
                    launched_at=STARTED + timedelta(minutes=2),
                    ended_at=STARTED + timedelta(minutes=9),
                ),
            ),
            run_id="8EktrIgaVxm4LfxkynAbCd",
            url="https://app.coval.dev/runs/8EktrIgaVxm4LfxkynAbCd",
            simulations=SimulationCounts(planned=120, total=120, completed=118, failed=2),
        ),
        CellReport(
            key="checkout/impatient/smoke",
            agent="checkout",
            persona="impatient",
            test_set="smoke",
            state="collected",
            attempts=(
                AttemptReport(
                    number=1,
                    state="collected",
                    run_id="6CirpGeYTvk2JdviwlYzAb",
                    launch_key="01jda8q2zk7m4t5n6p8r9s0tvw-1-1",
                    launched_at=STARTED,
                    ended_at=STARTED + timedelta(minutes=3),
                ),
            ),
            run_id="6CirpGeYTvk2JdviwlYzAb",
            simulations=SimulationCounts(planned=36, total=36, completed=36),
        ),
        CellReport(
            key="checkout/elderly/smoke",
            agent="checkout",
            persona="elderly",
            test_set="smoke",
            state="refused",
            attempts=(
                AttemptReport(
                    number=1, state="refused", launch_key="01jda8q2zk7m4t5n6p8r9s0tvw-2-1"
                ),
            ),
            simulations=SimulationCounts(planned=36, lost=36),
            error="Coval answered 400 to POST /runs: persona_id: Persona is archived",
        ),
    )


def scores() -> tuple[ScoreReport, ...]:
    def scored(number: int, score: float | None, issue: str | None = None) -> ScoreReport:
        return ScoreReport(
            agent="checkout",
            run_id=f"run_{number}",
            title=f"Alert triage {number}",
            created_at=STARTED,
            status="done",
            score=score,
            critical_issue=issue,
        )

    return (scored(1, 92.5), scored(2, 70.0, "authentication"), scored(3, None))
