"""What `db prune` removed, in sentences and as data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_MIB = 1024 * 1024
_NOUNS: Mapping[str, tuple[str, str]] = {
    "simulations": ("simulation", "simulations"),
    "values": ("value", "values"),
    "explanations": ("explanation", "explanations"),
    "scores": ("Cotool score", "Cotool scores"),
    "resources": ("version seen on Coval", "versions seen on Coval"),
    "events": ("line of the log", "lines of the log"),
    "deliveries": ("webhook message", "webhook messages"),
    "titles": ("title of a test case", "titles of test cases"),
    "files": ("compared table", "compared tables"),
    "moments": ("cron moment", "cron moments"),
    "keys": ("idempotency key", "idempotency keys"),
}


@dataclass(frozen=True, slots=True)
class PruneSummary:
    """What went of executions that finished `before`; `kept` of them still have their values.

    `removed` counts `executions` and what was removed of them. `size` and `free` are bytes of the
    database, the second ready for what comes next.
    """

    before: datetime
    removed: Mapping[str, int]
    kept: int
    size: int
    free: int


def prune_data(summary: PruneSummary, *, dry_run: bool) -> dict[str, Any]:
    """Return a summary as JSON data, with every kind of thing that may be removed."""
    return {
        "before": summary.before.isoformat(),
        "dry_run": dry_run,
        "removed": {name: summary.removed.get(name, 0) for name in ("executions", *_NOUNS)},
        "kept": summary.kept,
        "size": summary.size,
        "free": summary.free,
    }


def say_pruned(summary: PruneSummary) -> Iterator[str]:
    """Tell what was removed."""
    done = summary.removed.get("executions", 0)
    yield f"pruned {_executions(done)} that finished before {summary.before:%Y-%m-%d %H:%M} UTC"
    yield from _say_removed(summary)
    if summary.kept:
        yield (
            f"{_executions(summary.kept)} as old keep their values: pinned, compared with, or not "
            "over in every respect"
        )
    size, free = summary.size / _MIB, summary.free / _MIB
    yield f"the database has {size:.1f} MiB, of which {free:.1f} MiB are free for what comes next"


def say_prunable(summary: PruneSummary) -> Iterator[str]:
    """Tell what would be removed."""
    would = _executions(summary.removed.get("executions", 0))
    yield f"would prune {would} that finished before {summary.before:%Y-%m-%d %H:%M} UTC"
    yield from _say_removed(summary)
    yield "nothing was changed"


def _say_removed(summary: PruneSummary) -> Iterator[str]:
    for name, nouns in _NOUNS.items():
        count = summary.removed.get(name, 0)
        if count:
            yield f"  {count:,} {nouns[count != 1]}"


def _executions(count: int) -> str:
    return "1 execution" if count == 1 else f"{count:,} executions"
