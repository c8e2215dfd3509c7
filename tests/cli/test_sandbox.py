"""`sandbox` and `demo`."""

import signal
import socket
import time
from typing import Any

import httpx
import pytest


@pytest.mark.slow
def test_the_sandbox_serves_until_ctrl_c(process: Any) -> None:
    serving = process("sandbox", "--port", "0", "--seed", "7", "--speed", "2")
    line = serving.first_line()
    origin = line.split()[4].removesuffix(";")
    answer = httpx.get(f"{origin}/v1/agents", headers={"x-api-key": "any"})
    assert answer.status_code == 200
    serving.signal(signal.SIGINT)
    done = serving.end(10)
    assert (done.status, done.err) == (0, "")
    assert f"export CAMPAIGND_COVAL__BASE_URL={origin}/v1" in done.out


def test_a_port_in_use_is_told_with_a_way_out(campaignd: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = campaignd("sandbox", "--port", port)
    assert done.status == 2
    assert done.err.endswith(
        f"Error: port {port} cannot be used: Address already in use; choose another with --port\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(("--scenario", "no.yaml"), "no.yaml: cannot be read", id="no such scenario"),
        pytest.param(("--scenario", "smoke.yaml"), "is not a key of a scenario", id="a campaign"),
        pytest.param(("--speed", "0"), "--speed", id="no speed"),
        pytest.param(("--port", "70000"), "--port", id="no port"),
    ],
)
def test_a_sandbox_that_cannot_be_served_exits_with_2(
    campaignd: Any, arguments: tuple[str, ...], message: str
) -> None:
    done = campaignd("sandbox", *arguments)
    assert (done.status, done.out) == (2, "")
    assert message in done.err


@pytest.mark.slow
def test_the_demo_ends_as_it_says_within_half_a_minute(campaignd: Any, home: Any) -> None:
    before = time.monotonic()
    done = campaignd("demo")
    assert time.monotonic() - before < 30
    assert done.status == 0
    assert "1 of 5 gates failed: Mutations resolve calls too" in done.out
    page = home.folder / "campaignd-demo.html"
    assert f"The same as a page: {page}" in done.out
    assert "Mutations resolve calls too" in page.read_text(encoding="utf-8")
    assert campaignd("list", "--json").json[0]["verdict"] == "failed"


def test_the_demo_says_at_once_where_its_page_cannot_be_written(campaignd: Any, home: Any) -> None:
    (home.folder / "campaignd-demo.html").mkdir()
    before = time.monotonic()
    done = campaignd("demo")
    assert time.monotonic() - before < 5
    assert done.status == 2
    assert "cannot write campaignd-demo.html: it is a folder" in done.err
