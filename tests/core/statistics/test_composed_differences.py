import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaignd.core.statistics.composed_differences import (
    ComposedDifference,
    corrected_correlation,
    paired_square_and_add,
    square_and_add,
    wilson,
)
from campaignd.core.statistics.shares import Cases, measured_share

TWO_SIDED_95 = 0.975
Z = 1.959963984540054


def passing(passed: int, n: int) -> Cases:
    return Cases(np.repeat([1.0, 0.0], [passed, n - passed]), n)


def pairs(table: tuple[int, int, int, int]) -> tuple[Cases, Cases]:
    """Base and new, of pairs that both pass, that rose, that fell, and that both fail."""
    base, new = (np.repeat(kind, table) for kind in ([1.0, 0, 1, 0], [1.0, 1, 0, 0]))
    return Cases(base, sum(table)), Cases(new, sum(table))


@pytest.mark.parametrize(
    ("passed", "n", "lower", "upper"),
    [
        pytest.param(81, 263, 0.2553, 0.3662, id="81 of 263"),
        pytest.param(15, 148, 0.0624, 0.1605, id="15 of 148"),
        pytest.param(0, 20, 0.0, 0.1611, id="0 of 20"),
        pytest.param(1, 29, 0.0061, 0.1718, id="1 of 29"),
    ],
)
def test_wilsons_bounds_are_the_published_ones(
    passed: int, n: int, lower: float, upper: float
) -> None:
    # Newcombe, R. G. (1998), Statistics in Medicine 17, 857-872, table I, method 3.
    assert wilson(passed / n, n, Z) == pytest.approx((lower, upper), abs=5.1e-5)


@pytest.mark.parametrize(
    ("base", "new", "lower", "upper"),
    [
        # Newcombe, R. G. (1998), Statistics in Medicine 17, 873-890, table II, method 10.
        pytest.param((48, 80), (56, 70), 0.0524, 0.3339, id="a"),
        pytest.param((3, 10), (9, 10), 0.1705, 0.8090, id="b"),
        pytest.param((2, 7), (6, 7), 0.0582, 0.8062, id="c"),
        pytest.param((0, 29), (5, 56), -0.0381, 0.1926, id="d"),
        pytest.param((0, 20), (0, 10), -0.1611, 0.2775, id="e"),
        pytest.param((0, 10), (0, 10), -0.2775, 0.2775, id="f"),
        pytest.param((0, 20), (10, 10), 0.6791, 1.0, id="g"),
        pytest.param((0, 10), (10, 10), 0.6075, 1.0, id="h"),
    ],
)
def test_square_and_add_gives_the_published_bounds(
    base: tuple[int, int], new: tuple[int, int], lower: float, upper: float
) -> None:
    bounds = square_and_add(passing(*base), passing(*new)).bounds(TWO_SIDED_95)

    assert bounds.lower == pytest.approx(lower, abs=5.1e-5)
    assert bounds.upper == pytest.approx(upper, abs=5.1e-5)
    assert bounds.method == "square-and-add"


@pytest.mark.parametrize(
    ("table", "lower", "upper"),
    [
        # Newcombe, R. G. (1998), Statistics in Medicine 17, 2635-2650, method 10.
        pytest.param((20, 12, 2, 16), 0.0562, 0.3292, id="newcombe"),
        # Tang, M.-L. et al. (2010), as the tests of R's `ratesci` quote them.
        pytest.param((8, 3, 1, 2), -0.1574, 0.4136, id="tang"),
        # Fagerland, Lydersen and Laake, Statistical Analysis of Contingency Tables, chapter 8, as
        # the tests of R's `contingencytables` quote it.
        pytest.param((59, 6, 16, 80), -0.1186, -0.0046, id="complete response"),
    ],
)
def test_the_paired_bounds_are_the_published_ones(
    table: tuple[int, int, int, int], lower: float, upper: float
) -> None:
    bounds = paired_square_and_add(*pairs(table)).bounds(TWO_SIDED_95)

    assert bounds.lower == pytest.approx(lower, abs=5.1e-5)
    assert bounds.upper == pytest.approx(upper, abs=5.1e-5)


def test_the_plain_correlation_gives_newcombes_method_8() -> None:
    # As above, 20, 12, 2, 16 by method 8: 0.0618 to 0.3242.
    base, new = pairs((20, 12, 2, 16))
    plain = float(np.corrcoef(base.means, new.means)[0, 1])
    difference = ComposedDifference(measured_share(base), measured_share(new), plain)
    bounds = difference.bounds(TWO_SIDED_95)

    assert bounds.lower == pytest.approx(0.0618, abs=5.1e-5)
    assert bounds.upper == pytest.approx(0.3242, abs=5.1e-5)


@pytest.mark.parametrize(
    ("base", "new", "correlation"),
    [
        pytest.param([1.0, 1.0, 1.0], [1.0, 0.0, 1.0], 0.0, id="one never varies"),
        pytest.param([1.0, 0.0], [0.0, 1.0], -1.0, id="a negative one is kept"),
        pytest.param([1.0, 0.0], [1.0, 0.0], 0.0, id="of two pairs nothing is left"),
        pytest.param([1.0, 0.0] * 10, [1.0, 0.0] * 10, 0.9, id="of twenty, nine tenths"),
    ],
)
def test_the_correlation_is_corrected(
    base: list[float], new: list[float], correlation: float
) -> None:
    assert corrected_correlation(np.array(base), np.array(new)) == pytest.approx(correlation)


def test_two_sides_that_agree_throughout_still_have_a_width() -> None:
    means = np.array([1.0, 1.0, 2 / 3, 1 / 3] * 5)
    bounds = paired_square_and_add(Cases(means, 60), Cases(means, 60)).bounds(0.95)
    assert bounds.lower is not None
    assert bounds.upper is not None

    assert bounds.upper - bounds.lower > 0.1


def clustered(iterations: int) -> st.SearchStrategy[list[float]]:
    shares = st.integers(0, iterations).map(lambda passed: passed / iterations)
    return st.lists(shares, min_size=2, max_size=25)


@settings(deadline=None, max_examples=60)
@given(clustered(3), st.data())
def test_swapping_base_and_new_turns_everything_round(
    first: list[float], data: st.DataObject
) -> None:
    second = data.draw(st.permutations(first))
    one, other = (Cases(np.array(side), 3 * len(side)) for side in (first, second))
    there, back = paired_square_and_add(one, other), paired_square_and_add(other, one)
    margin = data.draw(st.floats(-0.9, 0.9))

    assert there.bounds(0.9).lower == pytest.approx(-np.float64(back.bounds(0.9).upper), abs=1e-8)
    assert there.p_above(margin) == pytest.approx(back.p_below(-margin), abs=1e-8)


def test_below_one_half_the_bounds_change_places() -> None:
    difference = square_and_add(passing(12, 20), passing(15, 20))
    few, many = difference.bounds(0.2), difference.bounds(0.8)

    assert few.lower == pytest.approx(many.upper)
    assert few.upper == pytest.approx(many.lower)
