"""Report files: written whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex


class ReportUnwritable(Exception):
    """A report file cannot be written: name another path, or mend this one."""

    def __init__(self, path: Path, why: str) -> None:
        self.path = path
        super().__init__(f"cannot write {path}: {why}")


def ensure_writable(path: Path) -> None:
    """Find out before any work is done whether a report can be written there.

    Raises ReportUnwritable.
    """
    target = _target(path)
    try:
        if _is_special(target):
            with target.open("ab"):
                return
        draft = target.with_name(f".{target.name}.{token_hex(6)}.tmp")
        draft.touch(exist_ok=False)
        draft.unlink()
    except OSError as error:
        raise ReportUnwritable(path, _reason(error)) from error


def write_report(path: Path, chunks: Iterable[str]) -> None:
    """Put a text in the place of what was there, in one step.

    A device or pipe is written to directly. Raises ReportUnwritable; then the old file is intact.
    """
    target = _target(path)
    try:
        if _is_special(target):
            _write_directly(target, chunks)
        else:
            _replace(target, chunks)
    except OSError as error:
        raise ReportUnwritable(path, _reason(error)) from error


def append_text(path: Path, text: str) -> None:
    """Add to the end of a file. Raises ReportUnwritable."""
    try:
        with path.open("ab") as file:
            file.write(text.encode(errors="backslashreplace"))
    except OSError as error:
        raise ReportUnwritable(path, _reason(error)) from error


def _target(path: Path) -> Path:
    """Follow links, so that a link stays one. Raises ReportUnwritable for a folder."""
    try:
        target = path.resolve()
        if target.is_dir():
            raise ReportUnwritable(path, "it is a folder; name a file in it")
        if not target.parent.is_dir():
            raise ReportUnwritable(path, f"there is no folder {target.parent}; create it first")
    except (OSError, RuntimeError, ValueError) as error:
        raise ReportUnwritable(path, _reason(error)) from error
    return target


def _is_special(target: Path) -> bool:
    return target.exists() and not target.is_file()


def _write_directly(target: Path, chunks: Iterable[str]) -> None:
    with target.open("wb") as file:
        for chunk in chunks:
            file.write(chunk.encode(errors="backslashreplace"))


def _replace(target: Path, chunks: Iterable[str]) -> None:
    draft = target.with_name(f".{target.name}.{token_hex(6)}.tmp")
    try:
        with draft.open("xb") as file:
            for chunk in chunks:
                file.write(chunk.encode(errors="backslashreplace"))
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            draft.chmod(target.stat().st_mode & 0o777)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _reason(error: Exception) -> str:
    if isinstance(error, PermissionError):
        return "permission denied, for the file or its folder"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
