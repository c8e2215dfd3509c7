from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaignd.core.coval import Aggregate
from campaignd.core.evidence import CellOutcome
from campaignd.core.verdicts import TIMED_OUT, GateVerdict, Verdict, judge_execution

RATE: Mapping[str, Any] = {"pass_rate": "resolved", "at_least": "75%"}
ERRORS: Mapping[str, Any] = {"errors": "runs", "at_most": "50%"}
CALM, ELDERLY = "checkout/calm/smoke", "checkout/elderly/smoke"
LOST = {"outcome": CellOutcome.LOST, "cases_planned": 4, "attempts_lost": 1}
LATE = {"outcome": CellOutcome.TIMED_OUT, "cases_planned": 4}


def passing(count: int) -> dict[str, list[str]]:
    return {f"case-{number}": ["YES"] for number in range(count)}


def failing(count: int) -> dict[str, list[str]]:
    return {f"case-{number}": ["NO"] for number in range(count)}


def test_nothing_measured_is_errored(story: Any) -> None:
    report = story.judge_one(**RATE)

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "no_data")


def test_cells_without_test_cases_are_no_data(story: Any) -> None:
    report = story.cell(CALM).judge_one(**RATE)

    assert (report.verdict, report.reason) == ("errored", "the cells have no test cases.")


def test_a_score_that_is_no_number_is_named(story: Any) -> None:
    report = story.run(float("nan")).judge_one(mean="quality", at_least="50")

    assert (report.reason_code, report.reason) == (
        "unusable_values",
        "quality is not a finite number in run R0000.",
    )


def test_a_gate_without_any_data_does_not_hope_for_an_errors_gate(story: Any) -> None:
    report = story.cell(CALM, **LOST).judge_one(**RATE)

    assert report.reason == (
        f"1 cell that it needs was lost: {CALM}; none of 4 expected: no simulation ended."
    )


def test_a_lost_cell_makes_a_gate_that_needs_it_errored(story: Any) -> None:
    report = story.cell(CALM, passing(4)).cell(ELDERLY, **LOST).judge_one(**RATE)

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "cell_lost")
    assert report.reason.startswith(f"1 cell that it needs was lost: {ELDERLY}; resolved passed")
    assert report.reason.endswith("; an `errors: runs` gate would count that as missing data.")


def test_a_gate_that_does_not_need_the_lost_cell_is_judged(story: Any) -> None:
    story.cell(CALM, passing(4)).cell(ELDERLY, **LOST)

    assert story.judge_one(**RATE, where={"personas": "calm"}).verdict == GateVerdict.PASSED


def test_of_a_split_gate_the_group_with_the_lost_cell_is_errored(story: Any) -> None:
    story.cell(CALM, passing(4)).cell(ELDERLY, **LOST)

    reports = story.judge({**RATE, "per": "persona"})

    assert [(r.scope, r.verdict) for r in reports] == [
        ({"persona": "calm"}, GateVerdict.PASSED),
        ({"persona": "elderly"}, GateVerdict.ERRORED),
    ]
    assert [r.reason_code for r in reports] == [None, "cell_lost"]


def test_a_failure_that_no_lost_cell_could_mend_is_a_failure(story: Any) -> None:
    report = story.cell(CALM, failing(12)).cell(ELDERLY, **LOST).judge_one(**RATE)

    assert (report.verdict, report.reason_code) == (GateVerdict.FAILED, None)


@pytest.mark.parametrize(
    ("gates", "verdict", "code"),
    [
        pytest.param([ERRORS], "inconclusive", "missing_data", id="it covers the cell"),
        pytest.param([{"all": [ERRORS, RATE]}], "inconclusive", "missing_data", id="within all"),
        pytest.param([{"any": [ERRORS, RATE]}], "errored", "cell_lost", id="within any"),
        pytest.param([{**ERRORS, "blocks": "false"}], "errored", "cell_lost", id="not blocking"),
        pytest.param(
            [{**ERRORS, "where": {"personas": "calm"}}], "errored", "cell_lost", id="elsewhere"
        ),
    ],
)
def test_an_errors_gate_makes_lost_cells_missing_data(
    story: Any, gates: list[dict[str, Any]], verdict: str, code: str
) -> None:
    story.cell(CALM, {**passing(3), "case-3": ["NO"]}).cell(ELDERLY, **LOST)

    *_, report = story.judge(*gates, {**RATE, "name": "Rate"})

    assert (report.verdict, report.reason_code) == (verdict, code)


