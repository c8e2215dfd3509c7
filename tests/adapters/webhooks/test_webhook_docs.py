import re
from datetime import UTC, datetime
from pathlib import Path

from campaignd.adapters.webhooks.signing import parse_secret, signed_headers

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text()
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
NEWER = f"whsec_{'bmV3' * 8}"
BODY = '{"type":"execution.finished","data":{"verdict":"passed"}}'


def test_the_documented_receivers_tell_genuine_from_forged() -> None:
    receivers: dict[str, object] = {}
    for snippet in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(snippet, receivers)  # noqa: S102
    handle, is_genuine = receivers["handle"], receivers["is_genuine"]
    headers = signed_headers(parse_secret(SECRET), "msg_1", BODY, datetime.now(UTC))
    assert handle(BODY.encode(), headers) == 204
    assert handle(b"{}", headers) == 401
    assert is_genuine(SECRET, headers, BODY.encode())
    assert not is_genuine(SECRET, headers, b"{}")
    replaced = signed_headers(parse_secret(f"{NEWER}\n{SECRET}"), "msg_1", BODY, datetime.now(UTC))
    assert handle(BODY.encode(), replaced) == 204
    assert is_genuine(SECRET, replaced, BODY.encode())
    assert is_genuine(NEWER, replaced, BODY.encode())


def test_events_and_settings_are_named() -> None:
    assert all(f"`{event}`" in PAGE for event in ("started", "finished", "changed"))
    assert "WEBHOOKS__MAX_AGE" in PAGE
    assert "WEBHOOKS__ALLOW_PRIVATE" in PAGE
