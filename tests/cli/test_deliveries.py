"""`deliveries list` and `retry`, at receivers on this machine."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105  # of a test
NEWER = "whsec_bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3"

Told = Callable[..., Any]


@pytest.fixture
def told(campaignd: Any, home: Any, brisk: Any, receiver: Any) -> Told:
    """Run a campaign that tells a receiver, which answers with a status; return the receiver."""
    begun: list[Any] = []

    def run(status: int = 204, webhook: str = "{url: {url}}", **variables: str) -> Any:
        if not begun:
            begun.append(receiver(status))
            text = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
            webhook = webhook.replace("{url}", f'"{begun[0].url}"')
            home.write("smoke.yaml", f"{text}report: {{webhooks: [{webhook}]}}\n")
            home.environment["CAMPAIGND_WEBHOOKS__ALLOW_PRIVATE"] = "true"
        begun[0].status = status
        assert campaignd("run", "smoke.yaml", "--quiet", **variables).status == 0
        return begun[0]

    return run


@pytest.fixture
def let_time_pass(home: Any) -> Callable[[], None]:
    """Have every message that waits be due, as after days without any process."""

    def make_due() -> None:
        with closing(sqlite3.connect(home.state / "campaignd.db")) as database, database:
            waiting = "WHERE state = 'pending'"
            database.execute(f"UPDATE delivery SET next_attempt_at = created_at {waiting}")  # noqa: S608

    return make_due


def listed(campaignd: Any) -> list[dict[str, Any]]:
    done = campaignd("deliveries", "list", "--json")
    assert done.status == 0
    return list(done.json)


def states(campaignd: Any) -> list[str]:
    return sorted(each["state"] for each in listed(campaignd))


def test_the_list_tells_what_became_of_each_message(campaignd: Any, told: Told) -> None:
    received = told(503)
    (message,) = listed(campaignd)
    origin = received.url.removesuffix("/hook/secret-path")
    expected = {
        "campaign": "smoke",
        "event": "finished",
        "format": "standard",
        "address": origin,
        "state": "pending",
        "attempts": 1,
        "delivered_at": None,
        "detail": f"{origin} answered 503",
    }
    assert {key: message[key] for key in expected} == expected
    assert message["id"] == f"msg_{message['execution']}_finished_1"
    assert message["created_at"] < message["next_attempt_at"]
    drawn = campaignd("deliveries", "list")
    assert drawn.status == 0
    for fact in (message["id"], "pending", "smoke finished to", "answered 503"):
        assert fact in drawn.out
    assert "secret-path" not in drawn.out


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_the_list_is_no_wider_than_the_terminal(campaignd: Any, told: Told, columns: int) -> None:
    told(410)
    shown = campaignd("deliveries", "list", COLUMNS=str(columns))
    assert max(map(len, shown.out.splitlines())) <= columns


def test_a_message_that_waits_is_sent_at_once_by_a_retry(campaignd: Any, told: Told) -> None:
    received = told(503)
    (message,) = listed(campaignd)
    received.status = 204
    done = campaignd("deliveries", "retry", message["id"])
    assert done.status == 0
    assert done.out == f"{message['id']} delivered: answered 204\n1 of 1 message delivered\n"
    ids = {headers["webhook-id"] for headers, _ in received.received}
    assert (len(received.received), ids) == (2, {message["id"]})
    assert states(campaignd) == ["delivered"]


def test_a_retry_that_is_not_accepted_says_when_the_next_one_is(campaignd: Any, told: Told) -> None:
    told(503)
    done = campaignd("deliveries", "retry", "--all")
    assert done.status == 4
    assert "pending, is tried again in " in done.out
    assert "0 of 1 message delivered" in done.out


@pytest.mark.slow
def test_a_message_that_was_given_up_is_tried_for_the_whole_age_again(
    campaignd: Any, told: Told
) -> None:
    received = told(503, CAMPAIGND_WEBHOOKS__MAX_AGE="1ms")
    assert states(campaignd) == ["failed"]
    assert campaignd("deliveries", "retry", "--all").status == 4
    assert states(campaignd) == ["pending"]
    received.status = 200
    assert campaignd("deliveries", "retry", "--all").status == 0


@pytest.mark.slow
def test_a_receiver_that_answers_410_is_told_no_more_until_it_is_enabled(
    campaignd: Any, told: Told
) -> None:
    received = told(410)
    told(204)
    assert len(received.received) == 1
    held_back, first = listed(campaignd)
    assert (held_back["state"], first["state"]) == ("disabled", "disabled")
    assert "answered 410" in first["detail"]
    assert "held back" in held_back["detail"]
    done = campaignd("deliveries", "retry", held_back["id"])
    assert (done.status, "2 of 2 messages delivered" in done.out) == (0, True)
    told(204)
    assert states(campaignd) == ["delivered"] * 3


@pytest.mark.slow
def test_a_run_says_how_a_receiver_that_answered_410_is_enabled(
    campaignd: Any, home: Any, told: Told
) -> None:
    told(410)
    done = campaignd("run", "smoke.yaml")
    assert done.status == 0
    assert "a webhook (finished) is not delivered: held back" in done.err
    assert "`campaignd deliveries retry msg_" in done.err


@pytest.mark.slow
def test_what_no_process_delivered_goes_out_with_the_next_run(
    campaignd: Any, told: Told, let_time_pass: Callable[[], None]
) -> None:
    received = told(503)
    let_time_pass()
    told(204)
    assert states(campaignd) == ["delivered"] * 2
    assert len({headers["webhook-id"] for headers, _ in received.received}) == 2


def test_what_no_process_delivered_goes_out_with_resume_though_there_is_nothing_to_resume(
    campaignd: Any, told: Told, let_time_pass: Callable[[], None]
) -> None:
    received = told(503)
    let_time_pass()
    received.status = 204
    done = campaignd("resume")
    assert (done.status, done.err) == (0, "nothing to resume\n")
    assert states(campaignd) == ["delivered"]


def test_while_a_secret_is_replaced_receivers_with_either_verify(
    campaignd: Any, home: Any, told: Told
) -> None:
    home.environment["CAMPAIGND_SECRET_CI_WEBHOOK"] = f"{NEWER}\n{SECRET}"
    received = told(webhook="{url: {url}, secret: ci-webhook}")
    ((headers, body),) = received.received
    for secret in (SECRET, NEWER):
        assert Webhook(secret).verify(body, headers)["type"] == "execution.finished"


def test_a_secret_that_cannot_be_read_alters_no_verdict_and_is_waited_for(
    campaignd: Any, home: Any, told: Told
) -> None:
    credentials: Path = home.folder / "credentials"
    (credentials / "ci-webhook").mkdir(parents=True)
    home.environment["CREDENTIALS_DIRECTORY"] = str(credentials)
    received = told(webhook="{url: {url}, secret: ci-webhook}")
    (message,) = listed(campaignd)
    assert (message["state"], received.received) == ("pending", [])
    assert "check its owner and mode" in message["detail"]
    (credentials / "ci-webhook").rmdir()
    (credentials / "ci-webhook").write_text(SECRET, encoding="utf-8")
    assert campaignd("deliveries", "retry", "--all").status == 0


@pytest.mark.slow
def test_a_message_to_a_private_address_goes_out_once_the_operator_allows_it(
    campaignd: Any, told: Told
) -> None:
    received = told(CAMPAIGND_WEBHOOKS__ALLOW_PRIVATE="false")
    assert (received.received, states(campaignd)) == ([], ["failed"])
    refused = campaignd("deliveries", "retry", "--all", CAMPAIGND_WEBHOOKS__ALLOW_PRIVATE="false")
    assert (refused.status, "ALLOW_PRIVATE=true" in refused.out) == (4, True)
    assert received.received == []
    assert campaignd("deliveries", "retry", "--all").status == 0
    assert len(received.received) == 1


@pytest.mark.slow
def test_what_cannot_be_retried_says_why(campaignd: Any, told: Told) -> None:
    told(webhook="{url: {url}, events: [started, finished]}")
    started, finished = sorted((each["id"] for each in listed(campaignd)), reverse=True)
    cases = {
        ("msg_nobody",): "no message msg_nobody; see `campaignd deliveries list`",
        ("",): "no message ''",
        ("msg_01",): f"alone; it could be {finished}, {started}",
        (finished,): f"{finished} is delivered: its receiver has it, and nothing was sent",
        (): "name a message, or all with --all",
        (finished, "--all"): "name a message, or all with --all",
    }
    for arguments, words in cases.items():
        done = campaignd("deliveries", "retry", *arguments)
        assert (done.status, done.out) == (2, "")
        assert words in done.err


def test_where_nothing_waits_there_is_nothing_to_retry(campaignd: Any, told: Told) -> None:
    told()
    done = campaignd("deliveries", "retry", "--all")
    assert (done.status, done.err) == (0, "")
    assert done.out == "every webhook message is delivered: there is nothing to retry\n"


@pytest.mark.parametrize("command", [("list",), ("retry", "--all"), ("retry", "msg_1")])
def test_without_a_database_none_is_made(
    campaignd: Any, home: Any, command: tuple[str, ...]
) -> None:
    done = campaignd("deliveries", *command)
    assert (done.status, done.out) == (2, "")
    assert "there is no database" in done.err
    assert not (home.state / "campaignd.db").exists()


def test_the_list_of_nothing_is_empty(campaignd: Any, brisk: Any) -> None:
    assert campaignd("run", "smoke.yaml", "--quiet").status == 0
    assert json.loads(campaignd("deliveries", "list", "--json").out) == []
    assert campaignd("deliveries", "list").out.startswith("No webhook messages yet")
