from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.http.account import VendorAccount
from campaignd.adapters.http.calls import Answer, Call, path
from campaignd.adapters.http.wire import Lenient, Text, UtcTime, WireDocument, parse
from campaignd.engine.faults import AnswerUnusable

ACCOUNT = VendorAccount("Coval", "https://api.test", {"x-api-key": "sk-0123456789abcdef"})


class Item(WireDocument):
    id: Text
    at: UtcTime | None = None
    note: Lenient[str] = None


class Page(WireDocument):
    items: list[Item]


def answer(body: bytes) -> Answer:
    return Answer(ACCOUNT, Call("GET", "/items"), 200, body, "r-1")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"", "the answer is empty", id="empty"),
        pytest.param(
            b"<html><title>Sign in</title>", "the answer is not JSON, it says: Sign in", id="HTML"
        ),
        pytest.param(b"\xff\xfe{}", "the answer is not JSON", id="not UTF-8"),
        pytest.param(b'{"items": [', 'not JSON, it says: {"items": [', id="cut off"),
        pytest.param(b"[" * 100_000, "not JSON", id="nested without end"),
        pytest.param(b"[]", "the answer: input should be an object", id="a list"),
        pytest.param(b"{}", "items: field required", id="field missing"),
        pytest.param(b'{"items": null}', "items: input should be a valid", id="null"),
        pytest.param(
            b'{"items": [{"id": "a"}, {"id": 7}, {}]}',
            "items.1.id: input should be a valid string (and 1 more such places)",
            id="second item",
        ),
        pytest.param(b'{"items": [{"id": ""}]}', "items.0.id: string should have", id="empty id"),
        pytest.param(b'{"items": [{"id": "a", "at": "soon"}]}', "items.0.at: ", id="no time"),
        pytest.param(
            b'{"items": [{"id": "a", "at": "9999-12-31T23:59:59-12:00"}]}',
            "beyond the calendar",
            id="time beyond the calendar",
        ),
        pytest.param(b'"sk-0123456789abcdef', 'it says: "***', id="key repeated"),
    ],
)
def test_what_does_not_fit_is_named(body: bytes, words: str) -> None:
    with pytest.raises(AnswerUnusable) as caught:
        parse(answer(body), Page)
    assert words in caught.value.message
    assert len(caught.value.message) <= 500
    assert (caught.value.status, caught.value.request_id) == (200, "r-1")


def test_unknown_fields_pass_and_odd_decoration_counts_as_absent() -> None:
    body = b'\xef\xbb\xbf{"items": [{"id": "a", "note": {"x": 1}, "new": true}], "total": 1}'
    assert parse(answer(body), Page) == Page(items=[Item(id="a")])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("2026-11-02T08:00:00Z", id="Z"),
        pytest.param("2026-11-02T08:00:00.000000Z", id="fraction"),
        pytest.param("2026-11-02T08:00:00.000000000Z", id="nanoseconds"),
        pytest.param("2026-11-02T08:00:00+00:00", id="offset"),
        pytest.param("2026-11-02T10:00:00+02:00", id="another zone"),
        pytest.param("2026-11-02T08:00:00", id="naive"),
        pytest.param("2026-11-02 08:00:00", id="space"),
    ],
)
def test_every_spelling_of_a_time_is_utc(text: str) -> None:
    item = parse(answer(f'{{"id": "a", "at": "{text}"}}'.encode()), Item)
    assert item.at == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert item.at.utcoffset() == timedelta()


@given(st.binary(max_size=200))
def test_no_body_raises_anything_else(body: bytes) -> None:
    with pytest.raises(AnswerUnusable):
        parse(answer(body), Page)


@given(st.text(min_size=1))
def test_no_id_leaves_its_segment(segment: str) -> None:
    try:
        where = path("runs", segment)
    except UnicodeEncodeError:
        return
    assert where.count("/") == 2
    assert where.isascii()
    assert not set(where) & set("?#\n ")


def test_a_query_is_percent_encoded_with_real_spaces() -> None:
    call = Call("GET", "/runs", {"filter": 'status="IN PROGRESS" AND tag="a-1"'})
    expected = "/runs?filter=status%3D%22IN%20PROGRESS%22%20AND%20tag%3D%22a-1%22"
    assert call.target == expected
    assert str(call) == "GET /runs"


def test_an_answer_never_shows_its_body_or_key(account: Callable[..., VendorAccount]) -> None:
    assert "0123456789" not in repr(answer(b"body sk-0123456789abcdef"))
