from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaignd.core.evidence import CellOutcome
from campaignd.core.statistics.number_comparisons import matched_change
from campaignd.core.statistics.score_differences import tango

CELL = "checkout/calm/smoke"
NO_DROP: Mapping[str, Any] = {"no_drop": "resolved", "than": "base", "rule_out": "20 points"}
NOT_WORSE: Mapping[str, Any] = {"not_worse": "resolved", "than": "base", "allow": "5 points"}
IMPROVES: Mapping[str, Any] = {"improves": "resolved", "than": "base", "by": "3 points"}
BASELINE: Mapping[str, Any] = {**NO_DROP, "than": "baseline"}


def answers(count: int, failing: Sequence[int] = (), word: str = "NO") -> dict[str, list[str]]:
    return {f"c{n:02}": [word if n in failing else "YES"] for n in range(count)}


def mutated(story: Any, base: Any, new: Any, **fields: Any) -> Any:
    story.cell(CELL, base, variants=("base", "gpt-4o"), **fields)
    return story.cell(CELL, new, variant="gpt-4o", **fields)


@pytest.mark.parametrize(
    ("gate", "count", "fell", "rose", "verdict", "code"),
    [
        pytest.param(NO_DROP, 40, 8, 0, "failed", None, id="a drop is proven"),
        pytest.param(NO_DROP, 40, 1, 1, "passed", None, id="a large drop is ruled out"),
        pytest.param(NO_DROP, 20, 3, 1, "inconclusive", "too_noisy", id="between the two"),
        pytest.param(
            NO_DROP, 8, 0, 0, "inconclusive", "cannot_pass_at_this_size", id="eight that agree"
        ),
        pytest.param(NO_DROP, 8, 8, 0, "failed", None, id="no size forbids to fail"),
        pytest.param(NO_DROP, 9, 0, 5, "inconclusive", "too_few", id="nine, however good"),
        pytest.param(NOT_WORSE, 52, 0, 0, "passed", None, id="52 that agree rule 5 points out"),
        pytest.param(
            NOT_WORSE, 51, 0, 0, "inconclusive", "cannot_pass_at_this_size", id="51 do not"
        ),
        pytest.param(
            NOT_WORSE, 12, 1, 0, "inconclusive", "margin_below_resolution", id="one is 8 points"
        ),
        pytest.param(NOT_WORSE, 19, 0, 15, "inconclusive", "too_few", id="19 cases"),
        pytest.param(NOT_WORSE, 40, 16, 0, "failed", None, id="much worse"),
        pytest.param(IMPROVES, 60, 0, 12, "passed", None, id="better"),
        pytest.param(IMPROVES, 60, 6, 0, "failed", None, id="worse"),
        pytest.param(IMPROVES, 60, 1, 3, "inconclusive", "too_noisy", id="a little better"),
    ],
)
def test_comparisons_say_what_is_proven(  # noqa: PLR0913, PLR0917  a table has columns
    story: Any,
    gate: Mapping[str, Any],
    count: int,
    fell: int,
    rose: int,
    verdict: str,
    code: str | None,
) -> None:
    base = answers(count, range(rose))
    new = answers(count, range(rose, rose + fell))

    report = mutated(story, base, new).judge_one(**gate)

    assert (report.verdict, report.reason_code) == (verdict, code)
    assert (report.decide, report.unit, report.cases_n) == ("proven", "points", count)


def test_the_numbers_are_those_of_tango(story: Any) -> None:
    report = mutated(story, answers(40, [0]), answers(40, range(1, 9))).judge_one(**NO_DROP)

    expected = tango(rose=1, fell=8, n=40)
    assert report.method == "tango"
    assert report.estimate == pytest.approx(-7 / 40)
    assert (report.lower, report.upper) == pytest.approx(
        (expected.bounds(0.95).lower, expected.bounds(0.95).upper)
    )
    assert report.p_pass == pytest.approx(expected.p_above(-0.2))
    assert report.p_fail == pytest.approx(expected.p_below(0.0))


