from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaignd.core.statistics.composed_differences import paired_square_and_add, square_and_add
from campaignd.core.statistics.inference import Claim, Inference, Measured, Side, infer, p_value
from campaignd.core.statistics.means import measured_mean, welch
from campaignd.core.statistics.number_comparisons import matched_change, matched_difference
from campaignd.core.statistics.score_differences import farrington_manning, tango
from campaignd.core.statistics.shares import Cases, measured_share

ONE_EACH = st.lists(st.sampled_from([0.0, 1.0]), min_size=2, max_size=40)
SHARES = st.lists(st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0]), min_size=2, max_size=25)
NUMBERS = st.lists(st.integers(1, 100).map(float), min_size=2, max_size=25)


def cases(values: list[float], each: int = 3) -> Cases:
    return Cases(np.array(values), each * len(values))


def of_two(
    values: st.SearchStrategy[list[float]],
    measure: Callable[[list[float], list[float]], Measured],
) -> st.SearchStrategy[Measured]:
    """Matched: the second side is the first one in another order, some of it changed."""

    def pair(first: list[float]) -> st.SearchStrategy[Measured]:
        other = st.lists(st.sampled_from(first), min_size=len(first), max_size=len(first))
        return other.map(lambda second: measure(first, second))

    return values.flatmap(pair)


def count(values: list[float]) -> int:
    return int(sum(values))


MEASURED = st.one_of(
    ONE_EACH.map(lambda values: measured_share(cases(values, 1))),
    SHARES.map(lambda values: measured_share(cases(values))),
    NUMBERS.map(lambda values: measured_mean(np.array(values))),
    of_two(NUMBERS, lambda a, b: matched_difference(np.array(a), np.array(b), 100.0)),
    of_two(NUMBERS, lambda a, b: matched_change(np.array(a), np.array(b))),
    of_two(NUMBERS, lambda a, b: welch(np.array(a), np.array(b))),
    of_two(SHARES, lambda a, b: square_and_add(cases(a), cases(b))),
    of_two(SHARES, lambda a, b: paired_square_and_add(cases(a), cases(b))),
    of_two(ONE_EACH, lambda a, b: farrington_manning(count(a), len(a), count(b), len(b))),
    of_two(
        ONE_EACH,
        lambda a, b: tango(
            sum(y > x for x, y in zip(a, b, strict=True)),
            sum(y < x for x, y in zip(a, b, strict=True)),
            len(a),
        ),
    ),
)


@settings(deadline=None, max_examples=150)
@given(MEASURED, st.integers(51, 99), st.integers(51, 99))
def test_bounds_hold_the_estimate_and_move_out_with_the_confidence(
    measured: Measured, one: int, other: int
) -> None:
    low, high = (measured.bounds(percent / 100) for percent in sorted((one, other)))
    assume(low.lower is not None)
    assert low.lower is not None
    assert low.upper is not None
    assert high.lower is not None
    assert high.upper is not None

    assert low.lower - 1e-9 <= measured.estimate <= low.upper + 1e-9
    assert high.lower <= low.lower + 1e-9
    assert high.upper >= low.upper - 1e-9


@settings(deadline=None, max_examples=200)
@given(MEASURED, st.integers(1, 99), st.floats(-0.99, 0.99))
def test_a_p_value_and_the_bound_of_its_side_agree(
    measured: Measured, percent: int, margin: float
) -> None:
    alpha = percent / 100
    bounds = measured.bounds(1 - alpha)
    above, below = measured.p_above(margin), measured.p_below(margin)
    assume(bounds.lower is not None and bounds.upper is not None)
    assert bounds.lower is not None
    assert bounds.upper is not None
    assert above is not None
    assert below is not None

    if abs(bounds.lower - margin) > 1e-6:
        assert (above <= alpha) == (bounds.lower >= margin)
    if abs(bounds.upper - margin) > 1e-6:
        assert (below <= alpha) == (bounds.upper <= margin)


@settings(deadline=None, max_examples=150)
@given(MEASURED, st.floats(-0.99, 0.99), st.floats(-0.99, 0.99))
def test_the_farther_the_margin_the_smaller_the_p_value(
    measured: Measured, one: float, other: float
) -> None:
    lower, higher = sorted((one, other))
    assume(measured.p_above(lower) is not None)

    assert (measured.p_above(lower) or 0) <= (measured.p_above(higher) or 0) + 1e-9
    assert (measured.p_below(higher) or 0) <= (measured.p_below(lower) or 0) + 1e-9


@pytest.mark.parametrize(
    ("passes", "fails", "p_pass", "p_fail"),
    [
        # One tail each of a binomial with 20 items of which 17 pass.
        pytest.param(
            Claim(Side.ABOVE, 0.9), Claim(Side.BELOW, 0.9), 0.867047, 0.323073, id="at least"
        ),
        pytest.param(
            Claim(Side.BELOW, 0.9), Claim(Side.ABOVE, 0.9), 0.323073, 0.867047, id="at most"
        ),
    ],
)
def test_a_gate_asks_one_claim_to_pass_and_one_to_fail(
    passes: Claim, fails: Claim, p_pass: float, p_fail: float
) -> None:
    share = measured_share(cases([1.0] * 17 + [0.0] * 3, 1))
    found = infer(share, passes, fails)

    assert found.p_pass == pytest.approx(p_pass, abs=1e-6)
    assert found.p_fail == pytest.approx(p_fail, abs=1e-6)
    assert (found.estimate, found.method) == (0.85, "clopper-pearson")
    assert found.lower == share.bounds(0.95).lower


def test_what_cannot_be_told_has_neither_bounds_nor_p_values() -> None:
    alike = measured_mean(np.array([3.0, 3.0]))
    claims = Claim(Side.ABOVE, 2.0), Claim(Side.BELOW, 2.0)

    assert infer(alike, *claims) == Inference(3.0, None, None, None, None, "one-sample t")
    assert p_value(alike, claims[0]) is None
