"""Campaign files on disk to text, without ever hanging on what is no file."""

import codecs
import os
import stat
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from campaignd.core.mistakes import CampaignInvalid, LocatedMistake

MOST_BYTES = 1024 * 1024

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ENDINGS = (".yaml", ".yml")


def read_text(path: Path) -> str:
    """Read a campaign file of at most 1 MiB, UTF-8 with or without byte order mark.

    Raises CampaignInvalid with one mistake that says why it cannot be read.
    """
    content = _read_bytes(path)
    if content.startswith(_UTF16):
        raise _invalid(path, "this is UTF-16", "save it as UTF-8")
    try:
        return content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(path, content, error.start) from None


def _read_bytes(path: Path) -> bytes:
    descriptor = _open(path)
    try:
        _refuse_irregular(path, os.fstat(descriptor))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _invalid(path, f"this file cannot be read: {error.strerror}") from None
    finally:
        os.close(descriptor)
    if len(content) > MOST_BYTES:
        raise _too_large(path)
    return content


def _open(path: Path) -> int:
    try:
        # A FIFO without a writer would block an ordinary open for ever.
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise _invalid(path, "there is no such file", _find_neighbour(path)) from None
    except PermissionError:
        message = "there is no permission to read this file"
        raise _invalid(path, message, "check its owner and mode") from None
    except OSError as error:
        raise _invalid(path, f"this file cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise _invalid(path, f"this is no path: {error}") from None


def _refuse_irregular(path: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise _invalid(path, "this is a folder, not a campaign file", _name_inside(path))
    if not stat.S_ISREG(status.st_mode):
        raise _invalid(path, "this is not a regular file", "save the campaign to a file first")
    if status.st_size > MOST_BYTES:
        raise _too_large(path)


def _find_neighbour(path: Path) -> str | None:
    names = _names_in(path.parent)
    near = get_close_matches(path.name, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {str(path.with_name(near[0]))!r}?"
    return f"beside it are {', '.join(names[:5])}" if names else None


def _name_inside(path: Path) -> str | None:
    names = _names_in(path)
    return f"name one of its files, like {str(path / names[0])!r}" if names else None


def list_campaigns(folder: Path) -> list[str]:
    """Return the names of the files in a folder that look like campaigns. Raises OSError."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.name.endswith(_ENDINGS))


def _names_in(folder: Path) -> list[str]:
    with suppress(OSError):
        return list_campaigns(folder)
    return []


def _not_utf8(path: Path, content: bytes, position: int) -> CampaignInvalid:
    line = content.count(b"\n", 0, position) + 1
    column = position - content.rfind(b"\n", 0, position)
    message = f"byte {position} (0x{content[position]:02X}) is not UTF-8"
    return CampaignInvalid(
        [LocatedMistake(str(path), line, column, message, "save the file as UTF-8")]
    )


def _too_large(path: Path) -> CampaignInvalid:
    return _invalid(path, "this file is larger than 1 MiB", "split it into several campaigns")


def _invalid(path: Path, message: str, hint: str | None = None) -> CampaignInvalid:
    return CampaignInvalid([LocatedMistake(str(path), None, None, message, hint)])