def test_the_reason_tells_the_whole_story(story: Any) -> None:
    mutated(story, answers(40, [0]), answers(40, range(1, 9)))

    report = story.judge_one(**NO_DROP, per="mutation")

    assert report.variant == "gpt-4o"
    assert report.reason == (
        "resolved of mutation gpt-4o fell by 17.5 points (between 6.1 points and 30.3 points at "
        "95%; a drop is proven; 40 of 40 test cases matched). Worst: c01 (100% to 0%), "
        "c02 (100% to 0%), c03 (100% to 0%)."
    )
    assert [(case.test_case, case.base, case.value) for case in report.cases[:2]] == [
        ("c01", 1.0, 0.0),
        ("c02", 1.0, 0.0),
    ]


def test_an_inconclusive_comparison_says_what_would_decide_it(story: Any) -> None:
    report = mutated(story, answers(12), answers(12, [0])).judge_one(**NO_DROP)

    assert report.reason.endswith("8 more test cases would decide a drop of 20 points.")


def test_iterations_are_proposed_where_they_help(story: Any) -> None:
    base = {f"c{n:02}": ["YES", "NO"] if n % 2 else ["YES", "YES"] for n in range(20)}
    new = {f"c{n:02}": ["NO", "YES"] if n % 3 else ["YES", "NO"] for n in range(20)}

    report = mutated(story, base, new).judge_one(**{**NO_DROP, "rule_out": "25 points"})

    assert report.method == "square-and-add"
    assert "iterations would decide" in report.reason or report.verdict == "failed"


def test_test_cases_are_paired_within_the_cell_and_then_averaged(story: Any) -> None:
    other = "checkout/elderly/smoke"
    mutated(story, answers(12), answers(12, range(12)))
    story.cell(other, answers(12), variants=("base", "gpt-4o"))
    story.cell(other, answers(12), variant="gpt-4o")

    pooled = story.judge_one(**NO_DROP)
    split = story.judge({**NO_DROP, "per": "persona"})

    assert (pooled.estimate, pooled.cases_n, pooled.n) == (-0.5, 12, 24)
    assert [report.estimate for report in split] == [-1.0, 0.0]


@pytest.mark.parametrize(
    ("missing", "verdict", "code"),
    [
        pytest.param(1, "passed", None, id="one does not matter"),
        pytest.param(8, "inconclusive", "missing_data", id="eight might all have failed"),
    ],
)
def test_missing_results_are_taken_at_their_worst(
    story: Any, missing: int, verdict: str, code: str | None
) -> None:
    new = answers(40, range(missing), word="CANCELLED")

    report = mutated(story, answers(40), new).judge_one(**NO_DROP)

    assert (report.verdict, report.reason_code, report.missing) == (verdict, code, missing)


def test_missing_results_of_the_base_agent_matter_as_much(story: Any) -> None:
    base = answers(40, range(8), word="CANCELLED")
    new = answers(40, range(8), word="NO")

    report = mutated(story, base, new).judge_one(**NO_DROP)

    assert (report.verdict, report.reason_code) == ("inconclusive", "missing_data")


def test_a_simulation_that_failed_passes_nothing(story: Any) -> None:
    report = mutated(story, answers(40), answers(40, range(8), word="FAILED")).judge_one(**NO_DROP)

    assert (report.verdict, report.missing) == ("failed", 0)


def test_a_lost_cell_makes_a_comparison_errored(story: Any) -> None:
    mutated(story, answers(40), answers(40))
    story.cell(
        "checkout/elderly/smoke",
        variants=("base", "gpt-4o"),
        cases_planned=40,
        outcome=CellOutcome.LOST,
    )

    assert story.judge_one(**NO_DROP).reason_code == "cell_lost"


def test_where_more_is_worse_a_rise_is_what_fails(story: Any) -> None:
    base = {f"c{n}": [1.0 + n / 100] for n in range(20)}
    new = {f"c{n}": [1.3 + n / 90] for n in range(20)}

    report = mutated(story, base, new, metric="latency").judge_one(
        not_worse="latency", than="base", allow="10%"
    )

    expected = matched_change(
        np.array([tries[0] for tries in base.values()]),
        np.array([tries[0] for tries in new.values()]),
    )
    assert (report.verdict, report.unit, report.method) == ("failed", "relative", expected.method)
    assert report.estimate == pytest.approx(expected.estimate)
    assert report.p_fail == pytest.approx(expected.p_above(0.1))
    assert report.reason.startswith("latency rose by")


