"""Who is alive, by file locks: a process holds its own for as long as it lives."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from campaignd.engine.faults import StorageTrouble


def locks_beside(database: Path) -> "OwnerLocks":
    """Return the locks of those who use a database, by whatever name they call it."""
    real = database.resolve()
    return OwnerLocks(real.with_name(f"{real.name}.owners"))


class OwnerLocks:
    """Locks in `<database>.owners/`; the kernel lets go of them when their process ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, owner: str) -> Iterator[None]:
        """Be alive as `owner` within the block. Raises StorageTrouble."""
        path = self._folder / owner
        descriptor = self._take(path)
        try:
            with ExitStack() as farewell:
                farewell.callback(_remove, path)
                self._clear_up()
                yield
        finally:
            os.close(descriptor)

    def is_alive(self, owner: str | None) -> bool:
        """Whether a process, this one included, holds the owner's lock. Raises StorageTrouble."""
        if owner is None:
            return False
        try:
            descriptor = os.open(self._folder / owner, os.O_RDONLY)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageTrouble(
                f"the lock {self._folder / owner} cannot be read: {error.strerror}; all who share "
                "a database must run as the same user"
            ) from error
        try:
            # Shared: two who ask at once must not take each other for the owner.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def _take(self, path: Path) -> int:
        """Create and lock a file; again if somebody took it for a dead one's in between."""
        while True:
            descriptor = self._create(path)
            # Whoever looks at it holds it for an instant.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_there(path, descriptor):
                return descriptor
            os.close(descriptor)

    def _clear_up(self) -> None:
        """Remove what processes left behind that were killed."""
        for path in self._folder.iterdir():
            with suppress(OSError), path.open("rb") as file:
                # Shared, as those who ask: to them a dead one must not seem alive meanwhile.
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                path.unlink()

    def _create(self, path: Path) -> int:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageTrouble(
                f"the lock {path} cannot be made: {error.strerror}; its folder must be writable"
            ) from error


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether a path still leads to an open file."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _remove(path: Path) -> None:
    # A lock that stays behind is nobody's: the kernel let go of it.
    with suppress(OSError):
        path.unlink()
