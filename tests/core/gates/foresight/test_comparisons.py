from typing import Any

import pytest

from campaignd.core.gates.foresight.forecast import Forecast, Needs
from campaignd.core.gates.foresight.telling import advise, warn
from campaignd.core.statistics.difference_power import detectable_drop

NO_DROP = {"no_drop": "resolved", "than": "base", "rule_out": "20 points", "per": "mutation"}
NOT_WORSE = {"not_worse": "resolved", "than": "baseline", "allow": "5 points"}
LATENCY = {"not_worse": "latency", "than": "baseline", "allow": "10%"}
NOISE = 2 * 0.9 * 0.1 * 0.5


def only(forecast: Any) -> Forecast:
    (group,) = forecast.groups
    assert isinstance(group, Forecast)
    return group


def test_not_worse_by_5_points_takes_52_agreeing_cases(ahead: Any) -> None:
    fewer, enough = (ahead.see(NOT_WORSE, ahead.cells(cases)) for cases in (51, 52))

    assert enough.can_pass
    assert (fewer.can_pass, fewer.can_fail) == (False, True)
    assert only(fewer).needs == Needs(cases=52)
    (warning,) = warn([fewer])
    assert warning == (
        f"{fewer.name}: cannot pass at this size; even if no case changes, 52 test cases are "
        "needed, and there are 51"
    )


@pytest.mark.parametrize(
    ("margin", "cases"), [pytest.param("20 points", 11), pytest.param("50 points", 10)]
)
def test_no_drop_takes_ten_cases_or_those_that_must_agree(
    ahead: Any, margin: str, cases: int
) -> None:
    gate = {**NO_DROP, "rule_out": margin}
    assert ahead.see(gate, ahead.cells(cases, mutations=1)).can_pass
    assert not ahead.see(gate, ahead.cells(cases - 1, mutations=1)).can_pass


def test_two_cases_decide_nothing(ahead: Any) -> None:
    assert ahead.see(NO_DROP, ahead.cells(2, mutations=1)).is_hopeless


def test_a_missing_baseline_is_no_reason_to_refuse(ahead: Any) -> None:
    assert not ahead.see(NOT_WORSE, ahead.cells(12)).is_hopeless


def test_a_drop_is_detected_as_the_exact_test_does(ahead: Any) -> None:
    group = only(ahead.see(NO_DROP, ahead.cells(40, mutations=1)))
    assert group.detects == pytest.approx(detectable_drop(40, NOISE), abs=2e-3)
    assert group.notices == "19 points worse"
    assert (group.false_alarm or 0) <= 0.05
    assert "comparisons: 9 in 10 pass" in group.assumed


def test_twelve_cases_rarely_decide_and_the_way_out_is_told(ahead: Any) -> None:
    forecast = ahead.see(NO_DROP, ahead.cells(12, mutations=1))
    assert only(forecast).undecided == pytest.approx(0.385, abs=5e-3)
    assert advise(forecast).endswith(
        ": needs 20 test cases, or 8 iterations, to decide 4 times in 5"
    )


def test_of_a_family_each_mutation_needs_more_so_that_all_pass(ahead: Any) -> None:
    alone, five = (ahead.see(NO_DROP, ahead.cells(12, mutations=size)) for size in (1, 5))
    assert len(five.groups) == 5
    assert five.groups[0].needs.cases > alone.groups[0].needs.cases
    assert (five.groups[0].detects or 0) > (alone.groups[0].detects or 0)
    assert five.undecided > alone.undecided
    assert ": needs 37 test cases (more iterations do not help), to decide" in advise(five)
    assert advise(five).endswith(" 4 times in 5 for all 5 groups together")


def test_uncorrected_results_each_have_the_whole_error_rate(ahead: Any) -> None:
    cells = ahead.cells(40, mutations=5)
    corrected = ahead.see(NO_DROP, cells)
    plain = ahead.see({**NO_DROP, "correct": "none"}, cells)
    assert (plain.groups[0].detects or 0) < (corrected.groups[0].detects or 0)
    assert plain.false_alarm > corrected.false_alarm


