"""How long commands take to start, and their memory, as whole processes."""

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from measuring import Comparison, Effort, Unit, take_turns

ROOT = Path(__file__).parents[1]
WATCHER = (sys.executable, "-I", "-S", str(Path(__file__).with_name("one_process.py")))
COMMAND = str(Path(sys.executable).with_name("campaignd"))
HELP = (COMMAND, "--help")
VALIDATE = (COMMAND, "validate", str(ROOT / "campaigns" / "complete.yaml"))
YARDSTICK = (sys.executable, "-c", "import click")


def measure(effort: Effort) -> Iterator[Comparison]:
    """Compare `--help` and `validate` with Python that imports click."""
    works = (partial(_run, command) for command in (YARDSTICK, HELP, VALIDATE))
    bare, *ours = take_turns(2 * effort.repeats - 1, *works)
    for name, samples in zip(("--help", "validate complete.yaml"), ours, strict=True):
        what, yardstick = f"`campaignd {name}`", "`python -c 'import click'`"
        yield Comparison(what, _column(samples, 0), yardstick, _column(bare, 0))
        yield Comparison(
            f"{what}, peak memory", _column(samples, 1), "the same", _column(bare, 1), Unit.BYTES
        )


def _column(samples: list[tuple[float, float]], number: int) -> list[float]:
    return [sample[number] for sample in samples]


def _run(command: tuple[str, ...]) -> tuple[float, float]:
    """Run to the end; return seconds and the largest resident size in bytes."""
    watched = subprocess.run(  # noqa: S603  # our own commands
        (*WATCHER, *command), capture_output=True, text=True, check=True
    )
    seconds, size = watched.stdout.split()
    return float(seconds), float(size)
