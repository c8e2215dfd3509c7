import pytest
from scipy.stats import multinomial
from tests.core.statistics.exact import chance_farrington_manning_proven

from campaignd.core.statistics.difference_power import (
    Changes,
    agreeing_cases,
    cases_to_rule_out,
    chance_tango_proven,
    detectable_drop,
)
from campaignd.core.statistics.inference import Claim, Side
from campaignd.core.statistics.score_differences import tango


@pytest.mark.parametrize(("margin", "cases"), [(0.05, 52), (0.1, 25), (0.2, 11)])
def test_so_many_agreeing_cases_rule_a_drop_out(margin: float, cases: int) -> None:
    enough, fewer = (tango(0, 0, n).p_above(-margin) for n in (cases, cases - 1))

    assert agreeing_cases(margin) == cases
    assert enough <= 0.05 < fewer


@pytest.mark.parametrize(
    "claim", [pytest.param(Claim(Side.ABOVE, -0.2)), pytest.param(Claim(Side.BELOW, 0.0))]
)
def test_the_chance_of_a_proof_adds_up_all_tables(claim: Claim) -> None:
    n, truth = 15, Changes(fell=0.25, rose=0.1)
    tables = [(rose, fell) for rose in range(n + 1) for fell in range(n + 1 - rose)]
    expected = sum(
        multinomial.pmf((rose, fell, n - rose - fell), n, (truth.rose, truth.fell, 0.65))
        for rose, fell in tables
        if is_proven(rose, fell, n, claim)
    )

    assert chance_tango_proven(n, claim, truth) == pytest.approx(expected, abs=1e-9)


def is_proven(rose: int, fell: int, n: int, claim: Claim) -> bool:
    difference = tango(rose, fell, n)
    if claim.side is Side.ABOVE:
        return difference.p_above(claim.margin) <= 0.05
    return difference.p_below(claim.margin) <= 0.05


def test_where_nothing_can_change_all_is_known() -> None:
    assert chance_tango_proven(52, Claim(Side.ABOVE, -0.05), Changes.of(0.0)) == pytest.approx(1)
    assert chance_tango_proven(51, Claim(Side.ABOVE, -0.05), Changes.of(0.0)) == 0


def test_the_unmatched_power_of_the_published_design() -> None:
    # Friede, T., Mitchell, C. and Mueller-Velten, G. (2007), Biometrical Journal 49, 903-916: 658
    # in two groups, shares of 0.3, a margin of 0.1 and 2.5% one-sided give a power of 80%.
    claim = Claim(Side.ABOVE, -0.1)
    power = chance_farrington_manning_proven((329, 329), (0.3, 0.3), claim, 0.975)

    assert power == pytest.approx(0.80, abs=5e-3)


def test_the_detectable_drop_has_80_percent_power() -> None:
    drop = detectable_drop(40, 0.1)
    assert drop is not None
    claim = Claim(Side.BELOW, 0.0)

    assert chance_tango_proven(40, claim, Changes.of(0.1, drop)) == pytest.approx(0.8, abs=2e-3)


def test_two_cases_detect_no_drop() -> None:
    assert detectable_drop(2, 0.1) is None


@pytest.mark.parametrize(
    ("margin", "noise", "cases"),
    [
        pytest.param(0.2, 0.0, 11, id="20 points, no noise"),
        pytest.param(0.2, 0.1, 23, id="20 points, one case in ten is flaky"),
        pytest.param(0.05, 0.1, 263, id="5 points, one case in ten is flaky"),
    ],
)
def test_so_many_cases_rule_a_drop_out(margin: float, noise: float, cases: int) -> None:
    claim = Claim(Side.ABOVE, -margin)

    assert cases_to_rule_out(margin, noise) == cases
    assert chance_tango_proven(cases, claim, Changes.of(noise)) >= 0.8


def test_what_takes_too_many_cases_is_said_to() -> None:
    assert cases_to_rule_out(0.001, 0.5) is None
