import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from campaignd.adapters.reporters.files import ReportUnwritable, ensure_writable, write_report


def test_a_report_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.xml"
    path.write_text("old")
    write_report(path, ["new ", "text"])
    assert path.read_text() == "new text"
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_breaks_off_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        write_report(path, breaking())
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "report.md"
    link.symlink_to(tmp_path / "real" / "report.md")
    write_report(link, ["text"])
    assert link.is_symlink()
    assert (tmp_path / "real" / "report.md").read_text() == "text"


def test_the_rights_of_an_old_file_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    path.write_text("old")
    path.chmod(0o640)
    write_report(path, ["new"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_report(pipe, ["text"])
    reader.join(timeout=5)
    assert read == ["text"]
    assert pipe.is_fifo()


@pytest.mark.parametrize("attempt", [ensure_writable, lambda path: write_report(path, ["x"])])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        pytest.param("missing/report.xml", "there is no folder", id="no folder"),
        pytest.param("", "it is a folder; name a file in it", id="a folder"),
        pytest.param("file/report.xml", "there is no folder", id="a file as a folder"),
        pytest.param("x" * 300, "name too long", id="a name too long"),
        pytest.param("a\0b", "null", id="no name at all"),
    ],
)
def test_a_path_that_cannot_be_written_is_told_in_a_sentence(
    tmp_path: Path, attempt: Callable[[Path], None], name: str, why: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ReportUnwritable, match=f"cannot write .*: .*{why}"):
        attempt(tmp_path / name)


def test_trying_a_path_leaves_nothing_behind(tmp_path: Path) -> None:
    ensure_writable(tmp_path / "report.xml")
    assert list(tmp_path.iterdir()) == []


def test_characters_that_cannot_be_encoded_do_not_break_a_report(tmp_path: Path) -> None:
    write_report(tmp_path / "r", ["a\ud800b"])
    assert (tmp_path / "r").read_text() == "a\\ud800b"


def breaking() -> Iterator[str]:
    yield "half"
    raise ZeroDivisionError
