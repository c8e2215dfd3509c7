from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.tokens import (
    LOOPBACK,
    Caller,
    Credential,
    Scope,
    Token,
    make_credential,
    parse_lifetime,
    parse_pattern,
    parse_token,
    spell_scopes,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CREDENTIAL = make_credential(bytes(range(42)))
TOKEN = Token("a" * 16, "ci", CREDENTIAL.digest, frozenset({Scope.READ}), ("payments-*",), NOW)


@given(st.binary(min_size=42, max_size=42))
def test_a_token_is_read_as_it_was_made(randomness: bytes) -> None:
    made = make_credential(randomness)
    assert parse_token(made.text) == made


@given(st.text(max_size=100))
def test_what_is_no_token_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="this is not a token") as caught:
        parse_token(f"X{text}")
    assert f"X{text}" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(None, id="no text"),
        pytest.param(CREDENTIAL.text.upper(), id="upper case"),
        pytest.param(f" {CREDENTIAL.text}", id="a space before it"),
        pytest.param(f"{CREDENTIAL.text}\n", id="a line end after it"),
        pytest.param(CREDENTIAL.text[:-1], id="too short"),
        pytest.param(f"{CREDENTIAL.text}a", id="too long"),
        pytest.param(CREDENTIAL.text.replace("a", "\u0430"), id="a letter of another alphabet"),
    ],
)
def test_a_token_is_read_only_whole(text: object) -> None:
    with pytest.raises(ValueError, match="this is not a token"):
        parse_token(text)


def test_different_randomness_makes_different_tokens() -> None:
    other = make_credential(bytes(reversed(range(42))))
    assert {other.id, other.secret, other.digest}.isdisjoint(
        {CREDENTIAL.id, CREDENTIAL.secret, CREDENTIAL.digest}
    )


def test_secrets_and_digests_are_not_shown() -> None:
    assert CREDENTIAL.secret not in f"{CREDENTIAL!r} {CREDENTIAL}"
    assert TOKEN.digest not in f"{TOKEN!r} {TOKEN}"
    assert CREDENTIAL.secret not in CREDENTIAL.digest


@pytest.mark.parametrize("held", Scope)
@pytest.mark.parametrize("wanted", Scope)
def test_a_scope_includes_those_before_it(held: Scope, wanted: Scope) -> None:
    ladder = list(Scope)
    caller = Caller("ci", frozenset({held}))
    assert caller.may(wanted) == (ladder.index(held) >= ladder.index(wanted))


def test_who_has_no_scope_may_nothing() -> None:
    assert not any(Caller("ci", frozenset()).may(scope) for scope in Scope)


def test_without_tokens_one_reads_everything() -> None:
    assert [scope for scope in Scope if LOOPBACK.may(scope)] == [Scope.READ]
    assert LOOPBACK.sees("anything")
    assert not LOOPBACK.is_limited


@pytest.mark.parametrize(
    ("patterns", "campaign", "sees"),
    [
        pytest.param((), "payments-nightly", True, id="no patterns: all"),
        pytest.param(("payments-*",), "payments-nightly", True, id="begins so"),
        pytest.param(("payments-*",), "payments", False, id="shorter than the pattern"),
        pytest.param(("payments-*",), "checkout", False, id="another"),
        pytest.param(("payments",), "payments", True, id="a name"),
        pytest.param(("payments",), "payments-nightly", False, id="a name is no prefix"),
        pytest.param(("a", "check?ut"), "checkout", True, id="one of several"),
        pytest.param(("*",), "checkout", True, id="any"),
    ],
)
def test_a_caller_sees_the_campaigns_of_its_patterns(
    patterns: tuple[str, ...], campaign: str, sees: bool
) -> None:
    caller = Caller("ci", frozenset({Scope.READ}), patterns)
    assert caller.sees(campaign) == sees
    assert caller.is_limited == bool(patterns)


@given(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,30}", fullmatch=True))
def test_a_name_is_a_pattern_of_itself_and_its_beginning_one_of_it(name: str) -> None:
    caller = Caller("ci", frozenset(), (parse_pattern(f"{name[:3]}*"),))
    assert caller.sees(name)
    assert Caller("ci", frozenset(), (parse_pattern(name),)).sees(name)


@pytest.mark.parametrize("text", ["", "[a]", "a b", "Ä", "A", "a/b", "-a", "a" * 101, "a\n"])
def test_what_can_be_no_pattern_of_names_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a pattern of campaigns"):
        parse_pattern(text)


@pytest.mark.parametrize(
    ("changes", "live"),
    [
        pytest.param({}, True, id="for ever"),
        pytest.param({"expires_at": NOW + timedelta(seconds=1)}, True, id="a second left"),
        pytest.param({"expires_at": NOW}, False, id="expires now"),
        pytest.param({"revoked_at": NOW}, False, id="revoked"),
    ],
)
def test_a_token_is_live_until_it_expires_or_is_revoked(
    changes: dict[str, datetime], live: bool
) -> None:
    assert replace(TOKEN, **changes).is_live(NOW) == live


def test_a_caller_is_named_after_its_token() -> None:
    assert TOKEN.caller == Caller("ci", TOKEN.scopes, TOKEN.campaigns, TOKEN.id)


def test_scopes_are_spelled_from_the_lowest() -> None:
    assert spell_scopes(frozenset(Scope)) == list(Scope)


@pytest.mark.parametrize("text", ["3651d", "0s", "90", "soon"])
def test_a_lifetime_is_a_duration_of_at_most_ten_years(text: str) -> None:
    assert parse_lifetime("90d") == timedelta(days=90)
    with pytest.raises(ValueError, match=r"is too long|is not a duration|is no time at all"):
        parse_lifetime(text)


def test_a_digest_is_that_of_the_secret_alone() -> None:
    assert Credential("a" * 16, "x").digest == Credential("b" * 16, "x").digest
