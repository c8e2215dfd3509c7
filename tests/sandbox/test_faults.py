from datetime import UTC, datetime, timedelta

import pytest

from campaignd.sandbox import FaultRule, RateLimit
from campaignd.sandbox.faults import FaultBook

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def struck_calls(rule: dict[str, object], calls: int = 12, seed: int = 1) -> list[int]:
    """Make calls one second apart; return the numbers, from 1, of those that were struck."""
    book = FaultBook((FaultRule.model_validate(rule),), None, seed)
    return [
        number + 1
        for number in range(calls)
        if book.strike("POST", "/v1/runs", START + timedelta(seconds=number))
    ]


@pytest.mark.parametrize(
    ("match", "struck"),
    [
        pytest.param({"nth": 3}, [3], id="the third"),
        pytest.param({"every": 4}, [4, 8, 12], id="every fourth"),
        pytest.param({"after": "9s"}, [10, 11, 12], id="after so long"),
        pytest.param({"until": "2s"}, [1, 2], id="until then"),
        pytest.param({"after": "2s", "until": "8s", "every": 2}, [4, 6, 8], id="counted within"),
        pytest.param({"method": "GET"}, [], id="another method"),
        pytest.param({"path": "/v1/simulations*"}, [], id="another path"),
        pytest.param({"path": "/v1/*", "nth": 1}, [1], id="path pattern"),
    ],
)
def test_a_rule_strikes_the_calls_it_names(match: dict[str, object], struck: list[int]) -> None:
    assert struck_calls({"match": match, "do": {"status": 503}}) == struck


def test_a_share_of_the_calls_is_struck_repeatably_by_seed() -> None:
    rule: dict[str, object] = {"match": {"share": "30%"}, "do": {"reset": "before"}}
    struck = struck_calls(rule, 400)
    assert 90 < len(struck) < 150
    assert struck_calls(rule, 400) == struck
    assert struck_calls(rule, 400, seed=2) != struck


def test_a_limit_ends_a_rule() -> None:
    assert struck_calls({"do": {"status": 500}, "limit": 2}) == [1, 2]


def test_the_first_rule_that_fits_wins_and_all_keep_counting() -> None:
    rules = (
        FaultRule.model_validate({"match": {"nth": 1}, "do": {"status": 500}}),
        FaultRule.model_validate({"match": {"every": 2}, "do": {"status": 503}}),
    )
    book = FaultBook(rules, None, 1)
    found = [book.strike("GET", "/v1/runs", START) for _ in range(4)]
    assert [fault and fault.status for fault in found] == [500, 503, None, 503]


def test_too_many_requests_are_told_when_to_come_back() -> None:
    book = FaultBook((), RateLimit(requests_per_second=2, burst=3), 1)

    def answers(moment: datetime) -> list[bool]:
        return [book.strike("GET", "/v1/runs", moment) is None for _ in range(4)]

    assert answers(START) == [True, True, True, False]
    refused = book.strike("GET", "/v1/runs", START)
    assert refused is not None
    assert (refused.status, refused.retry_after) == (429, timedelta(seconds=1))
    assert answers(START + timedelta(seconds=1)) == [True, True, False, False]


def test_each_vendor_counts_its_own_requests() -> None:
    book = FaultBook((), RateLimit(requests_per_second=1), 1)
    assert book.strike("GET", "/v1/runs", START) is None
    assert book.strike("GET", "/api/agent-runs", START) is None
    assert book.strike("GET", "/v1/runs", START) is not None


@pytest.mark.parametrize(
    "action",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"status": 500, "reset": "after"}, id="two answers"),
        pytest.param({"status": 200}, id="no error"),
        pytest.param({"delay": "1s", "acted": True}, id="acted without a status"),
        pytest.param({"reset": "after", "body": "html"}, id="body of a reset"),
    ],
)
def test_an_action_that_makes_no_sense_is_refused(action: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="do"):
        FaultRule.model_validate({"do": action})
