from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from campaignd.adapters.reporters.deliveries import (
    DeliverySummary,
    name_address,
    render_deliveries,
    say_fate,
)
from campaignd.adapters.reporters.screen import Screen

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WAITING = DeliverySummary(
    id="msg_01JDA8Q2ZK7M4T5N6P8R9S0TVW_finished_1",
    execution="01JDA8Q2ZK7M4T5N6P8R9S0TVW",
    campaign="nightly",
    event="finished",
    format="standard",
    address="https://ci.example.com",
    state="pending",
    attempts=3,
    created_at=NOW - timedelta(minutes=2),
    next_attempt_at=NOW + timedelta(minutes=5),
    detail="https://ci.example.com answered 503: \x1b[31mbusy",
)
DELIVERED = replace(
    WAITING,
    id="msg_01JDA8Q2ZK7M4T5N6P8R9S0TVW_changed_2",
    event="changed",
    address="the address in the secret slack-qa",
    state="delivered",
    attempts=1,
    next_attempt_at=None,
    detail=None,
)
LISTED = """\
State      Message                                         Written  Tries  Next
────────────────────────────────────────────────────────────────────────────────
pending    nightly finished to https://ci.example.com      2m ago       3  in 5m
           msg_01JDA8Q2ZK7M4T5N6P8R9S0TVW_finished_1
           https://ci.example.com answered 503: [31mbusy
delivered  nightly changed to the address in the secret    2m ago       1  -
           slack-qa
           msg_01JDA8Q2ZK7M4T5N6P8R9S0TVW_changed_2
"""


def test_messages_are_listed_with_what_became_of_them() -> None:
    assert render_deliveries((WAITING, DELIVERED), NOW, Screen(80)) == LISTED


@pytest.mark.parametrize("width", [80, 44])
def test_a_list_stays_inside_the_screen(width: int) -> None:
    drawn = render_deliveries((WAITING, DELIVERED), NOW, Screen(width))
    assert all(cell_len(line) <= width for line in drawn.splitlines())
    assert all(fact in drawn for fact in (WAITING.id, DELIVERED.id, "in 5m"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({}, "pending, is tried again in 5m: https://", id="waits"),
        pytest.param({"next_attempt_at": NOW}, "pending, is tried again now: ", id="due"),
        pytest.param({"state": "failed"}, "failed: https://", id="given up"),
        pytest.param({"state": "delivered", "detail": None}, "delivered", id="delivered"),
    ],
)
def test_a_fate_is_said_in_a_line(changes: dict[str, object], said: str) -> None:
    line = say_fate(replace(WAITING, **changes), NOW)  # type: ignore[arg-type]
    assert line.startswith(f"{WAITING.id} {said}")
    assert "\x1b" not in line


@pytest.mark.parametrize(
    ("url", "url_secret", "named"),
    [
        pytest.param(
            "https://ci.example.com:8443/hook/SECRET?k=SECRET",
            None,
            "https://ci.example.com:8443",
            id="its origin alone",
        ),
        pytest.param(
            "https://me:SECRET@ci.example.com/", None, "https://ci.example.com", id="user"
        ),
        pytest.param(None, "slack-qa", "the address in the secret slack-qa", id="a secret"),
    ],
)
def test_of_an_address_nothing_secret_is_told(
    url: str | None, url_secret: str | None, named: str
) -> None:
    assert name_address(url, url_secret) == named
