"""What may not grow, measured from within and from the system."""

import asyncio
import gc
import os
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect

MEASURED = ("execution", "simulation", "value", "score", "event", "delivery")
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """A service at rest. Memory in bytes; `used` are the bytes of the database that hold rows."""

    executions: int
    blocks: int
    objects: int
    resident: int
    tasks: int
    threads: int
    files: int
    connections: int
    used: int
    rows: int
    log: int
    owners: int


def take_sample(database: Path, connections: int) -> Sample:
    """Measure this process, and the database that it works on."""
    gc.collect()
    rows, used = look_into(database)
    return Sample(
        executions=rows["execution"],
        blocks=sys.getallocatedblocks(),
        objects=len(gc.get_objects()),
        resident=resident_bytes(os.getpid()),
        tasks=len(asyncio.all_tasks()),
        threads=threading.active_count(),
        files=len(list(Path("/proc/self/fd").iterdir())),
        connections=connections,
        used=used,
        rows=sum(rows.values()) - rows["execution"],
        log=database.with_name(f"{database.name}-wal").stat().st_size,
        owners=len(list(database.with_name(f"{database.name}.owners").iterdir())),
    )


def look_into(database: Path) -> tuple[Counter[str], int]:
    """Count rows by table, and the bytes that hold them."""
    connection = connect(f"file:{database}?mode=ro", uri=True)
    try:
        counts = Counter(
            {
                table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608  # ours
                for table in MEASURED
            }
        )
        ((pages,), (free,), (size,)) = [
            connection.execute(f"PRAGMA {name}").fetchone()
            for name in ("page_count", "freelist_count", "page_size")
        ]
    finally:
        connection.close()
    return counts, (pages - free) * size


def resident_bytes(pid: int) -> int:
    """Read the resident memory of a process."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


def census() -> Counter[str]:
    """Count live objects by type."""
    gc.collect()
    return Counter(type(each).__qualname__ for each in gc.get_objects())


def as_table(samples: Sequence[Sample]) -> str:
    """Write samples as a Markdown table, one line each."""
    head = (
        "executions",
        "resident",
        "objects",
        "tasks",
        "threads",
        "open files",
        "connections",
        "database",
        "its rows",
        "its log",
    )
    lines = [
        (
            f"{each.executions:,}",
            f"{each.resident / MIB:.0f} MiB",
            f"{each.objects:,}",
            str(each.tasks),
            str(each.threads),
            str(each.files),
            str(each.connections),
            f"{each.used / MIB:.1f} MiB",
            f"{each.rows:,}",
            f"{each.log / MIB:.1f} MiB",
        )
        for each in samples
    ]
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    ruled = [head, tuple("-" * width for width in widths), *lines]
    return "\n".join(
        "| " + " | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)) + " |"
        for line in ruled
    )
