from typing import Any

import pytest
from scipy.stats import binom, norm

from campaignd.core.gates.foresight.forecast import Forecast, Needs
from campaignd.core.gates.foresight.words import chance


def only(forecast: Any) -> Forecast:
    (group,) = forecast.groups
    assert isinstance(group, Forecast)
    return group


def test_at_least_90_percent_on_20_cases_is_red_one_night_in_five(ahead: Any) -> None:
    group = only(ahead.see({"pass_rate": "resolved", "at_least": "90%"}, ahead.cells(20)))

    assert (chance(group.false_alarm or 0), group.truly) == ("1 in 5", "92%")
    assert (group.notices, group.cases, group.undecided) == ("80% or less", 20, None)
    assert binom.cdf(17, 20, group.detects) == pytest.approx(0.8)
    assert "a fifth of the way" in group.assumed


@pytest.mark.parametrize(("bar", "cases"), [("90%", 29), ("95%", 59), ("99%", 299)])
def test_so_many_cases_that_all_pass_are_a_proof(ahead: Any, bar: str, cases: int) -> None:
    gate = {"pass_rate": "resolved", "at_least": bar, "decide": "proven"}
    enough, fewer = (only(ahead.see(gate, ahead.cells(n))) for n in (cases, cases - 1))

    assert enough.can_pass
    assert not fewer.can_pass
    assert fewer.can_fail
    assert fewer.needs == Needs(cases=cases)
    assert fewer.lacking == (
        f"even if all pass, {cases} test cases are needed for a proof, and there are {cases - 1}"
    )


def test_one_case_proves_nothing_either_way(ahead: Any) -> None:
    gate = {"pass_rate": "resolved", "at_least": "90%", "decide": "proven"}
    assert ahead.see(gate, ahead.cells(1)).is_hopeless
    assert not ahead.see({**gate, "decide": "observed"}, ahead.cells(1)).is_hopeless


def test_no_number_of_cases_proves_that_all_pass(ahead: Any) -> None:
    gate = {"pass_rate": "resolved", "at_least": "100%", "decide": "proven"}
    group = only(ahead.see(gate, ahead.cells(500)))
    assert not group.can_pass
    assert "no number of test cases proves" in group.lacking


def test_several_tries_of_a_case_need_ten_cases_for_a_proof(ahead: Any) -> None:
    gate = {"pass_rate": "resolved", "at_least": "50%", "decide": "proven"}
    assert ahead.see(gate, ahead.cells(9)).can_pass
    assert not ahead.see(gate, ahead.cells(9, iterations=3)).can_pass
    assert ahead.see(gate, ahead.cells(10, iterations=3)).can_pass


def test_about_these_very_simulations_each_of_them_counts(ahead: Any) -> None:
    gate = {"pass_rate": "resolved", "at_least": "90%", "decide": "proven"}
    cells = ahead.cells(10, iterations=3)
    assert not ahead.see(gate, cells).can_pass
    assert ahead.see({**gate, "across": "this_set"}, cells).can_pass


def test_a_share_of_what_should_be_rare_is_told_from_its_side(ahead: Any) -> None:
    group = only(ahead.see({"pass_rate": "resolved", "at_most": "10%"}, ahead.cells(20)))
    assert (group.notices, group.truly) == ("20% or more", "8%")
    assert group.detects == pytest.approx(0.2, abs=5e-3)
    assert group.truth == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("gate", "notices", "truly"),
    [
        pytest.param({"p95": "latency", "at_most": "8 s"}, "10% above 8 s", "4% above", id="p95"),
        pytest.param(
            {"median": "latency", "at_least": "1"}, "58% below 1 s", "40% below", id="median"
        ),
        pytest.param({"max": "latency", "at_most": "20"}, "4% above 20 s", "1% above", id="max"),
    ],
)
def test_quantiles_and_extremes_count_what_is_beyond(
    ahead: Any, gate: Any, notices: str, truly: str
) -> None:
    group = only(ahead.see(gate, ahead.cells(40)))
    assert (group.notices, group.truly) == (notices, truly)


def test_an_extreme_that_one_value_keeps_tells_nothing_beforehand(ahead: Any) -> None:
    group = only(ahead.see({"min": "latency", "at_most": "1"}, ahead.cells(40)))
    assert not group.is_known


def test_a_mean_without_a_past_is_reckoned_from_a_stated_spread(ahead: Any) -> None:
    group = only(ahead.see({"mean": "latency", "at_most": "2 s"}, ahead.cells(12, iterations=4)))
    error = (0.4**2 + 0.4**2 / 4) ** 0.5 / 12**0.5

    assert group.detects == pytest.approx(2 + norm.ppf(0.8) * error)
    assert group.false_alarm == pytest.approx(norm.cdf(-0.1 / error))
    assert (group.notices, group.truly) == ("2.11 s or more", "1.9 s")
    assert "20%" in group.assumed


def test_a_mean_is_proven_with_ten_cases_and_from_two_on_refuted(ahead: Any) -> None:
    gate = {"mean": "latency", "at_most": "2 s", "decide": "proven"}
    one, two, ten = (only(ahead.see(gate, ahead.cells(cases))) for cases in (1, 2, 10))

    assert [(g.can_pass, g.can_fail) for g in (one, two, ten)] == [
        (False, False),
        (False, True),
        (True, True),
    ]
    assert two.needs == Needs(cases=10)
    assert ten.undecided is not None
    assert ten.undecided > 0.2
    assert ten.needs.cases == 200


def test_a_mean_against_nothing_has_no_spread_to_assume(ahead: Any) -> None:
    group = only(ahead.see({"mean": "latency", "at_most": "0"}, ahead.cells(12)))
    assert not group.is_known
    assert "not known" in group.note


@pytest.mark.parametrize(
    ("personas", "bar", "notices"),
    [(1, "10%", "1 of 1 run lost"), (2, "10%", "1 of 2 runs lost"), (2, "50%", "2 of 2 runs lost")],
)
def test_errors_say_how_many_lost_runs_are_too_many(
    ahead: Any, personas: int, bar: str, notices: str
) -> None:
    group = only(ahead.see({"errors": "runs", "at_most": bar}, ahead.cells(12, personas=personas)))
    assert group.notices == notices
    assert group.assumed == "runs: 1% of them come to nothing by themselves"


def test_runs_of_cotool_are_counted_by_what_is_expected(ahead: Any) -> None:
    gate = {"pass_rate": "quality", "at_least": "50%"}
    assert only(ahead.see(gate, ops=40)).cases == 40
    unknown = only(ahead.see(gate, ops=None))
    assert not unknown.is_known
    assert "write `expect`" in unknown.note


def test_a_count_tells_where_it_ends(ahead: Any) -> None:
    group = only(ahead.see({"count": "critical", "at_most": "2"}, ops=40))
    assert (group.notices, group.false_alarm) == ("3 or more", None)


def test_a_size_that_nobody_knows_is_said_and_refuses_nothing(ahead: Any) -> None:
    forecast = ahead.see({"pass_rate": "resolved", "at_least": "90%"}, ahead.cells(None))
    assert only(forecast).note.startswith("how many test cases there are is not known")
    assert not forecast.is_hopeless


def test_inner_gates_are_forecast_singly(ahead: Any) -> None:
    inner = [{"pass_rate": "resolved", "at_least": bar} for bar in ("80%", "90%")]
    forecast = ahead.see({"any": inner}, ahead.cells(20))
    assert [gate.name for gate in forecast.gates] == [
        "pass_rate resolved at least 80%",
        "pass_rate resolved at least 90%",
    ]
    assert not forecast.groups
    assert forecast.can_pass