def test_numbers_with_many_missing_are_not_compared(story: Any) -> None:
    base = {f"c{n}": [1.0 + n / 100] for n in range(20)}
    new = {f"c{n}": [None if n < 2 else 9.0 + n / 90] for n in range(20)}

    report = mutated(story, base, new, metric="latency").judge_one(
        no_drop="latency", than="base", rule_out="1 s"
    )

    assert (report.verdict, report.reason_code) == ("inconclusive", "missing_data")


def test_a_relative_margin_needs_numbers_above_zero(story: Any) -> None:
    values = {f"c{n}": [float(n)] for n in range(20)}

    report = mutated(story, values, values, metric="latency").judge_one(
        no_drop="latency", than="base", rule_out="10%"
    )

    assert (report.verdict, report.reason_code) == ("errored", "unusable_values")
    assert "write the margin as a plain number" in report.reason


def test_answers_that_say_nothing_cannot_be_compared(story: Any) -> None:
    unknown = {f"c{n}": ["UNKNOWN"] for n in range(20)}

    report = mutated(story, unknown, unknown, metric="unsure").judge_one(
        **{**NO_DROP, "no_drop": "unsure"}
    )

    assert (report.verdict, report.reason_code) == ("errored", "no_data")


def test_a_base_agent_without_values_is_named(story: Any) -> None:
    nothing: Any = {f"c{n:02}": [None] for n in range(20)}

    report = mutated(story, nothing, answers(20)).judge_one(**NO_DROP)

    assert (report.verdict, report.reason_code) == ("errored", "not_delivered")
    assert report.reason.startswith("of the base agent: Coval delivered no value")


def test_a_planned_case_that_nobody_saw_forbids_a_verdict_against_a_baseline(
    story: Any, new_story: Any
) -> None:
    before = new_story().cell(CELL, answers(41))
    story.cell(CELL, answers(40), cases_planned=41).against(before)

    report = story.judge_one(**BASELINE)

    assert (report.verdict, report.reason_code) == ("inconclusive", "missing_data")


def test_without_a_baseline_a_gate_is_noted_and_not_counted(story: Any) -> None:
    report = story.cell(CELL, answers(40)).judge_one(**BASELINE)

    assert (report.verdict, report.reason_code, report.blocks) == (
        "inconclusive",
        "no_baseline",
        False,
    )
    assert report.reason == "there is no baseline yet: noted, and not counted."


def test_without_baseline_block_counts(story: Any) -> None:
    report = story.cell(CELL, answers(40)).judge_one(**BASELINE, without_baseline="block")

    assert (report.reason_code, report.blocks) == ("no_baseline", True)


def test_what_changed_since_the_baseline_is_told(story: Any, new_story: Any) -> None:
    before = new_story().cell(CELL, answers(40))
    story.cell(CELL, answers(30)).against(before, notes=("the agent has another version",))

    report = story.judge_one(**BASELINE)

    assert report.verdict == "passed"
    assert "30 of 40 test cases matched" in report.reason
    assert report.reason.endswith("; the agent has another version.")


def test_too_few_matched_test_cases_never_pass(story: Any, new_story: Any) -> None:
    before = new_story().cell(CELL, {f"old-{n}": ["YES"] for n in range(28)} | answers(12))
    story.cell(CELL, answers(40)).against(before)

    report = story.judge_one(**BASELINE)

    assert (report.verdict, report.reason_code) == ("inconclusive", "unmatched_cases")


def test_no_matched_test_case_at_all_is_named(story: Any, new_story: Any) -> None:
    before = new_story().cell(CELL, {"old": ["YES"]})
    report = story.cell(CELL, answers(40)).against(before).judge_one(**BASELINE)

    assert (report.verdict, report.reason_code) == ("inconclusive", "unmatched_cases")


def test_an_execution_that_is_not_there_is_errored(story: Any) -> None:
    gate = {**NO_DROP, "than": {"execution": "01J"}}

    report = story.cell(CELL, answers(40)).judge_one(**gate)

    assert (report.verdict, report.reason_code) == ("errored", "no_data")


