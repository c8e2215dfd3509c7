import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.statistics.families import benjamini_hochberg, holm

# Benjamini, Y. and Hochberg, Y. (1995), JRSS B 57, 289-300, section 3.2: fifteen hypotheses of a
# trial of thrombolysis. At 5% the paper rejects three by a familywise method, and the four
# smallest by its own.
THROMBOLYSIS = (
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
)


def test_the_published_example_has_four_discoveries() -> None:
    adjusted = benjamini_hochberg(THROMBOLYSIS)

    assert [p <= 0.05 for p in adjusted] == [True] * 4 + [False] * 11
    assert adjusted[3] == pytest.approx(0.0095 * 15 / 4)


def test_of_the_published_example_three_are_left_familywise() -> None:
    assert [p <= 0.05 for p in holm(THROMBOLYSIS)] == [True] * 3 + [False] * 12


def test_holms_steps() -> None:
    # Holm, S. (1979), Scandinavian Journal of Statistics 6, 65-70: the smallest of n p values is
    # held against alpha / n, the next against alpha / (n - 1), until one is too large. Worked by
    # hand.
    assert holm((0.01, 0.04, 0.03, 0.005)) == pytest.approx((0.03, 0.06, 0.06, 0.02))


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_a_family_of_none_and_of_one_is_left_alone(adjust: type[tuple[float, ...]]) -> None:
    assert adjust(()) == ()
    assert adjust((0.04,)) == pytest.approx((0.04,))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_adjusting_keeps_the_order_and_lowers_nothing(p_values: list[float]) -> None:
    for adjusted in (holm(p_values), benjamini_hochberg(p_values)):
        order = np.argsort(p_values, kind="stable")

        assert all(b >= a - 1e-12 for a, b in zip(p_values, adjusted, strict=True))
        assert (np.diff(np.array(adjusted)[order]) >= -1e-12).all()
        assert max(adjusted) <= 1
