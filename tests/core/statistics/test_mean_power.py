import pytest

from campaignd.core.statistics.mean_power import (
    Spreads,
    cases_needed,
    iterations_needed,
    paired_design,
    unmatched_design,
)


def test_the_power_of_two_groups_of_twenty() -> None:
    # R's documentation of `power.t.test(n = 20, delta = 1, sd = 1)`: power = 0.8689528.
    design = unmatched_design((20, 1.0), (20, 1.0))

    assert design.degrees == pytest.approx(38)
    assert design.chance_proven(1.0, 0.975) == pytest.approx(0.8689528, abs=5e-8)


def test_the_size_of_two_groups() -> None:
    # R's documentation of `power.t.test(power = .90, delta = 1)`: n = 22.02110, and one-sided
    # n = 17.84713.
    for n, confidence in ((22.02110, 0.975), (17.84713, 0.95)):
        design = unmatched_design((n, 1.0), (n, 1.0))
        assert design.chance_proven(1.0, confidence) == pytest.approx(0.9, abs=1e-5)


def test_at_the_detectable_distance_the_power_is_80_percent() -> None:
    for cases in (2, 10, 200):
        design = paired_design(cases, 3.0)
        assert design.chance_proven(design.detectable()) == pytest.approx(0.8)


def test_without_a_difference_the_power_is_the_error_rate() -> None:
    assert paired_design(12, 1.0).chance_proven(0.0) == pytest.approx(0.05)


def test_the_cases_that_are_needed_are_just_enough() -> None:
    needed = cases_needed(0.2, 1.0)
    assert needed is not None

    assert paired_design(needed, 1.0).chance_proven(0.2) >= 0.8
    assert paired_design(needed - 1, 1.0).chance_proven(0.2) < 0.8
    assert cases_needed(0.0001, 1.0) is None


def test_iterations_shrink_only_their_own_part_of_the_spread() -> None:
    spreads = Spreads(cases=0.3, tries=0.5)

    assert spreads.of_differences(1) ** 2 == pytest.approx(0.09 + 0.5)
    assert spreads.of_differences(5) ** 2 == pytest.approx(0.09 + 0.1)


def test_the_iterations_that_are_needed_are_just_enough() -> None:
    spreads = Spreads(cases=0.1, tries=1.0)
    needed = iterations_needed(40, 0.2, spreads)
    assert needed is not None

    enough, fewer = (
        paired_design(40, spreads.of_differences(m)).chance_proven(0.2)
        for m in (needed, needed - 1)
    )
    assert enough >= 0.8 > fewer


def test_where_cases_differ_too_much_no_iterations_help() -> None:
    assert iterations_needed(40, 0.2, Spreads(cases=0.6, tries=1.0)) is None
    assert iterations_needed(40, 0.2, Spreads(cases=0.1, tries=0.0)) == 1