def test_runs_of_cotool_are_compared_unmatched(story: Any, new_story: Any) -> None:
    before = new_story()
    for number in range(30):
        before.run(80.0 + number % 5)
        story.run(70.0 + number % 5)

    report = story.against(before).judge_one(no_drop="quality", than="baseline", rule_out=5)

    assert (report.verdict, report.method, report.estimate) == ("failed", "welch", -10.0)


def test_across_this_set_counts_simulations(story: Any) -> None:
    base = {f"c{n}": ["YES"] * 10 for n in range(12)}
    new = {f"c{n}": ["NO"] * 3 + ["YES"] * 7 for n in range(12)}

    report = mutated(story, base, new).judge_one(**NO_DROP, across="this_set")

    assert (report.verdict, report.method) == ("failed", "farrington-manning")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.lists(st.booleans(), min_size=12, max_size=30),
    new=st.lists(st.booleans(), min_size=12, max_size=30),
)
def test_swapping_the_sides_negates_the_change(
    new_story: Any, base: list[bool], new: list[bool]
) -> None:
    count = min(len(base), len(new))
    sides = [answers(count, [n for n in range(count) if not side[n]]) for side in (base, new)]

    there = mutated(new_story(), *sides).judge_one(**NO_DROP)
    back = mutated(new_story(), *reversed(sides)).judge_one(**NO_DROP)

    assert there.estimate == pytest.approx(-back.estimate)
    assert there.lower == pytest.approx(-back.upper, abs=1e-9)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    failing=st.sets(st.integers(0, 39), max_size=10),
    lost=st.sets(st.integers(0, 39), max_size=12),
)
def test_losing_results_never_passes_what_could_not_pass_whole(
    new_story: Any, failing: set[int], lost: set[int]
) -> None:
    whole = answers(40, [*failing])
    holed = {case: ["CANCELLED"] if int(case[1:]) in lost else v for case, v in whole.items()}

    before = mutated(new_story(), answers(40), whole).judge_one(**NO_DROP)
    after = mutated(new_story(), answers(40), holed).judge_one(**NO_DROP)

    if after.verdict == "passed":
        assert before.verdict == "passed"
    if after.verdict == "failed":
        assert before.verdict == "failed"


def test_the_base_agent_is_no_variant_that_could_pass_for_it(story: Any) -> None:
    mutated(story, answers(60), answers(60, range(60)))

    reports = story.judge({**NOT_WORSE, "per": "variant", "need": "any"})

    assert [(report.variant, report.verdict) for report in reports] == [("gpt-4o", "failed")]


def test_few_matched_cases_are_the_reason_and_not_the_size(story: Any, new_story: Any) -> None:
    before = new_story().cell(CELL, answers(40))
    story.cell(CELL, {f"c{n:02}": ["YES"] for n in range(35, 75)}).against(before)

    report = story.judge_one(**BASELINE)

    assert (report.verdict, report.reason_code) == ("inconclusive", "unmatched_cases")
    assert report.reason.endswith(
        "Only 5 of 75 test cases are on both sides: run what the other side ran."
    )


@pytest.mark.parametrize("scale", [pytest.param(1.0, id="s"), pytest.param(1000.0, id="ms")])
def test_what_never_varies_is_as_sure_in_any_unit(story: Any, new_story: Any, scale: float) -> None:
    same = {f"c{n:02}": [2 * scale] for n in range(40)}
    story.cell(CELL, same, metric="latency").against(new_story().cell(CELL, same, metric="latency"))
    gate = {"no_drop": "latency", "than": "baseline", "rule_out": scale / 10}

    report = story.judge_one(**gate)

    assert report.upper == pytest.approx(2 * scale * (1 - 0.05 ** (1 / 40)))
    assert report.verdict == "inconclusive"


def test_a_gain_close_to_its_margin_is_too_close_to_call_and_names_no_size(story: Any) -> None:
    mutated(story, answers(40, [2, 31]), answers(40, [5]))

    report = story.judge_one(improves="resolved", than="base", by="3 points", per="mutation")

    assert (report.verdict, report.reason_code) == ("inconclusive", "too_noisy")
    assert "too close to call" in report.reason
    assert "more test case" not in report.reason
