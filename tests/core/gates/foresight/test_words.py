import pytest

from campaignd.core.gates.foresight.words import about, chance, percent
from campaignd.core.gates.margins import Scale


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "under 1 in 100"),
        (0.0099, "under 1 in 100"),
        (0.05, "1 in 20"),
        (0.212, "1 in 5"),
        (0.34, "1 in 3"),
        (0.4, "4 in 10"),
        (0.75, "8 in 10"),
        (0.97, "10 in 10"),
        (0.99, "almost always"),
    ],
)
def test_chances_are_told_as_how_often(value: float, words: str) -> None:
    assert chance(value) == words


@pytest.mark.parametrize(
    ("amount", "scale", "words"),
    [
        (0.01, Scale("share", 1), "1 point"),
        (-0.1249, Scale("share", 1), "12 points"),
        (0.0683, Scale("share", 1), "6.8 points"),
        (0.0712, Scale("relative", 1), "7.1%"),
        (-0.3123, Scale("number", -1, "s"), "0.31 s"),
    ],
)
def test_sizes_are_told_as_margins_are_written(amount: float, scale: Scale, words: str) -> None:
    assert about(amount, scale) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.8, "80%"), (0.742, "74%"), (0.996, "99.6%"), (1.0, "100%"), (0.004, "0.4%"), (0.0, "0%")],
)
def test_shares_are_whole_percent_but_near_the_ends(share: float, words: str) -> None:
    assert percent(share) == words
