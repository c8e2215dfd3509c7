"""The smallest number of items or cases that finds something out."""

from collections.abc import Callable

LARGEST = 20_000
"""More than anybody tests: beyond it a number helps nobody."""


def smallest_size(suffices: Callable[[int], bool], fewest: int = 1) -> int | None:
    """Find the smallest size from `fewest` on that suffices; None beyond 20,000.

    What suffices is taken to go on doing so; where it saws a little, some such size is found.
    """
    low, high = fewest, fewest
    while not suffices(high):
        low, high = high + 1, high * 2
        if high > LARGEST:
            return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle + 1, high)
    return low
