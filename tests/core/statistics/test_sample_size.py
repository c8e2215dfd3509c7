"""The smallest size is found by asking for few sizes."""

import pytest
from hypothesis import given
from hypothesis.strategies import integers

from campaignd.core.statistics.sample_size import LARGEST, smallest_size


@given(integers(1, 16_384))
def test_the_smallest_size_that_suffices_is_found(threshold: int) -> None:
    assert smallest_size(lambda size: size >= threshold) == threshold


@pytest.mark.parametrize("threshold", [LARGEST * 2, 10**9])
def test_a_size_that_nobody_tests_is_none(threshold: int) -> None:
    assert smallest_size(lambda size: size >= threshold) is None


def test_few_sizes_are_asked_for() -> None:
    asked: list[int] = []
    smallest_size(lambda size: bool(asked.append(size)) or size >= 9_000)
    assert len(asked) <= 30
