"""Puts a starter file on disk, and never over something else unless told so."""

from pathlib import Path

from campaignd.adapters.starter.picking import StarterRefused


def refuse_existing(path: Path) -> None:
    """Raise StarterRefused if something is there already."""
    if path.is_dir():
        raise StarterRefused(f"{path} is a folder: name a file in it, like {path / 'first.yaml'}")
    if path.exists():
        raise _exists(path)


def write_text(path: Path, text: str, *, over: bool) -> None:
    """Write a file and the folders above it; `over` an existing one only if told so.

    Raises StarterRefused where that cannot be done.
    """
    _make_folder(path.parent)
    try:
        with path.open("w" if over else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise StarterRefused(f"{path} cannot be written: {error.strerror}") from None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StarterRefused(f"the folder {folder} cannot be made: {error.strerror}") from None


def _exists(path: Path) -> StarterRefused:
    return StarterRefused(f"{path} is there already: name another file, or add --force")
