import pytest

from campaignd.core.gates.foresight.forecast import Forecast, GateForecast, Together

STUCK = Forecast(can_pass=False, can_fail=False, lacking="12 are needed")
BLIND = Forecast(can_pass=False)
FINE = Forecast(cases=12, false_alarm=0.1, undecided=0.2)


def gate(*groups: Forecast, together: Together = "groups_all") -> GateForecast:
    return GateForecast(name="g", kind="pass_rate", together=together, groups=groups)


@pytest.mark.parametrize(
    ("groups", "together", "can"),
    [
        pytest.param((FINE, STUCK), "groups_all", (False, True), id="another group may fail"),
        pytest.param((STUCK, STUCK), "groups_all", (False, False), id="no group can"),
        pytest.param((FINE, BLIND), "groups_any", (True, True), id="one that passes is enough"),
        pytest.param((FINE, STUCK), "groups_any", (True, False), id="one is never proven to fail"),
    ],
)
def test_what_a_split_gate_can_is_what_its_groups_can(
    groups: tuple[Forecast, ...], together: Together, can: tuple[bool, bool]
) -> None:
    forecast = gate(*groups, together=together)
    assert (forecast.can_pass, forecast.can_fail) == can
    assert forecast.is_hopeless == (can == (False, False))


def test_inner_gates_count_as_groups_do() -> None:
    whole = GateForecast(name="g", kind="all", together="all", gates=(gate(FINE), gate(STUCK)))
    either = GateForecast(name="g", kind="any", together="any", gates=(gate(FINE), gate(STUCK)))
    assert (whole.can_pass, whole.can_fail) == (False, True)
    assert (either.can_pass, either.can_fail) == (True, False)


def test_a_gate_of_which_nothing_runs_is_not_hopeless() -> None:
    assert not gate().is_hopeless
    assert gate().worst is None


def test_one_false_alarm_of_any_group_is_one_of_the_gate() -> None:
    forecast = gate(FINE, FINE, Forecast())
    assert forecast.false_alarm == pytest.approx(0.19)
    assert forecast.undecided == pytest.approx(0.36)


def test_where_one_is_enough_all_must_fail_by_chance() -> None:
    assert gate(FINE, FINE, together="groups_any").false_alarm == pytest.approx(0.01)
    assert gate(FINE, Forecast(), together="groups_any").false_alarm is None


def test_the_worst_group_is_shown_first_of_all_one_that_cannot_decide() -> None:
    small = Forecast(cases=5, false_alarm=0.1, undecided=0.2)
    assert gate(FINE, small).worst is small
    assert gate(FINE, BLIND, small).worst is BLIND
    assert gate(STUCK, BLIND).worst is STUCK