def test_a_timeout_that_cost_a_gate_its_data_shows_in_the_verdict(story: Any) -> None:
    report = story.cell(CALM, passing(4)).cell(ELDERLY, **LATE).judge_one(**RATE)

    assert (report.verdict, report.reason_code) == (GateVerdict.INCONCLUSIVE, TIMED_OUT)
    assert "a timeout ended 1 cell" in report.reason
    assert judge_execution([report])[0] == Verdict.TIMED_OUT


def test_a_timeout_that_could_not_change_the_verdict_costs_nothing(story: Any) -> None:
    report = story.cell(CALM, passing(12)).cell(ELDERLY, **{**LATE, "cases_planned": 1})

    assert report.judge_one(**RATE).verdict == GateVerdict.PASSED


def test_a_timed_out_cell_of_a_gate_within_shows_outside(story: Any) -> None:
    story.cell(CALM, passing(4)).cell(ELDERLY, **LATE)

    report = story.judge_one(all=[RATE, {**RATE, "name": "Calm", "where": {"personas": "calm"}}])

    assert (report.verdict, report.reason_code) == (GateVerdict.INCONCLUSIVE, TIMED_OUT)


def test_a_metric_that_never_came_is_not_delivered(story: Any) -> None:
    report = story.cell(CALM, {"case-1": [None], "case-2": [None]}).judge_one(**RATE)

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "not_delivered")
    assert report.reason == (
        "Coval delivered no value of resolved for any of 2 completed simulations."
    )


@pytest.mark.parametrize(
    ("gate", "values", "reason"),
    [
        pytest.param(
            RATE,
            {"resolved": ["YES", 1.0]},
            f"resolved is a number in {CALM} (1.0), and pass_rate takes a text here.",
            id="a number where texts pass",
        ),
        pytest.param(
            {"mean": "plain", "at_most": "1"},
            {"plain": [0.5, "fast"]},
            f"plain is a text in {CALM} ('fast'), and mean takes a number here.",
            id="a text among numbers",
        ),
        pytest.param(
            {"pass_rate": "flag", "at_least": "50%"},
            {"flag": [1.0, "1"]},
            f"flag is a number in {CALM} (1.0) and a text in {CALM} ('1').",
            id="numbers and texts",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "1"},
            {"latency": [0.5, float("inf")]},
            f"latency is not a finite number in {CALM} (inf).",
            id="infinity",
        ),
        pytest.param(
            {"mean": "latency", "at_most": "1"},
            {"latency": [0.5, 1e308, "UNKNOWN"]},
            f"latency is not a finite number in {CALM} (1e+308).",
            id="too large to be squared",
        ),
        pytest.param(
            {"pass_rate": "topics", "at_least": "50%"},
            {"topics": [frozenset({"refund"}), "refund"]},
            f"topics is a text in {CALM} ('refund'), and pass_rate takes a set of texts here.",
            id="a text among sets",
        ),
    ],
)
def test_values_that_cannot_be_read_are_named(
    story: Any, gate: dict[str, Any], values: dict[str, list[Any]], reason: str
) -> None:
    ((metric, tries),) = values.items()

    report = story.cell(CALM, {"case-1": tries}, metric=metric).judge_one(**gate)

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "unusable_values")
    assert report.reason == reason


@pytest.mark.parametrize(
    ("metric", "verdict", "missing"),
    [
        pytest.param("resolved", "failed", 0, id="it counts as failing"),
        pytest.param("unsure", "inconclusive", 1, id="it counts as missing"),
    ],
)
def test_a_judge_who_cannot_tell(story: Any, metric: str, verdict: str, missing: int) -> None:
    story.cell(CALM, {"a": ["YES"], "b": ["UNKNOWN"]}, metric=metric)

    report = story.rate(metric, at_least="75%")

    assert (report.verdict, report.missing) == (verdict, missing)


