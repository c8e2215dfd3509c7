from dataclasses import replace

import pytest

from campaignd.adapters.starter import Choice, Facts, count_simulations
from campaignd.adapters.starter.sizing import by_size, limit_of, sample_of
from campaignd.core.coval import Resource

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
