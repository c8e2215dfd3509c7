import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import SIGKILL

import pytest

from campaignd.adapters.store.ownership import OwnerLocks
from campaignd.engine.faults import StorageTrouble

HOLD = """
import sys
from pathlib import Path
from campaignd.adapters.store.ownership import OwnerLocks
with OwnerLocks(Path(sys.argv[1])).hold(sys.argv[2]):
    print("held", flush=True)
    sys.stdin.readline()
"""

Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "campaignd.db.owners"


@pytest.fixture
def locks(folder: Path) -> OwnerLocks:
    return OwnerLocks(folder)


@pytest.fixture
def start_owner(folder: Path) -> Iterator[Start]:
    """Start a process that is alive as an owner until it is told otherwise."""
    started = []

    def start(owner: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder), owner],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_an_owner_is_alive_within_the_block_alone(locks: OwnerLocks, folder: Path) -> None:
    with locks.hold("me"):
        assert locks.is_alive("me")
        assert OwnerLocks(folder).is_alive("me")
    assert not locks.is_alive("me")
    assert list(folder.iterdir()) == []


def test_an_owner_is_dead_after_a_bug(locks: OwnerLocks, folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold("me"):
        raise ZeroDivisionError
    assert not locks.is_alive("me")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "owner", [pytest.param(None, id="nobody"), pytest.param("unheard-of", id="a stranger")]
)
def test_who_never_held_a_lock_is_not_alive(locks: OwnerLocks, owner: str | None) -> None:
    assert not locks.is_alive(owner)
    with locks.hold("me"):
        assert not locks.is_alive(owner)


def test_owners_live_side_by_side(locks: OwnerLocks) -> None:
    with locks.hold("me"):
        with locks.hold("you"):
            assert locks.is_alive("me")
            assert locks.is_alive("you")
        assert locks.is_alive("me")
        assert not locks.is_alive("you")


def test_asking_does_not_kill(locks: OwnerLocks) -> None:
    with locks.hold("me"):
        assert all(locks.is_alive("me") for _ in range(3))


def test_another_process_is_alive_until_it_is_killed(locks: OwnerLocks, start_owner: Start) -> None:
    process = start_owner("other")
    assert locks.is_alive("other")
    process.send_signal(SIGKILL)
    process.communicate()
    assert not locks.is_alive("other")


def test_what_killed_processes_left_behind_goes_with_the_next_one(
    locks: OwnerLocks, folder: Path, start_owner: Start
) -> None:
    living = start_owner("living")
    killed = start_owner("killed")
    killed.kill()
    killed.communicate()
    with locks.hold("me"):
        assert sorted(path.name for path in folder.iterdir()) == ["living", "me"]
        assert locks.is_alive("living")
    assert living.poll() is None


def test_who_comes_while_others_clear_up_is_alive_all_the_same(folder: Path) -> None:
    def come_and_go(number: int) -> bool:
        locks = OwnerLocks(folder)
        lived = []
        for turn in range(100):
            with locks.hold(f"{number}-{turn}"):
                lived.append(locks.is_alive(f"{number}-{turn}"))
        return all(lived)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(come_and_go, range(4)))
    assert list(folder.iterdir()) == []


def test_another_process_is_alive_until_it_ends(locks: OwnerLocks, start_owner: Start) -> None:
    process = start_owner("other")
    process.communicate("\n")
    assert process.returncode == 0
    assert not locks.is_alive("other")


def test_those_who_ask_at_once_do_not_take_each_other_for_the_owner(
    folder: Path, start_owner: Start
) -> None:
    process = start_owner("other")
    process.kill()
    process.communicate()

    def ask(_: int) -> bool:
        return any(OwnerLocks(folder).is_alive("other") for _ in range(200))

    with ThreadPoolExecutor(4) as threads:
        assert not any(threads.map(ask, range(4)))


def test_a_folder_that_cannot_be_made_is_trouble_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    locks = OwnerLocks(tmp_path / "file" / "owners")
    with pytest.raises(StorageTrouble, match="its folder must be writable"), locks.hold("me"):
        pytest.fail("held a lock nowhere")
    with pytest.raises(StorageTrouble, match="cannot be read"):
        locks.is_alive("me")
