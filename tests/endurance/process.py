"""A real `campaignd serve`, kept busy, and watched from outside."""

import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from signal import SIGTERM

import httpx
from tests.crash.conftest import PROGRAM
from tests.endurance.measuring import MIB, resident_bytes

STARTS_WITHIN = 30
RESTS_WITHIN = 120
_UNDONE = (
    "SELECT count(*) FROM execution WHERE state != 'finished'",
    "SELECT count(*) FROM launch WHERE state IN ('sending', 'unresolved', 'running', 'cancelling')",
    "SELECT count(*) FROM delivery WHERE state IN ('pending', 'sending')",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What /proc says of a process; `resident` in bytes."""

    executions: int
    resident: int
    threads: int
    files: int
    sockets: int


class Receiver(BaseHTTPRequestHandler):
    """Takes webhooks."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def receiver() -> Iterator[str]:
    """Take webhooks within the block; yield the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"
        server.shutdown()


class Service:
    """A `campaignd serve` of its own."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._database = folder / "campaignd.db"
        self._origin = f"http://127.0.0.1:{environment['CAMPAIGND_API__PORT']}"
        self._process: subprocess.Popen[bytes] | None = None
        self.status: int | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Be there within the block, and be stopped well."""
        with (self._folder / "serve.log").open("wb") as diary:
            self._process = subprocess.Popen(
                [*PROGRAM, "serve"], env=self._environment, stderr=diary
            )
            try:
                wait_until(self._answers, STARTS_WITHIN)
                yield
            finally:
                self._process.send_signal(SIGTERM)
                self.status = self._process.wait(10)

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Talk to the API with a token that may trigger."""
        headers = {"authorization": f"Bearer {self._token}"}
        url = f"{self._origin}/api/v1"
        with httpx.Client(base_url=url, headers=headers, trust_env=False) as client:
            yield client

    def come_to_rest(self) -> None:
        """Wait until nothing is left to do, and idle connections and threads are let go."""
        wait_until(lambda: not any(map(self._count, _UNDONE)), RESTS_WITHIN)
        time.sleep(15)

    def look(self) -> Seen:
        """Look at the process from outside."""
        assert self._process is not None
        proc = Path(f"/proc/{self._process.pid}")
        files = [str(each.readlink()) for each in (proc / "fd").iterdir()]
        return Seen(
            executions=self._count("SELECT count(*) FROM execution"),
            resident=resident_bytes(self._process.pid),
            threads=len(list((proc / "task").iterdir())),
            files=len(files),
            sockets=sum(name.startswith("socket:") for name in files),
        )

    def complaints(self) -> list[str]:
        """What the service's log says of bugs."""
        lines = (self._folder / "serve.log").read_text(encoding="utf-8").splitlines()
        return [line for line in lines if "campaignd failed" in line or "Traceback" in line]

    @property
    def owners(self) -> list[Path]:
        return list(self._database.with_name(f"{self._database.name}.owners").iterdir())

    @cached_property
    def _token(self) -> str:
        command = [*PROGRAM, "token", "create", "endurance", "--scope", "trigger"]
        made = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=True
        )
        return made.stdout.strip()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self._origin}/readyz", trust_env=False).is_success
        except httpx.TransportError:
            return False

    def _count(self, query: str) -> int:
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)) as connection:
            return int(connection.execute(query).fetchone()[0])


def as_lines(seen: Sequence[Seen]) -> str:
    """Write what was seen for people, one line each."""
    return "\n".join(
        f"{each.executions} executions: {each.resident / MIB:.0f} MiB, {each.threads} threads, "
        f"{each.files} open files, {each.sockets} of them sockets"
        for each in seen
    )


def wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    """Look every now and then."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.2)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
