"""Databases that cannot be used: clear words, status 4, and nothing that was stored is harmed."""

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

PAGE = 4096
COMMANDS = [("list",), ("run", "smoke.yaml", "--quiet"), ("resume",)]
"""One that looks back, one that begins, one that goes on."""


@pytest.fixture
def database(campaignd: Any, home: Any, brisk: Any) -> Path:
    """A database with an execution in it."""
    assert brisk
    assert campaignd("run", "smoke.yaml", "--quiet").status == 0
    return Path(home.state / "campaignd.db")


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def be_of_tomorrow(path: Path) -> None:
    change(path, "UPDATE alembic_version SET version_num = '9999'")


def spoil_beginning(path: Path) -> None:
    path.write_bytes(os.urandom(100) + path.read_bytes()[100:])


def spoil_executions(path: Path) -> None:
    """Damage the pages that the table of executions and its indexes begin on."""
    query = "SELECT rootpage FROM sqlite_master WHERE tbl_name = 'execution'"
    with closing(sqlite3.connect(path)) as connection:
        pages = [page for (page,) in connection.execute(query)]
    content = bytearray(path.read_bytes())
    for page in pages:
        content[(page - 1) * PAGE : page * PAGE] = os.urandom(PAGE)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(
            be_of_tomorrow,
            "was written by a newer campaignd (revision 9999): upgrade campaignd, or name another "
            "database",
            id="a newer version",
        ),
        pytest.param(
            spoil_beginning,
            "cannot be used: file is not a database; it is something else, or damaged; "
            "name another place or restore a backup",
            id="garbage at the start",
        ),
        pytest.param(
            spoil_executions,
            "cannot be used: database disk image is malformed; the file is damaged; put a backup "
            "in its place",
            id="a damaged page in the middle",
        ),
    ],
)
def test_a_database_that_cannot_be_used_is_told_and_left_as_it_is(
    campaignd: Any,
    brisk: Any,
    database: Path,
    spoil: Callable[[Path], None],
    words: str,
) -> None:
    spoil(database)
    before, launched = database.read_bytes(), brisk.launches
    for command in COMMANDS:
        done = campaignd(*command)
        assert (done.status, done.out) == (4, "")
        assert done.err == f"the database {database} {words}\n"
    assert database.read_bytes() == before
    assert brisk.launches == launched


@pytest.fixture
def protected(database: Path) -> Iterator[Path]:
    """The database, so that not even root may write it."""
    try:
        protection = subprocess.run(
            ["chattr", "+i", str(database)],  # noqa: S607  # wherever it is
            check=False,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("there is no chattr here")
    if protection.returncode != 0:
        pytest.skip("this file system or user protects no files")
    yield database
    subprocess.run(["chattr", "-i", str(database)], check=True)  # noqa: S607


def test_a_file_that_may_only_be_read_is_read_and_nothing_is_launched(
    campaignd: Any, brisk: Any, protected: Path
) -> None:
    launched = brisk.launches
    assert campaignd("list", "--json").json[0]["verdict"] == "passed"
    done = campaignd("run", "smoke.yaml")
    assert (done.status, done.out) == (4, "")
    assert done.err == (
        f"the database {protected} cannot be used: attempt to write a readonly database; the "
        "file and its folder must be writable\n"
    )
    assert brisk.launches == launched


@pytest.fixture
def abandoned(campaignd: Any, database: Path) -> list[str]:
    """Two executions as if their process had died before their verdict."""
    assert campaignd("run", "smoke.yaml", "--quiet").status == 0
    change(
        database,
        "UPDATE execution SET state = 'judging', verdict = NULL, exit_status = NULL, "
        "finished_at = NULL",
    )
    return sorted(row["id"] for row in campaignd("list", "--json").json)


@pytest.mark.slow
def test_resume_continues_everything_that_was_abandoned(
    campaignd: Any, brisk: Any, abandoned: list[str]
) -> None:
    launched = brisk.launches
    done = campaignd("resume", "--json")
    assert done.status == 0
    assert sorted(report["execution"] for report in done.json) == abandoned
    assert {report["verdict"] for report in done.json} == {"passed"}
    assert campaignd("resume").err == "nothing to resume\n"
    assert brisk.launches == launched


@pytest.mark.slow
def test_one_that_cannot_be_resumed_keeps_no_other_from_it(
    campaignd: Any, database: Path, abandoned: list[str]
) -> None:
    first, second = abandoned
    change(
        database,
        "INSERT INTO revision VALUES ('unreadable', 'version: 9')",
        "UPDATE execution SET revision = 'unreadable' WHERE id = (SELECT min(id) FROM execution)",
    )
    done = campaignd("resume", "--json")
    assert done.status == 2
    assert [report["execution"] for report in done.json] == [second]
    assert f"{first}: " in done.err
    assert "Traceback" not in done.err
