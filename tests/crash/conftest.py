"""Real processes of campaignd, on a local Coval and Cotool that are a process of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PROGRAM = [sys.executable, "-m", "campaignd"]
Start = Callable[..., subprocess.Popen[str]]


@contextmanager
def local_vendors(folder: Path, scenario: str) -> Iterator[str]:
    """Serve the sandbox within the block; yield its address."""
    (folder / "scenario.yaml").write_text(scenario)
    command = [sys.executable, "-u", "-m", "campaignd", "sandbox", "--port", "0", "--scenario"]
    with subprocess.Popen(
        [*command, str(folder / "scenario.yaml")], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found is not None
        yield found[0]
        process.terminate()


@contextmanager
def commands(environment: Mapping[str, str]) -> Iterator[Start]:
    """Start commands of one environment within the block; none outlives it."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*PROGRAM, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def surroundings(vendors: str, database: Path, **settings: str) -> Mapping[str, str]:
    """The environment of a command on local vendors; settings go by their name in lower case."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("CAMPAIGND_", "COVAL_"))}
    return ours | {
        "CAMPAIGND_COVAL__BASE_URL": f"{vendors}/v1",
        "CAMPAIGND_POLL__MIN_INTERVAL": "200ms",
        "CAMPAIGND_POLL__MAX_INTERVAL": "500ms",
        "CAMPAIGND_DATABASE_URL": f"sqlite:///{database}",
        "COVAL_API_KEY": "any-key",
        **{f"CAMPAIGND_{name.upper()}": value for name, value in settings.items()},
    }
