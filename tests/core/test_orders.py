"""What a request may change of a campaign."""

import pytest

from campaignd.core.campaign import Campaign
from campaignd.core.orders import AS_WRITTEN, Overrides, override
from campaignd.core.plan import expand


def campaign(**changes: object) -> Campaign:
    plain = {
        "version": "1",
        "name": "nightly",
        "agents": {"checkout": {"coval": "gk3jK9mPq2xRt5vW8yZaBc"}},
        "personas": {"calm": "hL4kL0nQr3ySt6vX9zAcDd", "elderly": "pE3Hn6Yd0Sf8Jr2Ku5Gv1X"},
        "test_sets": {"smoke": "aB1cD2eF"},
    }
    return Campaign.model_validate(plain | changes)


MATRIX = {
    "include": [
        {"personas": ["calm"], "iterations": "7", "concurrency": "9"},
        {"personas": ["elderly"]},
    ]
}


def plan(campaign: Campaign) -> list[tuple[int, int]]:
    return [(each.options.iterations, each.options.concurrency) for each in expand(campaign).cells]


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        pytest.param(AS_WRITTEN, [(7, 9), (2, 5)], id="none"),
        pytest.param(Overrides(iterations=3), [(3, 9), (3, 5)], id="iterations"),
        pytest.param(Overrides(concurrency=1), [(7, 1), (2, 1)], id="concurrency"),
        pytest.param(Overrides(3, 1), [(3, 1), (3, 1)], id="both"),
    ],
)
def test_overrides_win_over_options_and_entries(
    overrides: Overrides, expected: list[tuple[int, int]]
) -> None:
    written = campaign(options={"iterations": "2"}, matrix=MATRIX)
    assert plan(override(written, overrides)) == expected
    assert plan(written) == [(7, 9), (2, 5)]


def test_a_campaign_without_a_matrix_is_overridden_too() -> None:
    assert plan(override(campaign(), Overrides(iterations=4))) == [(4, 5), (4, 5)]


def test_each_override_is_noted() -> None:
    assert [*Overrides(3, 1).notes()] == [
        "iterations: 3 in every cell, as the request asked",
        "concurrency: 1 in every cell, as the request asked",
    ]
