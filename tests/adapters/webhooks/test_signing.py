import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from campaignd.adapters.webhooks.signing import (
    SecretMalformed,
    parse_secret,
    signed_headers,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
NEWER = "whsec_" + base64.b64encode(b"n" * 32).decode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(SECRET, id="as the standard shows it"),
        pytest.param(f" {SECRET}\n", id="with the line end of a file"),
        pytest.param("whsec_" + base64.b64encode(b"k" * 25).decode(), id="with padding"),
        pytest.param("whsec_" + base64.b64encode(b"k" * 25).decode().rstrip("="), id="without it"),
    ],
)
def test_a_secret_is_read(text: str) -> None:
    headers = signed_headers(parse_secret(text), "msg_1", "{}", datetime.now(UTC))
    assert Webhook(text.strip()).verify("{}", headers) == {}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"{NEWER}\n{SECRET}\n", id="lines of a file"),
        pytest.param(f"{SECRET} {NEWER}", id="words of a variable"),
    ],
)
def test_while_a_secret_is_replaced_both_verify(text: str) -> None:
    headers = signed_headers(parse_secret(text), "msg_1", "{}", datetime.now(UTC))
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, NEWER):
        assert Webhook(secret).verify("{}", headers) == {}
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"x" * 32).decode()).verify("{}", headers)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "does not begin with", id="no prefix"),
        pytest.param("whsec_Mf!Q9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "is not base64", id="not base64"),
        pytest.param("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwé", "is not base64", id="not ASCII"),
        pytest.param("whsec_MfKQ9r8G", "has 6 bytes", id="too short"),
        pytest.param("whsec_", "has 0 bytes", id="only the prefix"),
        pytest.param("", "does not begin with", id="nothing"),
        pytest.param(f"{SECRET} hunter2", "does not begin with", id="one good, one not"),
    ],
)
def test_a_malformed_secret_is_refused_without_repeating_it(text: str, why: str) -> None:
    with pytest.raises(SecretMalformed, match=why) as refusal:
        parse_secret(text)
    assert "hunter2" not in str(refusal.value)
    assert "MfKQ9r8G" not in str(refusal.value)
    assert "openssl rand" in str(refusal.value)


def test_a_key_never_shows_itself() -> None:
    assert repr(parse_secret(SECRET)) == "(SigningKey(),)"


@given(st.text(max_size=200), st.integers(-14, 14))
def test_the_signature_is_right_in_any_time_zone(text: str, hours: int) -> None:
    body = text.encode(errors="ignore").decode()
    now = datetime.now(timezone(timedelta(hours=hours)))
    headers = signed_headers(parse_secret(SECRET), "msg_1", body, now)
    Webhook(SECRET).verify(body, headers, json_parse=False)


def test_without_a_key_there_is_no_signature() -> None:
    headers = signed_headers((), "msg_1", "{}", datetime(2026, 11, 22, tzinfo=UTC))
    assert headers == {"webhook-id": "msg_1", "webhook-timestamp": "1795305600"}