def test_iterations_sharpen_a_comparison_of_the_same_cases(ahead: Any) -> None:
    once, thrice = (only(ahead.see(NO_DROP, ahead.cells(40, n, mutations=1))) for n in (1, 3))
    assert (thrice.detects or 1) < (once.detects or 0)


def test_these_very_simulations_count_singly(ahead: Any) -> None:
    cells = ahead.cells(4, iterations=5, mutations=1)
    assert not ahead.see(NO_DROP, cells).can_pass
    about_these = ahead.see({**NO_DROP, "across": "this_set"}, cells)
    assert about_these.can_pass
    assert only(about_these).cases == 20


def test_an_improvement_tells_how_large_it_must_be(ahead: Any) -> None:
    gate = {"improves": "resolved", "than": "base", "by": "3 points", "variants": "mutations"}
    group = only(ahead.see(gate, ahead.cells(40, mutations=1)))
    assert group.notices.endswith(" points better")
    assert (group.false_alarm, group.undecided) == (None, None)


def test_where_the_same_is_not_enough_all_cases_getting_better_must_be(ahead: Any) -> None:
    gate = {"improves": "resolved", "than": "base", "by": "3 points", "variants": "mutations"}
    few = only(ahead.see(gate, ahead.cells(2, mutations=1)))
    assert (few.can_pass, few.needs) == (False, Needs(cases=3))
    assert few.lacking == "even if all cases get better, 3 test cases are needed, and there are 2"
    exact = only(ahead.see({**NOT_WORSE, "allow": "0 points"}, ahead.cells(40)))
    assert exact.can_pass
    assert exact.undecided == pytest.approx(0.9, abs=0.05)
    assert exact.needs == Needs()


def test_one_of_several_is_enough_where_any_is(ahead: Any) -> None:
    gate = {
        "improves": "resolved",
        "than": "base",
        "by": "3 points",
        "per": "mutation",
        "need": "any",
    }
    assert ahead.see(gate, ahead.cells(40, mutations=2)).together == "groups_any"


def test_relative_margins_are_reckoned_from_a_stated_spread(ahead: Any) -> None:
    group = only(ahead.see(LATENCY, ahead.cells(40)))
    assert group.notices == "22% worse"
    assert group.needs == Needs(cases=58, iterations=2)
    assert "20%" in group.assumed


def test_absolute_margins_of_numbers_wait_for_a_past(ahead: Any, nights: Any) -> None:
    gate = {**LATENCY, "allow": "0.5 s"}
    unknown = only(ahead.see(gate, ahead.cells(40)))
    assert unknown.note == "how its numbers spread is not known before a first passed execution"
    known = only(ahead.see(gate, ahead.cells(40), nights(1, metric="latency")))
    assert known.notices.endswith(" s worse")
    assert known.assumed == ""


def test_nine_cases_of_numbers_prove_nothing(ahead: Any) -> None:
    assert ahead.see(LATENCY, ahead.cells(9)).is_hopeless
    assert not ahead.see(LATENCY, ahead.cells(12)).can_pass
    assert ahead.see(LATENCY, ahead.cells(20)).can_pass


def test_a_past_takes_the_place_of_assumptions(ahead: Any, nights: Any) -> None:
    gate = {"pass_rate": "resolved", "at_least": "80%"}
    group = only(ahead.see(gate, ahead.cells(12, iterations=2), nights(4)))
    assert group.assumed == ""
    assert (group.truly, group.truth) == ("91%", pytest.approx(0.906, abs=1e-3))
    assert (group.false_alarm or 1) < 0.1


def test_a_past_on_the_wrong_side_is_said_to_be(ahead: Any, nights: Any) -> None:
    gate = {"pass_rate": "resolved", "at_least": "95%"}
    group = only(ahead.see(gate, ahead.cells(12, iterations=2), nights(4)))
    assert group.note == "the last passed executions were on the wrong side of it"
