from typing import Any

import pytest
from tests.core.statistics.exact import clopper_pearson

CELL = "checkout/calm/smoke"
RATE: dict[str, Any] = {"pass_rate": "resolved", "at_least": "90%", "decide": "proven"}


def answers(count: int, failing: int = 0, *, each: int = 1, word: str = "NO") -> dict[str, Any]:
    return {f"c{n}": [word if n < failing else "YES"] * each for n in range(count)}


@pytest.mark.parametrize(
    ("count", "failing", "each", "verdict", "code"),
    [
        pytest.param(29, 0, 1, "passed", None, id="29 that pass prove 90%"),
        pytest.param(28, 0, 1, "inconclusive", "cannot_pass_at_this_size", id="28 do not"),
        pytest.param(40, 1, 1, "inconclusive", "too_noisy", id="one of 40 fails"),
        pytest.param(100, 30, 1, "failed", None, id="far below"),
        pytest.param(3, 3, 1, "failed", None, id="three failing ones prove it broken"),
        pytest.param(29, 0, 5, "passed", None, id="iterations that agree are worth one"),
        pytest.param(
            9, 0, 20, "inconclusive", "cannot_pass_at_this_size", id="iterations are no test cases"
        ),
    ],
)
def test_a_share_must_be_proven(  # noqa: PLR0913, PLR0917  a table has columns
    story: Any, count: int, failing: int, each: int, verdict: str, code: str | None
) -> None:
    report = story.cell(CELL, answers(count, failing, each=each)).judge_one(**RATE)

    assert (report.verdict, report.reason_code, report.decide) == (verdict, code, "proven")


def test_this_set_counts_every_simulation(story: Any) -> None:
    report = story.cell(CELL, answers(9, each=20)).judge_one(**RATE, across="this_set")

    assert (report.verdict, report.method, report.n) == ("passed", "clopper-pearson", 180)


def test_bounds_are_at_the_confidence_that_was_asked_for(story: Any) -> None:
    gate = {**RATE, "at_least": "80%", "decide": "observed", "confidence": "99%"}
    report = story.cell(CELL, answers(40, 4)).judge_one(**gate)

    expected = clopper_pearson(36, 40, 0.99)
    assert report.confidence == 0.99
    assert (report.lower, report.upper) == pytest.approx((expected.lower, expected.upper))


@pytest.mark.parametrize(
    ("lost", "verdict", "code"),
    [
        pytest.param(1, "passed", None, id="one that may have failed"),
        pytest.param(6, "inconclusive", "missing_data", id="six that may have failed"),
    ],
)
def test_a_proof_holds_whatever_is_missing(
    story: Any, lost: int, verdict: str, code: str | None
) -> None:
    report = story.cell(CELL, answers(60, lost, word="CANCELLED")).judge_one(**RATE)

    assert (report.verdict, report.reason_code) == (verdict, code)
    assert report.p_pass is not None


@pytest.mark.parametrize(
    ("count", "bar", "verdict", "code"),
    [
        pytest.param(20, 1.5, "passed", None, id="far below the threshold"),
        pytest.param(20, 0.9, "failed", None, id="far above"),
        pytest.param(20, 1.11, "inconclusive", "too_noisy", id="near it"),
        pytest.param(9, 1.5, "inconclusive", "too_few", id="nine test cases"),
        pytest.param(5, 0.5, "failed", None, id="five are enough to fail"),
    ],
)
def test_a_mean_must_be_proven(
    story: Any, count: int, bar: float, verdict: str, code: str | None
) -> None:
    values = {f"c{n}": [1 + n % 5 / 20] for n in range(count)}

    report = story.cell(CELL, values, metric="latency").judge_one(
        mean="latency", at_most=bar, decide="proven"
    )

    assert (report.verdict, report.reason_code) == (verdict, code)


def test_equal_values_prove_nothing_by_their_mean(story: Any) -> None:
    values = {f"c{n}": [1.0] for n in range(30)}

    report = story.cell(CELL, values, metric="latency").judge_one(
        mean="latency", at_most=5, decide="proven"
    )

    assert (report.verdict, report.reason_code) == ("inconclusive", "too_few")


def test_a_percentile_is_proven_by_the_share_that_keeps_to_it(story: Any) -> None:
    values = {f"c{n}": [1.0] for n in range(59)}
    gate = {"p95": "latency", "at_most": 2, "decide": "proven"}

    assert story.cell(CELL, values, metric="latency").judge_one(**gate).verdict == "passed"
    story.cell(CELL, {"late": [3.0]}, metric="latency")
    assert story.judge_one(**gate).reason_code == "too_noisy"


def test_ungraded_runs_forbid_a_proof(story: Any) -> None:
    for number in range(40):
        story.run(90.0 if number < 30 else None)
    gate = {"pass_rate": "quality", "at_least": "75%", "decide": "proven"}

    assert story.judge_one(**gate).reason_code == "not_graded"
    assert story.judge_one(**gate, graded_at_least="70%").verdict == "passed"


def test_too_few_graded_runs_forbid_a_proof(story: Any) -> None:
    for _ in range(40):
        story.run(90.0)
    gate = {"pass_rate": "quality", "at_least": "75%", "decide": "proven", "at_least_runs": 50}

    assert story.judge_one(**gate).reason_code == "too_few"


def test_a_score_outside_its_range_is_named(story: Any) -> None:
    report = story.run(140.0).judge_one(mean="quality", at_least=50)

    assert report.reason == "quality is 140 in run R0000, and Cotool scores are 0 to 100."


def test_a_simulation_that_is_there_twice_is_named(story: Any) -> None:
    story.cell(CELL, answers(12))
    twice = (*story.evidence.simulations, story.evidence.simulations[3])

    report = story.with_evidence(simulations=twice).judge_one(**RATE)

    assert (report.verdict, report.reason) == (
        "errored",
        "the evidence has simulation S0003 twice.",
    )
