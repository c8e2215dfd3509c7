from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.statistics.tries import all_tries


@given(st.integers(1, 8), st.integers(1, 8), st.data())
def test_it_is_the_share_of_the_ways_to_pick_k_tries_that_all_pass(
    tried: int, k: int, data: st.DataObject
) -> None:
    passed = data.draw(st.integers(0, tried))
    picks = list(combinations([True] * passed + [False] * (tried - passed), k))
    found = all_tries(np.array([passed]), np.array([tried]), k)[0]

    if k > tried:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(sum(map(all, picks)) / len(picks))


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_it_is_pass_at_k_of_the_failures(tried: int, k: int, data: st.DataObject) -> None:
    # Chen, M. et al. (2021), arXiv:2107.03374, equation 1: pass@k = 1 - C(n - c, k) / C(n, k). All
    # k tries pass where not one of them is among the failures.
    passed = data.draw(st.integers(0, tried))
    failed = tried - passed
    if k <= tried:
        some_fails = 1 - comb(tried - failed, k) / comb(tried, k)
        found = all_tries(np.array([passed]), np.array([tried]), k)[0]
        assert found == pytest.approx(1 - some_fails)


def test_cases_may_have_different_numbers_of_tries() -> None:
    found = all_tries(np.array([3, 2, 0, 4, 2]), np.array([3, 3, 3, 5, 2]), 3)

    assert found == pytest.approx([1.0, 0.0, 0.0, 0.4, np.nan], nan_ok=True)
