from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaignd.core.verdicts import GateVerdict

CALM = "checkout/calm/smoke"
NUMBERS = st.lists(
    st.lists(st.integers(0, 20).map(float), min_size=1, max_size=3), min_size=1, max_size=6
)


def told(story: Any, values: list[list[Any]]) -> Any:
    cases = {f"case-{number}": tries for number, tries in enumerate(values)}
    return story.cell(CALM, cases, metric="latency", iterations=max(len(tries) for tries in values))


def test_the_mean_is_that_of_the_test_cases(story: Any) -> None:
    report = told(story, [[1.0, 1.0, 4.0], [2.0, 2.0, 2.0]]).judge_one(mean="latency", at_most="2")

    assert (report.estimate, report.n, report.cases_n) == (2.0, 6, 2)
    assert (report.verdict, report.method) == ("passed", None)
    assert report.reason == (
        "latency was 2 s in the mean of 6 simulations (2 test cases), at most 2 s was asked."
    )


def test_a_mean_has_student_s_bounds(story: Any) -> None:
    report = told(story, [[1.0], [2.0], [3.0]]).judge_one(mean="latency", at_most="2.5")

    assert (report.method, report.confidence) == ("one-sample t", 0.95)
    assert report.lower == pytest.approx(2 - 2.919986 / 3**0.5)
    assert report.upper == pytest.approx(2 + 2.919986 / 3**0.5)
    assert "chance alone could explain it: 0.3141 s to 3.686 s at 95%" in report.reason


@pytest.mark.parametrize(
    ("missing", "verdict", "code"),
    [
        pytest.param(1, "passed", None, id="one in twenty"),
        pytest.param(2, "inconclusive", "missing_data", id="two in twenty"),
    ],
)
def test_a_mean_bears_a_few_missing_values(
    story: Any, missing: int, verdict: str, code: str | None
) -> None:
    values: list[list[Any]] = [[1.0]] * (20 - missing) + [[None]] * missing

    report = told(story, values).judge_one(mean="latency", at_most="2")

    assert (report.verdict, report.reason_code, report.missing) == (verdict, code, missing)


def test_a_mean_says_how_many_of_the_missing_failed(story: Any) -> None:
    report = told(story, [[1.0], [1.0], ["FAILED"]]).judge_one(mean="latency", at_most="2")

    assert report.reason.endswith("; with 1 of 3 values missing (1 failed) that cannot be told.")


def test_a_mean_of_failures_alone_is_no_data(story: Any) -> None:
    report = told(story, [["FAILED"], ["FAILED"]]).judge_one(mean="latency", at_most="2")

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "no_data")


@pytest.mark.parametrize(
    ("gate", "verdict", "estimate"),
    [
        pytest.param({"p90": "latency", "at_most": "9"}, "passed", 9.0, id="p90 within"),
        pytest.param({"p90": "latency", "at_most": "8.9"}, "failed", 9.0, id="p90 above"),
        pytest.param({"p91": "latency", "at_most": "9"}, "failed", 10.0, id="p91 above"),
        pytest.param({"p10": "latency", "at_least": "2"}, "passed", 2.0, id="p10 within"),
        pytest.param({"p9": "latency", "at_least": "2"}, "failed", 1.0, id="p9 below"),
        pytest.param({"median": "latency", "at_most": "5"}, "passed", 5.0, id="median, from above"),
        pytest.param({"median": "latency", "at_least": "6"}, "passed", 6.0, id="from below"),
        pytest.param({"min": "latency", "at_least": "1"}, "passed", 1.0, id="smallest within"),
        pytest.param({"min": "latency", "at_most": "0.5"}, "failed", 1.0, id="smallest above"),
        pytest.param({"max": "latency", "at_most": "9.9"}, "failed", 10.0, id="largest above"),
        pytest.param({"max": "latency", "at_least": "10"}, "passed", 10.0, id="largest within"),
    ],
)
def test_a_part_of_the_values_keeps_to_the_bar(
    story: Any, gate: dict[str, Any], verdict: str, estimate: float
) -> None:
    report = told(story, [[float(n)] for n in range(1, 11)]).judge_one(**gate)

    assert (report.verdict, report.estimate) == (verdict, estimate)


