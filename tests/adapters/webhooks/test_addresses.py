import socket
from typing import Any

import pytest

from campaignd.adapters.webhooks.addresses import NameService, is_public


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("10.1.2.3", id="private"),
        pytest.param("172.16.0.1", id="private of containers"),
        pytest.param("192.168.0.1", id="private at home"),
        pytest.param("169.254.169.254", id="link-local, where clouds keep credentials"),
        pytest.param("100.100.100.200", id="a carrier's own, and a cloud's metadata"),
        pytest.param("168.63.129.16", id="Azure's services"),
        pytest.param("192.0.0.8", id="protocol assignments"),
        pytest.param("192.88.99.1", id="relays of tunnels"),
        pytest.param("0.0.0.0", id="this machine"),  # noqa: S104
        pytest.param("224.0.0.1", id="multicast"),
        pytest.param("255.255.255.255", id="everybody"),
        pytest.param("::1", id="loopback of version 6"),
        pytest.param("::", id="this machine of version 6"),
        pytest.param("fe80::1", id="link-local of version 6"),
        pytest.param("fe80::1%2", id="link-local with its interface"),
        pytest.param("fd00:ec2::254", id="private of version 6, and a cloud's metadata"),
        pytest.param("fec0::1", id="site-local of version 6"),
        pytest.param("ff0e::1", id="multicast of version 6"),
        pytest.param("2001:db8::1", id="documentation"),
        pytest.param("3fff::1", id="newer documentation"),
        pytest.param("::ffff:127.0.0.1", id="loopback, mapped"),
        pytest.param("::ffff:a9fe:a9fe", id="link-local, mapped"),
        pytest.param("::ffff:168.63.129.16", id="Azure's services, mapped"),
        pytest.param("::7f00:1", id="loopback in the oldest wrapping"),
        pytest.param("64:ff9b::7f00:1", id="loopback behind a translator"),
        pytest.param("64:ff9b::a9fe:a9fe", id="link-local behind a translator"),
        pytest.param("64:ff9b:1::808:808", id="a network's own translator"),
        pytest.param("2002:7f00:1::", id="loopback inside a tunnel"),
        pytest.param("2001:0:4136:e378:8000:63bf:3fff:fdd2", id="another tunnel"),
    ],
)
def test_what_is_not_on_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("93.184.216.34", id="version 4"),
        pytest.param("2606:4700::1111", id="version 6"),
        pytest.param("::ffff:93.184.216.34", id="version 4, mapped"),
        pytest.param("64:ff9b::5db8:d822", id="version 4 behind a translator"),
    ],
)
def test_what_is_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


async def test_a_names_addresses_are_told_once_each_in_the_systems_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found(_host: str, port: int, **_: object) -> list[Any]:
        ips = ("2606:4700::1111", "93.184.216.34", "93.184.216.34")
        return [(0, 0, 0, "", (ip, port)) for ip in ips]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    assert await NameService()("x.example", 80) == ("2606:4700::1111", "93.184.216.34")


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "017700000001", "127.1"])
async def test_numbers_in_other_writings_are_read_as_the_system_reads_them(host: str) -> None:
    assert await NameService()(host, 80) == ("127.0.0.1",)
