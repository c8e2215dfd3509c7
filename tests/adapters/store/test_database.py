from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import event, text
from sqlmodel import Session

from campaignd.adapters.store.database import Database, path_of
from campaignd.adapters.store.tables import AccountRow, InstallationRow
from campaignd.engine.faults import StorageTrouble


def count_accounts(session: Session) -> int:
    return session.execute(text("SELECT count(*) FROM account")).scalar_one()


def add_account(session: Session) -> None:
    session.add(AccountRow(name="coval"))
    session.flush()


def add_and_stumble(session: Session) -> None:
    add_account(session)
    raise ZeroDivisionError


def raise_weight(session: Session) -> int:
    """Read, then write: the pattern that loses updates without the write lock."""
    row = session.get_one(AccountRow, "coval")
    row.weighed += 1
    session.add(row)
    return row.weighed


async def test_a_write_is_stored_whole_or_not_at_all(shelf: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        await shelf.database.write(add_and_stumble)
    assert await shelf.database.read(count_accounts) == 0
    await shelf.database.write(add_account)
    assert await shelf.database.read(count_accounts) == 1


async def test_writers_that_read_first_lose_no_update(open_shelf: Callable[[], Any]) -> None:
    shelves = [open_shelf(), open_shelf()]
    await shelves[0].database.write(add_account)

    async def raise_often(database: Database) -> None:
        for _ in range(20):
            await database.write(raise_weight)

    async with anyio.create_task_group() as tasks:
        for shelf in shelves * 3:
            tasks.start_soon(raise_often, shelf.database)
    assert await shelves[0].database.write(raise_weight) == 121


async def test_a_reader_sees_one_moment_while_others_write(shelf: Any) -> None:
    def read_around_a_write(session: Session) -> tuple[int, int]:
        before = count_accounts(session)
        shelf.database.write_now(add_account)
        return before, count_accounts(session)

    assert await shelf.database.read(read_around_a_write) == (0, 0)
    assert await shelf.database.read(count_accounts) == 1


async def test_a_cancelled_write_is_finished_and_the_next_one_works(shelf: Any) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        await shelf.database.write(add_account)
    with anyio.fail_after(5):
        assert await shelf.database.read(count_accounts) in {0, 1}
        await shelf.database.write(lambda session: session.get(AccountRow, "coval"))


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        pytest.param("journal_mode", "wal", id="readers and the writer do not wait for each other"),
        pytest.param("synchronous", 2, id="a power cut undoes nothing"),
        pytest.param("foreign_keys", 1, id="references are checked"),
        pytest.param("busy_timeout", 30000, id="others are waited for"),
    ],
)
async def test_every_connection_is_set_up(shelf: Any, pragma: str, expected: object) -> None:
    def read(session: Session) -> object:
        return session.execute(text(f"PRAGMA {pragma}")).scalar_one()

    assert await shelf.database.read(read) == expected
    assert await shelf.database.write(read) == expected


def test_a_database_makes_its_folder(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path}/a/b/campaignd.db").close()
    assert (tmp_path / "a" / "b").is_dir()


def test_the_file_of_a_url_is_known() -> None:
    assert path_of("sqlite:////var/lib/campaignd.db") == Path("/var/lib/campaignd.db")
    assert path_of("sqlite:///campaignd.db") == Path("campaignd.db")
    assert path_of("postgresql://host/campaignd") is None


@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("/var/lib/campaignd.db", "write sqlite:////path", id="a path"),
        pytest.param("", "write sqlite:////path", id="nothing"),
        pytest.param("sqlite://", "must be a file", id="in memory"),
        pytest.param("sqlite:///:memory:", "must be a file", id="in memory, spelled out"),
        pytest.param("flatfile:///x", "no driver for flatfile", id="an unknown database"),
        pytest.param("mssql+none://me:hunter2@host/x", "no driver for mssql", id="a driver"),
    ],
)
def test_a_url_that_names_no_database_is_trouble_that_shows_no_password(
    url: str, words: str
) -> None:
    with pytest.raises(StorageTrouble, match=words) as caught:
        Database(url)
    assert "hunter2" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_trouble_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageTrouble, match=r"file/x.*choose another place with CAMPAIGND_DATA"):
        Database(f"sqlite:///{tmp_path}/file/x/campaignd.db")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def tear(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + bytes(len(whole) - 4096))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(make_folder, "its folder must exist and be writable", id="a folder"),
        pytest.param(lambda p: p.write_text("Dear diary, " * 99), "something else", id="a text"),
        pytest.param(tear, "damaged; put a backup in its place", id="a torn file"),
    ],
)
async def test_a_file_that_is_no_database_is_trouble_with_advice(
    database_file: Path, open_shelf: Callable[[], Any], spoil: Callable[[Path], None], words: str
) -> None:
    spoil(database_file)
    shelf = open_shelf()
    with pytest.raises(StorageTrouble, match=words) as caught:
        await shelf.database.write(add_account)
    assert str(database_file) in str(caught.value)


async def test_a_full_disk_is_trouble_with_advice_and_harms_nothing(shelf: Any) -> None:
    @event.listens_for(shelf.database.engine, "connect")
    def fill(connection: Any, _: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")

    def add_much(session: Session) -> None:
        for number in range(200):
            session.add(AccountRow(name=f"{number}" * 100))

    with pytest.raises(StorageTrouble, match=r"disk is full.*what was stored before is unharmed"):
        await shelf.database.write(add_much)
    assert await shelf.database.read(count_accounts) == 0
    assert (await shelf.database.read(lambda s: s.get_one(InstallationRow, "INSTALLATION"))).id


async def test_a_file_that_may_only_be_read_is_trouble_with_advice(shelf: Any) -> None:
    @event.listens_for(shelf.database.engine, "connect")
    def protect(connection: Any, _: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    with pytest.raises(StorageTrouble, match="the file and its folder must be writable"):
        await shelf.database.write(add_account)


async def test_a_database_that_others_hold_for_too_long_is_trouble(
    open_shelf: Callable[[], Any],
) -> None:
    holder, waiter = open_shelf(), open_shelf()

    @event.listens_for(waiter.database.engine, "connect")
    def wait_briefly(connection: Any, _: object) -> None:
        connection.execute("PRAGMA busy_timeout = 10")

    def wait_in_vain(_: Session) -> None:
        with pytest.raises(StorageTrouble, match="another process holds it for too long"):
            waiter.database.write_now(add_account)

    await holder.database.write(wait_in_vain)
