from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.addresses import (
    host_of,
    is_loopback,
    parse_host,
    parse_http_url,
    parse_network,
    read_ip,
)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("https://qa.example.com", "https://qa.example.com", id="plain"),
        pytest.param("https://qa.example.com/", "https://qa.example.com", id="a slash at its end"),
        pytest.param("http://10.0.0.5:8321/qa/", "http://10.0.0.5:8321/qa", id="port and path"),
        pytest.param("http://[::1]:8321", "http://[::1]:8321", id="IPv6"),
    ],
)
def test_an_address_is_read(text: str, read: str) -> None:
    assert parse_http_url(text) == read


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "qa.example.com",
        "ftp://qa.example.com",
        "https://",
        "https://:8321",
        "https://qa.example.com:http",
        "https://qa.example.com:0",
        "https://qa.example.com:65536",
        "https://qa example.com",
        "https://[::1",
        "https://qä.example.com",
        "https://me:word@qa.example.com",
        "https://qa.example.com/?a=1",
        "https://qa.example.com/#a",
        "https://qa.example.com\n",
        "https://-.example.com",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(text: object) -> None:
    with pytest.raises(ValueError, match=r"not an address|an address must hold") as caught:
        parse_http_url(text)
    assert "word" not in str(caught.value).replace("password", "")


@given(st.text(max_size=60))
def test_no_text_breaks_the_parsers(text: str) -> None:
    for parse in (parse_http_url, parse_host, parse_network):
        for written in (text, f"https://{text}"):
            with suppress(ValueError):
                assert parse(written)


@pytest.mark.parametrize("text", ["127.0.0.1", "::", "fe80::1", "localhost", "qa-1.example.com"])
def test_a_host_is_an_address_or_a_name(text: str) -> None:
    assert parse_host(text) == text


@pytest.mark.parametrize("text", [None, "", "a:80", "[::1]", "a b", "a..b", "-a", "*", "a" * 254])
def test_all_else_is_no_host(text: object) -> None:
    with pytest.raises(ValueError, match="is neither an IP address nor a host's name"):
        parse_host(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("LocalHost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("", False),
    ],
)
def test_loopback_is_what_only_this_machine_can_reach(host: str, expected: bool) -> None:
    assert is_loopback(host) == expected


def test_an_ipv4_address_in_ipv6_clothes_is_one() -> None:
    assert read_ip("::ffff:10.0.0.1") == read_ip("10.0.0.1")
    assert read_ip("127.1") is None


def test_the_host_of_an_address_is_in_lower_case() -> None:
    assert host_of("https://QA.Example.com:8321/x") == "qa.example.com"
    assert host_of("") == ""
