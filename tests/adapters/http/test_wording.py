import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.http.wording import shorten, words_of

ENVELOPE = b"""{"error":{"code":"INVALID_ARGUMENT","message":"Request validation failed",
"details":[{"field":"options.concurrency","description":"must be 1 to 100"},
{"description":"and more"}, "plain", 7]}}"""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(
            ENVELOPE,
            "Request validation failed (options.concurrency: must be 1 to 100; and more; plain)",
            id="envelope with details",
        ),
        pytest.param(
            b'{"error":{"code":"NOT_FOUND","message":"run not found"}}',
            "run not found",
            id="envelope without details",
        ),
        pytest.param(
            b'{"error":{"code":"X","message":"m","details":[{"field":"f"}]}}',
            "m (f)",
            id="detail without description",
        ),
        pytest.param(b'{"error":{"code":"INTERNAL"}}', "INTERNAL", id="code alone"),
        pytest.param(
            b'{"error":{"message":7,"details":{}}}',
            '{"error":{"message":7,"details":{}}}',
            id="envelope of wrong types",
        ),
        pytest.param(b'{"message": "Missing API Key"}', "Missing API Key", id="gateway"),
        pytest.param(b'{"error":"no such run"}', "no such run", id="error text"),
        pytest.param(b'{"detail":"Not Found"}', "Not Found", id="detail"),
        pytest.param(b'"quota"', "quota", id="JSON text"),
        pytest.param(b'{"odd": [1]}', '{"odd": [1]}', id="other JSON"),
        pytest.param(b"[" * 60_000, "[" * 60_000, id="JSON without end"),
        pytest.param(b"upstream  connect\r\nerror", "upstream connect error", id="plain text"),
        pytest.param(
            b"<html><head><title>502 Bad\nGateway</title><style>p{}</style></head><body>x</body>",
            "502 Bad Gateway",
            id="HTML with title",
        ),
        pytest.param(
            b"<!DOCTYPE html><script>alert(1)</script><h1>Sorry</h1>\n <p>we are down &amp; out",
            "Sorry we are down & out",
            id="HTML without title",
        ),
        pytest.param(b"<", "<", id="hardly HTML"),
        pytest.param(b"caf\xe9 \xff", "caf� �", id="not UTF-8"),
        pytest.param(b'\xef\xbb\xbf{"message": "hi"}', "hi", id="byte order mark"),
        pytest.param(b'{"message": "a\\u001b[31mb\\u202ec\\u0000d"}', "a [31mb c d", id="control"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b" \r\n", "", id="blank"),
    ],
)
def test_every_form_of_body_becomes_words(body: bytes, words: str) -> None:
    assert words_of(body) == words


@given(st.binary(max_size=300))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    assert words_of(body).isprintable()


@given(st.text(st.sampled_from("<>!-/abctitle& =\"'")))
def test_no_markup_breaks_the_reader(text: str) -> None:
    assert words_of(b"<" + text.encode()).isprintable()


def test_long_words_are_cut_with_an_ellipsis() -> None:
    assert shorten("a" * 500) == "a" * 500
    assert shorten("a" * 501) == "a" * 499 + "…"
