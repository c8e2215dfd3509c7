import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import anyio
import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from starlette.types import ASGIApp, Receive, Scope, Send

from campaignd.cli import main
from campaignd.sandbox import Scenario, World
from campaignd.sandbox.app import create_app
from campaignd.sandbox.server import serve

KEY = "coval-key-5e1f0c7a"
COTOOL_KEY = "cotool-key-93b64c08"
BRISK: Mapping[str, Any] = {
    "timing": {
        "pending": "0ms",
        "queue": "0ms",
        "simulation": ["10ms", "30ms"],
        "simulations_within": "100ms",
        "metric_lag": "0ms",
        "grading": ["10ms", "50ms"],
    }
}
ENDLESS: Mapping[str, Any] = {
    "timing": {**BRISK["timing"], "simulation": ["10m", "10m"], "simulations_within": None}
}

CAMPAIGN = """\
version: 1
name: smoke
agents: {checkout: {coval: gk3jK9mPq2xRt5vW8yZaBc}}
personas: {impatient: hL4kL0nQr3ySt6vX9zAcDd, elderly: pE3Hn6Yd0Sf8Jr2Ku5Gv1X}
test_sets: {smoke: aB1cD2eF}
metrics: {resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "YES"}}}
gates:
  - {name: Calls get resolved, pass_rate: resolved, at_least: 50%}
"""
"""Two cells of twelve simulations."""


@dataclass(frozen=True)
class Outcome:
    """What a command left: `status` as the shell sees it."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class LocalVendors:
    """A sandbox in a thread of its own that remembers what it was asked."""

    scenario: Scenario
    asked: list[str] = field(default_factory=list)
    origin: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "CAMPAIGND_COVAL__BASE_URL": f"{self.origin}/v1",
            "CAMPAIGND_COTOOL__BASE_URL": f"{self.origin}/api",
            "CAMPAIGND_COVAL__REQUESTS_PER_SECOND": "200",
            "CAMPAIGND_COVAL__TIMEOUT": "5s",
            "CAMPAIGND_POLL__MIN_INTERVAL": "100ms",
            "CAMPAIGND_POLL__MAX_INTERVAL": "500ms",
            "CAMPAIGND_LAUNCH__RECONCILE_GRACE": "6s",
            "COVAL_API_KEY": KEY,
            "COTOOL_API_KEY": COTOOL_KEY,
        }

    @property
    def launches(self) -> int:
        return self.asked.count("POST /v1/runs")

    def runs(self) -> list[dict[str, Any]]:
        """All runs, each as a single read gives it."""
        with httpx.Client(base_url=self.origin, headers={"x-api-key": KEY}) as client:
            listed = client.get("/v1/runs", params={"page_size": 1000}).json()["runs"]
            return [client.get(f"/v1/runs/{run['run_id']}").json()["run"] for run in listed]

    def wait_for_runs(self, count: int) -> None:
        """Wait until so many runs were launched: other processes set no events."""

        self._wait_until(lambda: len(self.runs()) >= count)

    def wait_for_more(self, request: str) -> None:
        """Wait until it is asked for something once more: `GET /v1/runs`."""
        before = self.asked.count(request)
        self._wait_until(lambda: self.asked.count(request) > before)

    def _wait_until(self, is_so: Callable[[], bool]) -> None:
        async def watch() -> None:
            with anyio.fail_after(10):
                while not is_so():  # noqa: ASYNC110
                    await anyio.sleep(0.05)

        anyio.run(watch)

    def launch_keys(self) -> list[str]:
        return [run["metadata"]["launch_key"] for run in self.runs()]

    def app(self) -> ASGIApp:
        inner = create_app(World(self.scenario), clock=partial(datetime.now, UTC))

        async def remember(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                self.asked.append(f"{scope['method']} {scope['path']}")
            await inner(scope, receive, send)

        return remember


@contextmanager
def local_vendors(portal: BlockingPortal, scenario: Mapping[str, Any]) -> Iterator[LocalVendors]:
    """Serve a sandbox within the block."""
    vendors = LocalVendors(Scenario.model_validate(scenario))
    task, port = portal.start_task(serve, vendors.app())
    vendors.origin = f"http://127.0.0.1:{port}"
    try:
        yield vendors
    finally:
        task.cancel()


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """A thread in which servers of tests live."""
    with start_blocking_portal() as portal:
        yield portal


@dataclass
class Home:
    """A folder that is the whole world of the commands run in it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def log(self) -> str:
        return (self.state / "campaignd.log").read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def everything_written(self) -> bytes:
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return b"\n".join(path.read_bytes() for path in files)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.environment = bare_environment() | {
        "HOME": str(tmp_path),
        "STATE_DIRECTORY": str(home.state),
    }
    home.write("smoke.yaml", CAMPAIGN)
    return home


