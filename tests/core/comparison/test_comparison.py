"""Executions and variants side by side."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from campaignd.core.comparison.executions import Compared, compare_executions
from campaignd.core.comparison.refusal import Unrankable
from campaignd.core.comparison.variants import rank_variants
from campaignd.core.cotool import AgentRun, AgentRunStatus
from campaignd.core.coval import RunStatus, Value
from campaignd.core.evidence import (
    CellEvidence,
    CellOutcome,
    Evidence,
    ScoreEvidence,
    SimulationEvidence,
)
from campaignd.core.metrics import CotoolMetric, CovalMetric, Metric, PassWhen

START = datetime(2026, 11, 22, tzinfo=UTC)
METRICS: dict[str, Metric] = {
    "resolved": CovalMetric(id="j" * 22, pass_when=PassWhen(equals="YES")),
    "latency": CovalMetric(id="k" * 22, better="lower"),
    "turns": CovalMetric(id="l" * 22),
}


def measured(
    values: Mapping[str, list[Mapping[str, Value]]], first: int = 0, key: str = "a/p/s"
) -> Evidence:
    """One cell; the values of each variant, a test case each."""
    cases = max(map(len, values.values()))
    cell = CellEvidence(
        key=key,
        agent="a",
        persona=key.split("/")[1],
        test_set="s",
        variants=tuple(values),
        cases_planned=cases,
        iterations=1,
        outcome=CellOutcome.COLLECTED,
    )
    simulations = tuple(
        SimulationEvidence(
            cell=key,
            variant=variant,
            test_case=f"c{first + number}",
            simulation_id=f"{variant}-{number}",
            created_at=START + timedelta(seconds=number),
            status=RunStatus.FAILED if each.get("failed") else RunStatus.COMPLETED,
            values=each,
        )
        for variant, column in values.items()
        for number, each in enumerate(column)
    )
    return Evidence((cell,), simulations)


def answers(text: str) -> list[Mapping[str, Value]]:
    return [{"resolved": {"y": "YES", "n": "NO"}[letter]} for letter in text]


def compare(base: Evidence, new: Evidence, metric: str) -> Compared:
    return next(each for each in compare_executions(base, new, METRICS) if each.metric == metric)


def test_a_proven_drop_is_worse_and_its_cases_are_named() -> None:
    found = compare(
        measured({"base": answers("y" * 20)}),
        measured({"base": answers("n" * 12 + "y" * 8)}),
        "resolved",
    )
    assert (found.base, found.new, found.matched) == (1.0, 0.4, 20)
    assert found.difference == pytest.approx(-0.6)
    assert found.upper is not None
    assert found.upper < 0
    assert (found.verdict, found.method) == ("worse", "tango")
    assert [change.test_case for change in found.changes[:2]] == ["c0", "c1"]
    assert all(change.worse for change in found.changes)
    assert len(found.changes) == 12


def test_what_chance_may_explain_is_the_same() -> None:
    found = compare(
        measured({"base": answers("yyyyn")}), measured({"base": answers("yyynn")}), "resolved"
    )
    assert found.verdict == "same"


def test_a_simulation_that_failed_passes_nothing() -> None:
    found = compare(
        measured({"base": answers("yy")}),
        measured({"base": [{"resolved": None, "failed": "yes"}, *answers("y")]}),
        "resolved",
    )
    assert found.new == 0.5


@pytest.mark.parametrize(
    ("metric", "verdict"),
    [
        pytest.param("latency", "worse", id="lower is better"),
        pytest.param("turns", "higher", id="nobody said which way"),
    ],
)
def test_numbers_are_compared_by_their_direction(metric: str, verdict: str) -> None:
    before = measured({"base": [{metric: float(n)} for n in range(20)]})
    after = measured({"base": [{metric: n + 5.0 + n % 3} for n in range(20)]})
    found = compare(before, after, metric)
    assert (found.verdict, found.is_share) == (verdict, False)
    assert found.difference == pytest.approx(5.95)
    assert found.changes[0].worse is (True if metric == "latency" else None)


def test_test_cases_of_one_side_are_left_out_of_a_matched_comparison() -> None:
    found = compare(
        measured({"base": answers("yyyy")}),
        measured({"base": answers("yyyy")}, first=2),
        "resolved",
    )
    assert found.matched == 2


def test_where_no_test_case_is_on_both_sides_all_are_compared() -> None:
    found = compare(
        measured({"base": answers("yyyy")}),
        measured({"base": answers("nnnn")}, first=10),
        "resolved",
    )
    assert (found.matched, found.new, found.changes) == (0, 0.0, ())


def test_cotool_runs_are_compared_unmatched() -> None:
    metrics: dict[str, Metric] = {"quality": CotoolMetric(cotool="score")}

    def graded(day: int, score: float) -> Evidence:
        runs = tuple(
            ScoreEvidence("t", scored_run(f"run_{day}_{number}", score + number))
            for number in range(10)
        )
        return Evidence((), (), runs)

    (found,) = compare_executions(graded(1, 80), graded(2, 60), metrics)
    assert (found.verdict, found.matched, found.method) == ("worse", 0, "welch")
    assert found.variant == ""


def scored_run(run_id: str, score: float) -> AgentRun:
    return AgentRun(
        run_id=run_id,
        agent_id="t",
        agent_name="t",
        title="t",
        created_at=START,
        updated_at=START,
        status=AgentRunStatus.DONE,
        score=score,
    )


def test_variants_are_ranked_and_those_behind_are_told_from_the_best() -> None:
    evidence = measured(
        {"base": answers("y" * 38 + "nn"), "bad": answers("n" * 40), "fine": answers("y" * 40)}
    )
    ranked = rank_variants(evidence, METRICS, "resolved")
    assert [each.variant for each in ranked] == ["fine", "base", "bad"]
    assert [each.may_be_best for each in ranked] == [True, True, False]
    assert ranked[2].distance == pytest.approx(-1.0)
    assert ranked[2].cases == 40


def test_where_lower_is_better_the_lowest_leads() -> None:
    values = {
        name: [{"latency": base + n % 5} for n in range(20)] for name, base in (("x", 1), ("y", 9))
    }
    ranked = rank_variants(measured(values), METRICS, "latency")
    assert [(each.variant, each.value) for each in ranked] == [("x", 3.0), ("y", 11.0)]
    assert ranked[0].distance == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("values", "metric", "words"),
    [
        pytest.param({"base": answers("y")}, "resolved", "nothing to rank", id="one variant"),
        pytest.param({"base": [{"turns": 1.0}]}, "turns", "which way turns is better", id="way"),
    ],
)
def test_what_cannot_be_ranked_is_refused(
    values: dict[str, list[Mapping[str, Value]]], metric: str, words: str
) -> None:
    with pytest.raises(Unrankable, match=words):
        rank_variants(measured(values), METRICS, metric)


def test_numbers_that_are_not_finite_are_left_out() -> None:
    base: list[Mapping[str, Value]] = [{"latency": float("inf")}, *[{"latency": 1.0}] * 14]
    found = compare(
        measured({"base": base}),
        measured({"base": [{"latency": 1.0 + n / 10} for n in range(15)]}),
        "latency",
    )
    assert (found.base, found.matched) == (1.0, 14)
    assert found.difference == pytest.approx(0.75)
