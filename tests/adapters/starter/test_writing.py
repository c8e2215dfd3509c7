from pathlib import Path

import pytest

from campaignd.adapters.starter import StarterRefused, refuse_existing, write_text


def test_a_file_and_its_folders_are_written(tmp_path: Path) -> None:
    path = tmp_path / "ci" / "campaigns" / "first.yaml"
    refuse_existing(path)
    write_text(path, "version: 1\n", over=False)
    assert path.read_bytes() == b"version: 1\n"


def test_nothing_is_written_over_unless_told_so(tmp_path: Path) -> None:
    path = tmp_path / "first.yaml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(StarterRefused, match="is there already: name another file, or add --force"):
        refuse_existing(path)
    with pytest.raises(StarterRefused, match="is there already"):
        write_text(path, "new", over=False)
    assert path.read_text(encoding="utf-8") == "mine"
    write_text(path, "new", over=True)
    assert path.read_text(encoding="utf-8") == "new"


def test_a_folder_is_not_taken_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(StarterRefused, match="is a folder: name a file in it"):
        refuse_existing(tmp_path)
    with pytest.raises(StarterRefused, match="cannot be written: Is a directory"):
        write_text(tmp_path, "new", over=True)


def test_a_file_where_a_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "campaigns").write_text("", encoding="utf-8")
    with pytest.raises(StarterRefused, match=r"the folder .*campaigns cannot be made: File exists"):
        write_text(tmp_path / "campaigns" / "first.yaml", "new", over=False)
