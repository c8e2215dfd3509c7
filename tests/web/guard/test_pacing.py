"""Rate limits, by a clock of our own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.web.guard import Rate, Rules
from campaignd.web.guard.pacing import NO_WAIT, Pacer

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RATE = Rate(timedelta(seconds=1), 3)


def taken(pacer: Pacer, count: int, now: datetime = NOW, client: str = "a") -> int:
    return sum(pacer.take(client, now) == NO_WAIT for _ in range(count))


def test_a_burst_is_let_through_and_then_the_rate() -> None:
    pacer = Pacer(RATE)
    assert taken(pacer, 10) == 3
    assert pacer.take("a", NOW) == timedelta(seconds=1)
    assert taken(pacer, 10, NOW + timedelta(seconds=0.999)) == 0
    assert taken(pacer, 10, NOW + timedelta(seconds=1)) == 1
    assert taken(pacer, 10, NOW + timedelta(hours=1)) == 3


def test_each_client_has_a_rate_of_its_own() -> None:
    pacer = Pacer(RATE)
    assert taken(pacer, 10) == taken(pacer, 10, client="b") == 3


def test_a_refused_request_costs_nothing() -> None:
    pacer = Pacer(RATE)
    taken(pacer, 1000)
    assert pacer.wait("a", NOW) == timedelta(seconds=1)


def test_looking_costs_nothing() -> None:
    pacer = Pacer(RATE)
    assert {pacer.wait("a", NOW) for _ in range(10)} == {NO_WAIT}
    assert taken(pacer, 10) == 3


@pytest.mark.parametrize("back", [timedelta(seconds=2), timedelta(days=365)])
def test_a_clock_that_is_set_back_locks_nobody_out_for_long(back: timedelta) -> None:
    pacer = Pacer(RATE)
    taken(pacer, 3)
    longest = RATE.every * RATE.burst
    assert pacer.wait("a", NOW - back) <= longest
    assert taken(pacer, 1, NOW - back + longest) == 1


def test_only_so_many_clients_are_remembered() -> None:
    pacer = Pacer(RATE, clients=100)
    taken(pacer, 3, client="busy")
    for number in range(1000):
        pacer.take(f"once {number}", NOW)
    assert len(pacer._paid_until) <= 101
    assert taken(pacer, 1, client="busy") == 0


def test_clients_that_rest_are_forgotten_first() -> None:
    pacer = Pacer(RATE, clients=2)
    later = NOW + timedelta(minutes=1)
    for client in ("a", "b"):
        taken(pacer, 3, client=client)
    taken(pacer, 3, later, client="c")
    assert set(pacer._paid_until) == {"c"}


@given(st.lists(st.floats(0, 10), max_size=60))
def test_no_stretch_of_time_has_more_than_burst_and_rate(moments: list[float]) -> None:
    pacer = Pacer(RATE)
    times = [NOW + timedelta(seconds=each) for each in sorted(moments)]
    passed = [at for at in times if pacer.take("a", at) == NO_WAIT]
    for first, begin in enumerate(passed):
        for last in range(first, len(passed)):
            most = RATE.burst + (passed[last] - begin) / RATE.every
            assert last - first + 1 <= most + 1e-6


async def test_addresses_are_limited_without_a_token(stand: Any) -> None:
    stand.rules = Rules(by_address=RATE)
    assert [(await stand.get("/healthz")).status_code for _ in range(4)] == [200] * 3 + [429]
    stand.peer = "127.0.0.2"
    assert (await stand.get("/healthz")).status_code == 200


async def test_a_limit_says_when_to_come_back(stand: Any) -> None:
    stand.rules = Rules(by_address=Rate(timedelta(seconds=90), 1))
    await stand.get("/healthz")
    stand.clock.forward(seconds=0.5)
    answer = await stand.get("/healthz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "90")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/too-many-requests"
    stand.clock.forward(seconds=90)
    assert (await stand.get("/healthz")).status_code == 200


async def test_a_bad_token_on_an_open_path_goes_around_no_limit(stand: Any) -> None:
    stand.rules = Rules(by_address=RATE)
    codes = [(await stand.get("/healthz", token=f"x{n}")).status_code for n in range(4)]
    assert codes == [200] * 3 + [429]


async def test_one_ipv6_network_is_one_client(stand: Any) -> None:
    stand.rules = Rules(by_address=RATE)
    codes = []
    for number in range(4):
        stand.peer = f"2001:db8::{number}"
        codes.append((await stand.get("/healthz")).status_code)
    assert codes == [200] * 3 + [429]
    stand.peer = "2001:db8:0:1::1"
    assert (await stand.get("/healthz")).status_code == 200


@pytest.mark.parametrize("peers", [("10.0.0.1", "::ffff:10.0.0.1"), ("", "")])
async def test_an_address_is_one_however_it_is_written(stand: Any, peers: tuple[str, str]) -> None:
    stand.rules = Rules(by_address=Rate(timedelta(seconds=1), 1))
    codes = []
    for stand.peer in peers:
        codes.append((await stand.get("/healthz")).status_code)
    assert codes == [200, 429]


async def test_tokens_are_limited_wherever_they_ask_from(stand: Any) -> None:
    stand.rules = Rules(by_token=RATE, by_address=Rate(timedelta(hours=1), 1))
    first, second = stand.keys.add("first"), stand.keys.add("second")
    codes = []
    for number in range(4):
        stand.peer = f"10.0.0.{number}"
        codes.append((await stand.get(token=first)).status_code)
    assert codes == [200] * 3 + [429]
    assert (await stand.get(token=second)).status_code == 200
    stand.clock.forward(seconds=1)
    assert (await stand.get(token=first)).status_code == 200


async def test_a_wrong_secret_does_not_use_up_the_rate_of_its_token(stand: Any) -> None:
    stand.rules = Rules(by_token=Rate(timedelta(hours=1), 1))
    right = stand.keys.add()
    wrong = right.text[:-1] + ("a" if right.text[-1] != "a" else "b")
    assert (await stand.get(token=wrong)).status_code == 401
    assert (await stand.get(token=right)).status_code == 200