def bare_environment() -> dict[str, str]:
    """Return our environment without what CI and users set."""
    hidden = ("CAMPAIGND_", "COVAL_", "COTOOL_", "GITHUB_", "XDG_", "CREDENTIALS_")
    also = {"CI", "NO_COLOR", "COLUMNS", "STATE_DIRECTORY"}
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(hidden) and name not in also
    }


Command = Callable[..., Outcome]


@pytest.fixture
def campaignd(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Run a command in this process, in its own home: `campaignd("list", "--json")`."""

    def run(*arguments: object, **variables: str) -> Outcome:
        for name in os.environ.keys() - home.environment.keys():
            monkeypatch.delenv(name)
        for name, value in (home.environment | variables).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(home.folder)
        monkeypatch.setattr(sys, "argv", ["campaignd", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as exited:
            main()
        printed = capsys.readouterr()
        return Outcome(int(exited.value.code or 0), printed.out, printed.err)

    return run


class Process:
    """A command in a process of its own."""

    def __init__(self, home: Home, *arguments: object, **variables: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "campaignd", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=home.folder,
            env=home.environment | variables,
            text=True,
        )
        self._first = ""
        self._err: list[str] = []
        self._told = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._reader.join()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def wait_for(self, words: str, seconds: float = 30) -> str:
        """Wait until standard error has a line with these words; return it."""

        def found() -> str | None:
            return next((line for line in self._err if words in line), None)

        with self._told:
            if not self._told.wait_for(found, seconds):
                pytest.fail(f"{words!r} was never said, but: {''.join(self._err)}")
            return str(found())

    def first_line(self) -> str:
        assert self._process.stdout is not None
        self._first = self._process.stdout.readline()
        return self._first

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self, seconds: float = 30) -> Outcome:
        assert self._process.stdout is not None
        out = self._first + self._process.stdout.read()
        status = self._process.wait(seconds)
        self._reader.join()
        return Outcome(status, out, "".join(self._err))

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            with self._told:
                self._err.append(line)
                self._told.notify_all()


@pytest.fixture
def process(home: Home) -> Iterator[Callable[..., Process]]:
    """Start a command as a process: `process("run", "smoke.yaml")`."""
    started: list[Process] = []

    def start(*arguments: object, **variables: str) -> Process:
        begun = Process(home, *arguments, **variables)
        started.append(begun)
        return begun

    yield start
    for begun in started:
        begun.__exit__(None, None, None)


@pytest.fixture
def served(portal: BlockingPortal, home: Home) -> Iterator[Callable[..., LocalVendors]]:
    """Serve a brisk sandbox with changes, and point the home's settings at it."""
    with ExitStack() as stack:

        def start(**changes: Any) -> LocalVendors:
            vendors = stack.enter_context(local_vendors(portal, {**BRISK, **changes}))
            home.environment |= vendors.environment
            return vendors

        yield start


@pytest.fixture
def brisk(served: Callable[..., LocalVendors]) -> LocalVendors:
    """A sandbox whose runs end as soon as they are looked at."""
    return served()


@pytest.fixture
def endless(served: Callable[..., LocalVendors]) -> LocalVendors:
    """A sandbox whose runs no test waits for."""
    return served(**ENDLESS)


@dataclass
class Receiver:
    """A server that keeps the webhooks it is sent, and answers all of them the same."""

    status: int = 204
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.received.append((headers, body))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body"})


@pytest.fixture
def receiver(portal: BlockingPortal) -> Iterator[Callable[..., Receiver]]:
    """Receive webhooks: `receiver(status=500)`."""
    tasks = []

    def start(status: int = 204) -> Receiver:
        begun = Receiver(status)
        task, port = portal.start_task(serve, begun)
        tasks.append(task)
        begun.url = f"http://127.0.0.1:{port}/hook/secret-path"
        return begun

    yield start
    for task in tasks:
        task.cancel()
