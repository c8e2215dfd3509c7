"""A name that leads here is answered only if it is ours."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Scope

from campaignd.web.guard.hosts import host_of


def scope_with(*hosts: bytes) -> Scope:
    return {"type": "http", "headers": [(b"host", host) for host in hosts]}


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8321",
        "127.0.0.1",
        "[::1]:8321",
        "[::1]",
        "10.1.2.3",
        "[2001:db8::5]:80",
        "localhost",
        "LocalHost:8321",
        "localhost.",
        "qa.example.com",
        "QA.EXAMPLE.COM:443",
        "qa.example.com.",
        "qa.example.com.:443",
    ],
)
async def test_addresses_localhost_and_our_name_are_answered(stand: Any, host: str) -> None:
    answer = await stand.get("/healthz", headers={"Host": host})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example.com",
        "qa.example.com.evil.example.com",
        "127.0.0.1.evil.example.com",
        "evil.localhost",
        "127.1",
        "0x7f.0.0.1",
        "2130706433",
        "qa.example.com..",
        "qa\xe4.example.com",
    ],
)
@pytest.mark.parametrize("path", ["/healthz", "/api/v1/who", "/hooks/coval/secret"])
async def test_another_name_is_misdirected_whatever_it_asks_for(
    stand: Any, host: str, path: str
) -> None:
    answer = await stand.get(path, headers={"Host": host.encode("latin-1")})
    assert (answer.status_code, answer.json()["type"]) == (421, "/problems/misdirected")
    assert "CAMPAIGND_API__PUBLIC_URL" in answer.json()["detail"]


@pytest.mark.parametrize(
    "hosts",
    [
        pytest.param([], id="missing"),
        pytest.param([b""], id="empty"),
        pytest.param([b"localhost", b"localhost"], id="twice"),
        pytest.param([b"localhost", b"evil.example.com"], id="two"),
        pytest.param([b"localhost, evil.example.com"], id="a list"),
        pytest.param([b"me@localhost"], id="with a user"),
        pytest.param([b"localhost:80:80"], id="two ports"),
        pytest.param([b"localhost:http"], id="a port in words"),
        pytest.param([b"::1"], id="IPv6 without brackets"),
        pytest.param([b"[localhost]"], id="a name in brackets"),
        pytest.param([b"[::1"], id="half a bracket"),
        pytest.param([b"[::1]evil.example.com"], id="more after the bracket"),
        pytest.param([b"localhost/x"], id="a path"),
        pytest.param([b":8321"], id="a port alone"),
    ],
)
def test_what_does_not_name_one_host_names_none(hosts: list[bytes]) -> None:
    assert host_of(scope_with(*hosts)) is None


async def test_a_request_that_names_no_host_is_bad(stand: Any) -> None:
    answer = await stand.get("/healthz", headers={"Host": "localhost:80:80"})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/no-host")


async def test_a_forwarded_host_is_not_believed(stand: Any) -> None:
    answer = await stand.get(
        "/healthz", headers={"Host": "evil.example.com", "X-Forwarded-Host": "qa.example.com"}
    )
    assert answer.status_code == 421


@given(st.binary(max_size=40))
def test_a_host_is_read_without_port_brackets_or_users(value: bytes) -> None:
    host = host_of(scope_with(value))
    assert host is None or not set(host) & set("[]@/ \t\n")
