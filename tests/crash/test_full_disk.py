"""A disk that is really full, in the middle of a run that is paid for."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.crash.conftest import PROGRAM, local_vendors, surroundings

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.migration import prepare
from campaignd.engine.faults import StorageTrouble

SCENARIO = """\
timing: {pending: 0ms, queue: 0ms, simulation: [8s, 9s], simulations_within: null, metric_lag: 0ms}
faults: [{match: {method: GET, path: "/v1/*", every: 3}, do: {status: 503}}]
"""
CAMPAIGN = """\
version: 1
name: full
agents: {checkout: {coval: gk3jK9mPq2xRt5vW8yZaBc}}
personas: {impatient: hL4kL0nQr3ySt6vX9zAcDd}
test_sets: {smoke: aB1cD2eF}
metrics: {resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "YES"}}}
options: {concurrency: 12}
gates: [{pass_rate: resolved, at_least: 50%}]
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only who may mount a small disk can fill it")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)  # noqa: S607


@pytest.fixture
def environment(tmp_path: Path, small_disk: Path) -> Iterator[Mapping[str, str]]:
    with local_vendors(tmp_path, SCENARIO) as address:
        yield surroundings(address, small_disk / "campaignd.db")


def fill(disk: Path) -> Path:
    """Take every byte that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                continue
    return filler


def test_a_full_disk_is_told_though_sqlite_speaks_of_an_io_error(small_disk: Path) -> None:
    open_once(small_disk)
    fill(small_disk)
    with pytest.raises(StorageTrouble, match=r"its disk is full; free some space.*is unharmed"):
        open_once(small_disk)


def open_once(disk: Path) -> None:
    database = Database(f"sqlite:///{disk / 'campaignd.db'}")
    try:
        prepare(database, may_migrate=True, installation="MINE", now=datetime.now(UTC))
    finally:
        database.close()


@pytest.mark.slow
def test_a_disk_that_fills_up_ends_the_run_and_resume_goes_on_with_it(
    environment: Mapping[str, str], small_disk: Path, tmp_path: Path
) -> None:
    campaign = tmp_path / "full.yaml"
    campaign.write_text(CAMPAIGN)

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*PROGRAM, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    with start("run", str(campaign)) as running:
        assert running.stderr is not None
        while "smoke running" not in running.stderr.readline():
            assert running.poll() is None
        filler = fill(small_disk)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 4
    assert "free some space, and `campaignd resume` continues what was begun" in said
    assert "Traceback" not in said
    filler.unlink()
    with start("resume", "--json") as resuming:
        out, said = resuming.communicate(timeout=60)
    assert resuming.returncode == 0, said
    (report,) = json.loads(out)
    assert (report["verdict"], report["totals"]["runs"]) == ("passed", 1)
