"""The folder of campaigns: broken files keep what they were, and say what is wrong."""

import os
import resource
from pathlib import Path

import pytest

from campaignd.adapters.campaign_files.folder import (
    Folder,
    read_folder,
    recall_folder,
    stamp_folder,
)

GOOD = """\
version: 1
name: {name}
description: {words}
agents: {{checkout: {{coval: gk3jK9mPq2xRt5vW8yZaBc}}}}
personas: {{impatient: hL4kL0nQr3ySt6vX9zAcDd}}
test_sets: {{smoke: aB1cD2eF}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "one.yaml", "one")
    write(tmp_path / "two.yml", "two")
    (tmp_path / "notes.txt").write_text("not a campaign")
    return tmp_path


def write(path: Path, name: str, words: str = "first") -> None:
    path.write_text(GOOD.format(name=name, words=words), encoding="utf-8")


def described(folder: Folder) -> dict[str, str | None]:
    return {name: loaded.campaign.description for name, loaded in folder.campaigns.items()}


def test_all_campaigns_of_a_folder_are_read(folder: Path) -> None:
    read = read_folder(Folder(folder))
    assert described(read) == {"one": "first", "two": "first"}
    assert read.broken == {}


def test_a_broken_file_keeps_its_last_good_revision_and_says_what_is_wrong(folder: Path) -> None:
    before = read_folder(Folder(folder))
    (folder / "one.yaml").write_text("version: 1\nname: one\nagnets: {}\n")
    write(folder / "two.yml", "two", "second")
    after = read_folder(before)
    assert described(after) == {"one": "first", "two": "second"}
    assert after.campaigns["one"] is before.campaigns["one"]
    assert "did you mean 'agents'?" in after.broken[str(folder / "one.yaml")]
    again = read_folder(after)
    assert again.campaigns["one"] is before.campaigns["one"]
    write(folder / "one.yaml", "one", "mended")
    mended = read_folder(again)
    assert (described(mended)["one"], mended.broken) == ("mended", {})


def test_a_file_that_was_never_right_is_only_broken(folder: Path) -> None:
    (folder / "three.yaml").write_text("hello")
    read = read_folder(Folder(folder))
    assert set(read.campaigns) == {"one", "two"}
    assert list(read.broken) == [str(folder / "three.yaml")]


def test_a_file_that_is_gone_takes_its_campaign_along(folder: Path) -> None:
    before = read_folder(Folder(folder))
    (folder / "one.yaml").unlink()
    assert set(read_folder(before).campaigns) == {"two"}


def test_two_files_of_one_name_are_told_and_the_first_counts(folder: Path) -> None:
    write(folder / "zwei.yaml", "two", "impostor")
    read = read_folder(Folder(folder))
    assert described(read)["two"] == "first"
    (mistake,) = read.broken.values()
    assert "the campaign 'two' is in" in mistake
    assert "give one of them another name" in mistake


INPUTS = "inputs: {words: {}, more: {default: '1', description: More.}}\n"


def test_a_file_that_must_be_given_inputs_is_open_and_not_broken(folder: Path) -> None:
    text = GOOD.format(name="three", words="'${inputs.words} ${inputs.more}'") + INPUTS
    (folder / "three.yaml").write_text(text)
    read = read_folder(Folder(folder))
    assert set(read.campaigns) == {"one", "two"}
    assert read.broken == {}
    three = read.open["three"]
    assert (three.needs, three.description, three.text) == (("words",), None, text)
    assert {name: each.default for name, each in three.inputs.items()} == {
        "words": None,
        "more": "1",
    }


def test_an_open_file_keeps_its_last_good_revision_too(folder: Path) -> None:
    path = folder / "three.yaml"
    path.write_text(GOOD.format(name="three", words="'${inputs.words}'") + "inputs: {words: {}}\n")
    before = read_folder(Folder(folder))
    path.write_text("version: 1\nname: three\nagnets: {}\n")
    after = read_folder(before)
    assert after.open["three"] is before.open["three"]
    assert list(after.broken) == [str(path)]


def test_a_file_whose_name_hangs_on_inputs_cannot_be_asked_for(folder: Path) -> None:
    text = GOOD.format(name="'${inputs.name}'", words="x") + "inputs: {name: {}}\n"
    (folder / "three.yaml").write_text(text)
    read = read_folder(Folder(folder))
    assert (read.open, read.broken) == ({}, {})


def test_an_open_file_has_no_name_of_another(folder: Path) -> None:
    text = GOOD.format(name="two", words="'${inputs.words}'") + "inputs: {words: {}}\n"
    (folder / "zwei.yaml").write_text(text)
    read = read_folder(Folder(folder))
    assert (read.open, list(read.broken)) == ({}, [str(folder / "zwei.yaml")])


def test_a_folder_that_is_gone_takes_nothing_along(folder: Path) -> None:
    before = read_folder(Folder(folder))
    folder.rename(folder.with_name("elsewhere"))
    gone = read_folder(before)
    assert gone.campaigns == before.campaigns
    assert gone.broken == {str(folder): "this folder cannot be read: No such file or directory"}
    folder.with_name("elsewhere").rename(folder)
    back = read_folder(gone)
    assert (described(back), back.broken) == (described(before), {})


def test_hidden_files_are_no_campaigns(folder: Path) -> None:
    (folder / ".#one.yaml").symlink_to("root@host.1234")
    assert read_folder(Folder(folder)).broken == {}


def test_a_stamp_changes_with_its_file_alone(folder: Path) -> None:
    before = stamp_folder(folder)
    assert stamp_folder(folder) == before
    write(folder / "one.yaml", "one", "longer than before")
    after = stamp_folder(folder)
    assert after[str(folder / "one.yaml")] != before[str(folder / "one.yaml")]
    assert after[str(folder / "two.yml")] == before[str(folder / "two.yml")]


def test_a_bug_in_reading_one_file_keeps_that_file_as_it_was_and_harms_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_folder(Folder(folder))
    write(folder / "one.yaml", "one", "second")
    write(folder / "two.yml", "two", "second")
    fails_at(folder / "one.yaml", monkeypatch)
    after = read_folder(before)
    assert described(after) == {"one": "first", "two": "second"}
    source = str(folder / "one.yaml")
    assert after.broken == {source: f"{source}: campaignd itself failed: KeyError: 'sabotage'"}


def fails_at(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the file's path fail as no path does."""

    def fail(*_: object) -> int:
        raise KeyError("sabotage")

    real = os.open
    monkeypatch.setattr(os, "open", lambda p, *more: fail() if p == path else real(p, *more))


def test_what_a_file_held_before_can_be_recalled_and_is_kept_as_long_as_it_is_broken(
    folder: Path,
) -> None:
    one, two = str(folder / "one.yaml"), str(folder / "two.yml")
    texts = {path: Path(path).read_text(encoding="utf-8") for path in (one, two)}
    Path(one).write_text("hello", encoding="utf-8")
    write(Path(two), "two", "second")
    read = read_folder(recall_folder(folder, texts))
    assert described(read) == {"one": "first", "two": "second"}
    assert set(read.broken) == {one}


def test_of_texts_that_are_no_campaigns_any_more_nothing_is_recalled(folder: Path) -> None:
    assert recall_folder(folder, {"one.yaml": "version: 9"}) == Folder(folder)


def test_a_folder_that_cannot_be_listed_for_a_moment_is_not_empty(folder: Path) -> None:
    before = read_folder(Folder(folder))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = [os.open(os.devnull, os.O_RDONLY)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (taken[0] + 1, hard))
    try:
        after, stamps = read_folder(before), stamp_folder(folder)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        os.close(taken[0])
    assert after.campaigns == before.campaigns
    assert after.broken == {str(folder): "this folder cannot be read: Too many open files"}
    assert (stamps, after.stamps) == ({}, {})