@pytest.mark.parametrize(
    ("gate", "verdict"),
    [
        pytest.param({"p50": "latency", "at_most": "2"}, "passed", id="half is enough"),
        pytest.param({"p75": "latency", "at_most": "9"}, "failed", id="three quarters are not"),
        pytest.param({"p25": "latency", "at_least": "1"}, "failed", id="from below"),
        pytest.param({"max": "latency", "at_most": "9"}, "failed", id="the largest"),
        pytest.param({"min": "latency", "at_least": "1"}, "failed", id="the smallest"),
    ],
)
def test_what_failed_violates_every_percentile(
    story: Any, gate: dict[str, Any], verdict: str
) -> None:
    report = told(story, [[1.0], [2.0], ["FAILED"], ["FAILED"]]).judge_one(**gate)

    assert report.verdict == verdict
    assert report.cases[0].value == "FAILED"
    assert "; 2 failed and count as beyond it" in report.reason


@pytest.mark.parametrize("kind", ["mean", "median", "p95", "min", "max"])
def test_judges_who_cannot_tell_give_no_number(story: Any, kind: str) -> None:
    report = told(story, [["UNKNOWN"], ["UNKNOWN"]]).judge_one(**{kind: "latency", "at_most": "2"})

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "no_data")
    assert report.reason == "no simulation or run has a number of latency."


def test_a_percentile_among_failures_is_no_number(story: Any) -> None:
    report = told(story, [[1.0], ["FAILED"]]).judge_one(p95="latency", at_most="9")

    assert (report.estimate, report.upper) == (None, None)
    assert report.reason.startswith("the p95 of latency is beyond any number over 2 simulations")


@pytest.mark.parametrize(
    ("gate", "verdict"),
    [
        pytest.param({"median": "latency", "at_most": "3"}, "passed", id="cannot matter"),
        pytest.param({"p90": "latency", "at_most": "3"}, "inconclusive", id="could matter"),
        pytest.param({"p90": "latency", "at_most": "1"}, "failed", id="could not help"),
        pytest.param({"max": "latency", "at_most": "3"}, "inconclusive", id="could be largest"),
        pytest.param({"max": "latency", "at_most": "1"}, "failed", id="is too large already"),
        pytest.param({"max": "latency", "at_least": "2"}, "passed", id="is large enough already"),
        pytest.param({"min": "latency", "at_most": "0"}, "inconclusive", id="could be smallest"),
    ],
)
def test_missing_values_may_lie_anywhere(story: Any, gate: dict[str, Any], verdict: str) -> None:
    report = told(story, [[1.0], [2.0], [3.0], [3.0], [None]]).judge_one(**gate)

    assert (report.verdict, report.missing) == (verdict, 1)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(NUMBERS, st.integers(1, 99), st.integers(0, 20), st.sampled_from(["at_least", "at_most"]))
def test_verdict_and_estimate_of_a_percentile_agree(
    new_story: Any, values: list[list[float]], percent: int, bar: int, side: str
) -> None:
    whole = [tries * (6 // len(tries)) for tries in values]

    report = told(new_story(), whole).judge_one(**{f"p{percent}": "latency", side: str(bar)})

    kept = report.estimate <= bar if side == "at_most" else report.estimate >= bar
    assert report.verdict == (GateVerdict.PASSED if kept else GateVerdict.FAILED)


def test_several_tries_widen_the_bounds_of_a_percentile(story: Any) -> None:
    values = [[float(n)] * 6 for n in range(1, 21)]

    report = told(story, values).judge_one(median="latency", at_most="50")

    assert report.method == "order statistics, korn-graubard"
    assert report.lower <= 6
    assert report.upper >= 14


def test_the_unit_stands_where_the_file_left_it_out(story: Any) -> None:
    report = told(story, [[1.0]]).judge_one(max="latency", at_most="1.23456")

    assert report.threshold == "at most 1.23456 s"


def test_a_test_case_with_fewer_tries_counts_as_much(story: Any) -> None:
    values = {"a": [9.0], "b": [1.0, 1.0, 1.0], "c": [1.0, 1.0, 1.0]}
    story.cell(CALM, values, metric="latency", cases_planned=0)

    assert story.judge_one(p66="latency", at_most="1").verdict == GateVerdict.PASSED
    assert story.judge_one(p67="latency", at_most="1").verdict == GateVerdict.FAILED
