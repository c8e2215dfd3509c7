import os
from pathlib import Path

import pytest

from campaignd.adapters.campaign_files.reading import MOST_BYTES, read_text
from campaignd.core.mistakes import CampaignInvalid


def complaint_about(path: Path) -> str:
    with pytest.raises(CampaignInvalid) as refusal:
        read_text(path)
    (mistake,) = refusal.value.mistakes
    return str(mistake).replace(f"{path}", "FILE")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        pytest.param(
            b"a: \xff\n", "FILE:1:4: byte 3 (0xFF) is not UTF-8; save the file as UTF-8", id="latin"
        ),
        pytest.param(
            b"a: 1\nb: x\xc3",
            "FILE:2:5: byte 9 (0xC3) is not UTF-8; save the file as UTF-8",
            id="cut off",
        ),
        pytest.param(
            "a: 1".encode("utf-16"), "FILE: this is UTF-16; save it as UTF-8", id="UTF-16"
        ),
        pytest.param(
            b"#" * (MOST_BYTES + 1),
            "FILE: this file is larger than 1 MiB; split it into several campaigns",
            id="too large",
        ),
    ],
)
def test_content_that_is_no_campaign_text_is_refused(
    tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = tmp_path / "smoke.yaml"
    path.write_bytes(content)
    assert complaint_about(path) == complaint


def test_a_file_of_just_one_mebibyte_is_read(tmp_path: Path) -> None:
    path = tmp_path / "smoke.yaml"
    path.write_bytes(b"#" * MOST_BYTES)
    assert len(read_text(path)) == MOST_BYTES


def test_a_byte_order_mark_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "smoke.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1")
    assert read_text(path) == "a: 1"


def test_a_missing_file_is_told_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "nightly.yaml").touch()
    expected = f"FILE: there is no such file; did you mean '{tmp_path}/nightly.yaml'?"
    assert complaint_about(tmp_path / "nigthly.yaml") == expected


def test_a_missing_file_is_told_with_what_is_beside_it(tmp_path: Path) -> None:
    (tmp_path / "nightly.yaml").touch()
    assert (
        complaint_about(tmp_path / "x") == "FILE: there is no such file; beside it are nightly.yaml"
    )


def test_a_file_of_a_missing_folder_is_missing(tmp_path: Path) -> None:
    assert complaint_about(tmp_path / "no" / "x.yaml") == "FILE: there is no such file"


def test_a_path_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").touch()
    assert "cannot be read: Not a directory" in complaint_about(tmp_path / "a.yaml" / "b.yaml")


def test_a_folder_is_told_with_a_file_inside(tmp_path: Path) -> None:
    (tmp_path / "nightly.yaml").touch()
    with pytest.raises(CampaignInvalid) as refusal:
        read_text(tmp_path)
    assert str(refusal.value) == (
        f"{tmp_path}: this is a folder, not a campaign file; "
        f"name one of its files, like '{tmp_path}/nightly.yaml'"
    )


@pytest.mark.timeout(10)
def test_a_pipe_that_nobody_writes_to_does_not_hang(tmp_path: Path) -> None:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    assert complaint_about(path).startswith("FILE: this is not a regular file")


def test_a_device_is_refused() -> None:
    assert complaint_about(Path("/dev/zero")).startswith("FILE: this is not a regular file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "smoke.yaml"
    path.touch(mode=0)
    assert complaint_about(path).startswith("FILE: there is no permission to read this file")


def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(CampaignInvalid, match="this is no path"):
        read_text(Path("a\0b"))
