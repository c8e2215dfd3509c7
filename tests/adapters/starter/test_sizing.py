from dataclasses import replace

import pytest

from campaignd.adapters.starter import Choice, Facts, count_simulations
from campaignd.adapters.starter.sizing import (
    by_size,
    count_cases,
    limit_of,
    points_to_rule_out,
    sample_of,
)
from campaignd.core.coval import Resource
from campaignd.core.statistics.difference_power import Changes, chance_tango_proven
from campaignd.core.statistics.inference import Claim, Side

SETS = [
    Resource("s1", "Large", cases=300),
    Resource("s2", "Unknown"),
    Resource("s3", "Empty", cases=0),
]
SMALL = Resource("s4", "Small", cases=3)


def test_the_smallest_test_set_comes_first_and_an_empty_one_last() -> None:
    assert [each.name for each in by_size([*SETS, SMALL])] == ["Small", "Large", "Unknown", "Empty"]


@pytest.mark.parametrize(
    ("cases", "sample", "simulations"),
    [
        pytest.param(12, None, 24, id="small: all of it"),
        pytest.param(50, None, 100, id="just as much as is enough"),
        pytest.param(51, 50, 100, id="large: a sample"),
        pytest.param(None, None, None, id="of unknown size: nobody knows"),
    ],
)
def test_a_first_run_costs_about_a_hundred_simulations(
    facts: Facts, cases: int | None, sample: int | None, simulations: int | None
) -> None:
    test_set = Resource("aB1cD2eF", "Smoke", cases=cases)
    sized = replace(facts, test_sets=Choice((test_set,)))
    assert sample_of(sized, test_set) == sample
    assert count_simulations(sized) == simulations
    assert limit_of(sized) == 500


def test_whoever_asks_for_many_combinations_gets_a_limit_that_holds_them(facts: Facts) -> None:
    large = tuple(Resource(f"set{n:05}", f"Set {n}", cases=80) for n in range(27))
    sized = replace(facts, test_sets=Choice(large))
    assert count_simulations(sized) == 27 * 10 * 2
    assert limit_of(sized) == 600


@pytest.mark.parametrize(
    ("cases", "points"),
    [
        pytest.param((9,), None, id="too few for any"),
        pytest.param((12,), 40, id="a dozen"),
        pytest.param((12, 12), 30, id="two sets together"),
        pytest.param((40,), 20, id="forty"),
        pytest.param((40, None), 20, id="nobody knows how many"),
    ],
)
def test_the_drop_to_rule_out_is_one_that_so_many_test_cases_can_tell(
    facts: Facts, cases: tuple[int | None, ...], points: int | None
) -> None:
    sets = tuple(Resource(f"set{n:05}", f"Set {n}", cases=size) for n, size in enumerate(cases))
    assert points_to_rule_out(count_cases(replace(facts, test_sets=Choice(sets)))) == points


@pytest.mark.parametrize("cases", [10, 20, 40, 100])
def test_where_nothing_changed_the_drop_is_ruled_out_nine_times_in_ten(cases: int) -> None:
    points = points_to_rule_out(cases)
    assert points is not None
    ruled_out = Claim(Side.ABOVE, -points / 100)
    assert chance_tango_proven(cases, ruled_out, Changes.of(0.1)) >= 0.895
