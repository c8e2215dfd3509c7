from typing import Any

import pytest

from campaignd.core.gates.foresight.forecast import Forecast, Needs


def only(forecast: Any) -> Forecast:
    (group,) = forecast.groups
    assert isinstance(group, Forecast)
    return group


def test_fewer_than_eight_past_executions_are_no_reason_to_refuse(ahead: Any) -> None:
    usual = ahead.see({"within_usual": "resolved", "over": "12"}, ahead.cells(1))
    assert not usual.is_hopeless
    assert only(usual).note == "judged once 8 executions have passed; 0 have so far"


def test_what_is_usual_comes_from_eight_executions(ahead: Any, nights: Any) -> None:
    gate = {"within_usual": "resolved", "over": "12", "direction": "down"}
    cells = ahead.cells(12, iterations=2)
    seven, eight = (only(ahead.see(gate, cells, nights(count))) for count in (7, 8))
    assert not seven.is_known
    assert eight.notices.endswith(" points lower")
    assert eight.false_alarm == pytest.approx(0.05)


def test_a_mix_is_reckoned_for_two_outcomes(ahead: Any) -> None:
    gate = {"same_mix": "plain", "than": "baseline", "allow": "10 points"}
    small, large = (only(ahead.see(gate, ahead.cells(cases))) for cases in (40, 2000))
    assert small.notices == "28 points shifted"
    assert small.undecided == 1.0
    assert (small.needs.cases or 0) > 400
    assert (large.undecided or 0) < 0.01


ALL_TRIES = {"all_tries": "resolved", "k": "3", "at_least": "80%"}


def test_all_of_three_tries_need_three_tries(ahead: Any) -> None:
    forecast = ahead.see(ALL_TRIES, ahead.cells(20, iterations=2))
    assert forecast.is_hopeless
    group = only(forecast)
    assert group.lacking == "each test case is tried 2 times and 3 tries are asked for"
    assert group.needs == Needs(iterations=3)


def test_all_tries_count_each_case_once(ahead: Any, nights: Any) -> None:
    cells = ahead.cells(12, iterations=3)
    assumed, known = (only(ahead.see(ALL_TRIES, cells, nights(count))) for count in (0, 4))
    assert (assumed.cases, assumed.truly, assumed.notices) == (12, "84%", "68% or less")
    assert known.assumed == ""
    assert known.truth == pytest.approx(0.8006, abs=1e-4)