class TestAggregates:
    """The older shape of results: mean, smallest and largest of a run, without values."""

    LATENCY = Aggregate(mean=0.9, minimum=0.2, maximum=3.0)

    @pytest.fixture
    def averaged(self, story: Any) -> Any:
        return story.cell(
            CALM, {f"case-{n}": [None] * 2 for n in range(5)}, aggregates={"latency": self.LATENCY}
        )

    @pytest.mark.parametrize(
        ("gate", "verdict", "estimate"),
        [
            pytest.param({"mean": "latency", "at_most": "1"}, "passed", 0.9, id="the mean"),
            pytest.param({"min": "latency", "at_least": "0.5"}, "failed", 0.2, id="the smallest"),
            pytest.param({"max": "latency", "at_most": "3"}, "passed", 3.0, id="the largest"),
        ],
    )
    def test_they_serve_mean_and_extremes(
        self, averaged: Any, gate: dict[str, Any], verdict: str, estimate: float
    ) -> None:
        report = averaged.judge_one(**gate)

        assert (report.verdict, report.estimate, report.n) == (verdict, estimate, 10)
        assert (report.method, report.lower) == ("aggregates of cells, without values", None)

    def test_cells_weigh_as_many_simulations_as_completed(self, averaged: Any) -> None:
        averaged.cell(ELDERLY, {"case-0": [None] * 10}, aggregates={"latency": Aggregate(1.9)})

        assert averaged.judge_one(mean="latency", at_most="2").estimate == pytest.approx(1.4)
        assert averaged.judge_one(max="latency", at_most="2").reason_code == "not_delivered"

    @pytest.mark.parametrize(
        "gate",
        [
            pytest.param({"p95": "latency", "at_most": "8"}, id="a percentile"),
            pytest.param({"median": "latency", "at_most": "8"}, id="the median"),
        ],
    )
    def test_they_do_not_serve_what_needs_values(self, averaged: Any, gate: dict[str, Any]) -> None:
        report = averaged.judge_one(**gate)

        assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "not_delivered")

    def test_they_mix_variants_so_that_one_variant_cannot_be_told(self, story: Any) -> None:
        aggregates = {"latency": self.LATENCY}
        story.cell(CALM, {"a": [None]}, aggregates=aggregates, variants=("base", "gpt-4o"))
        story.cell(CALM, {"a": [None]}, variant="gpt-4o")

        alone = story.judge_one(mean="latency", at_most="1")
        together = story.judge_one(mean="latency", at_most="1", variants="all")

        assert (alone.reason_code, together.verdict) == ("not_delivered", GateVerdict.PASSED)
        assert alone.reason == (
            f"Coval gave only averages of {CALM}, which mix the base agent with other variants."
        )

    def test_they_do_not_mix_with_values(self, averaged: Any) -> None:
        averaged.cell(ELDERLY, {"a": [0.5]}, metric="latency")

        report = averaged.judge_one(mean="latency", at_most="1")

        assert report.reason == f"Coval gave values of {ELDERLY} and only averages of {CALM}."

    def test_a_lost_cell_is_not_averaged(self, averaged: Any) -> None:
        averaged.cell(ELDERLY, **{**LOST, "cases_planned": 1})

        report = averaged.judge(ERRORS, {"max": "latency", "at_most": "2"})[1]

        assert (report.verdict, report.missing) == (GateVerdict.FAILED, 1)

    def test_failed_simulations_are_in_no_average(self, averaged: Any) -> None:
        averaged.cell(CALM, {"case-9": ["FAILED", "FAILED"]})

        mean = averaged.judge_one(mean="latency", at_most="1")
        largest = averaged.judge_one(max="latency", at_most="9")

        assert (mean.verdict, mean.reason_code) == (GateVerdict.INCONCLUSIVE, "missing_data")
        assert largest.verdict == GateVerdict.FAILED


CASES = st.lists(
    st.lists(st.sampled_from(["YES", "NO"]), min_size=1, max_size=3), min_size=1, max_size=6
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(CASES, st.data(), st.sampled_from(["at_least", "at_most"]), st.integers(1, 99))
def test_losing_values_never_turns_one_verdict_into_the_other(
    new_story: Any, whole: list[list[str]], data: st.DataObject, side: str, percent: int
) -> None:
    kept = [[data.draw(st.sampled_from([value, None])) for value in tries] for tries in whole]
    gate = {"pass_rate": "resolved", side: f"{percent}%"}

    told = new_story().cell(CALM, as_cases(whole)).judge_one(**gate).verdict
    partly = new_story().cell(CALM, as_cases(kept)).judge_one(**gate).verdict

    assert partly in {told, GateVerdict.INCONCLUSIVE, GateVerdict.ERRORED}


def as_cases(tries: list[list[Any]]) -> dict[str, list[Any]]:
    return {f"case-{number}": values for number, values in enumerate(tries)}
