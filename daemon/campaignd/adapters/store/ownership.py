"""Who is alive, by file locks: a process holds its own for as long as it lives."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class OwnerLocks:
    """Locks in `<database>.owners/`; the kernel lets go of them when their process ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def hold(self, owner: str) -> Iterator[None]:
        """Be alive as `owner` within the block."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / owner
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
            path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)

    def is_alive(self, owner: str | None) -> bool:
        """Whether a process, this one included, holds the owner's lock."""
        if owner is None:
            return False
        try:
            descriptor = os.open(self._folder / owner, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False
