"""`schedule list|pause|resume`."""

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import CAMPAIGN, Home

SCHEDULE = """\
schedule:
  - {cron: "0 3 * * 1", timezone: Europe/Berlin, jitter: 5m, catch_up: last}
  - {cron: "0 12 1 * *"}
"""


@pytest.fixture
def campaigns(home: Home) -> Path:
    folder = home.folder / "campaigns"
    folder.mkdir()
    (folder / "smoke.yaml").write_text(CAMPAIGN + SCHEDULE)
    (folder / "unscheduled.yaml").write_text(CAMPAIGN.replace("name: smoke", "name: other", 1))
    return folder


def test_the_next_five_moments_of_each_line_are_listed(campaignd: Any, campaigns: Path) -> None:
    done = campaignd("schedule", "list", "--json")
    assert (done.status, done.err) == (0, "")
    (row,) = done.json
    assert (row["campaign"], row["overlap"], row["paused_at"], row["last"]) == (
        "smoke",
        "skip",
        None,
        None,
    )
    weekly, monthly = row["lines"]
    moments = [datetime.fromisoformat(text) for text in weekly["next"]]
    assert len(moments) == len(monthly["next"]) == 5
    assert {moment.weekday() for moment in moments} == {0}
    assert {moment.hour for moment in moments} <= {1, 2}
    assert {text[8:16] for text in monthly["next"]} == {"01T12:00"}


def test_people_see_the_times_of_each_zone(campaignd: Any, campaigns: Path) -> None:
    done = campaignd("schedule", "list")
    assert done.status == 0
    assert "0 3 * * 1  Europe/Berlin, up to 5m later, caught up within 1h" in done.out
    assert len([line for line in done.out.splitlines() if "    Mon " in line]) >= 5
    assert done.out.count("03:00 CE") == done.out.count("12:00 UTC") == 5
    assert "other" not in done.out


def test_a_broken_file_is_listed_as_it_last_was(
    campaignd: Any, campaigns: Path, home: Home
) -> None:
    campaignd("schedule", "resume", "smoke")
    file = campaigns / "smoke.yaml"
    with closing(sqlite3.connect(home.state / "campaignd.db")) as database, database:
        database.execute(
            "INSERT INTO last_good VALUES (?, ?)", ("campaigns/smoke.yaml", file.read_text())
        )
    file.write_text("version: 1\n")
    done = campaignd("schedule", "list", "--json")
    assert done.status == 2
    assert "smoke.yaml" in done.err
    assert [len(line["next"]) for line in done.json[0]["lines"]] == [5, 5]


def test_a_campaign_is_paused_and_resumed(campaignd: Any, campaigns: Path) -> None:
    assert campaignd("schedule", "pause", "smoke").out == "smoke is paused\n"
    assert campaignd("schedule", "pause", "smoke").out == "smoke was paused already\n"
    assert "smoke  paused since" in campaignd("schedule", "list").out
    assert campaignd("schedule", "resume", "smoke").out == "smoke is resumed\n"
    assert campaignd("schedule", "resume", "smoke").out == "smoke was not paused\n"
    assert campaignd("schedule", "list", "--json").json[0]["paused_at"] is None


@pytest.mark.parametrize(
    ("execution", "reason"),
    [pytest.param("01A", "", id="kept"), pytest.param(None, "on holiday", id="skipped")],
)
def test_what_became_of_the_last_moment_is_told(
    campaignd: Any, campaigns: Path, home: Home, execution: str | None, reason: str
) -> None:
    campaignd("schedule", "resume", "smoke")
    with closing(sqlite3.connect(home.state / "campaignd.db")) as database:
        row = ("smoke", "2026-11-02 03:00:00.000000", "2026-11-02 03:00:01.000000")
        database.execute(
            "INSERT INTO schedule_moment VALUES (?, ?, ?, ?, ?)", (*row, execution, reason)
        )
        database.commit()
    fate = f"skipped: {reason}" if execution is None else f"execution {execution}"
    assert f"last: 2026-11-02 03:00 UTC, {fate}" in campaignd("schedule", "list").out
    last = campaignd("schedule", "list", "--json").json[0]["last"]
    assert (last["execution"], last["reason"]) == (execution, reason or None)


@pytest.mark.parametrize("name", ["smoek", "other"])
@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_what_has_no_schedule_cannot_be_paused(
    campaignd: Any, campaigns: Path, verb: str, name: str
) -> None:
    done = campaignd("schedule", verb, name)
    assert done.status == 2
    assert f"no campaign {name!r} with a schedule; " in done.err


def test_a_broken_file_is_told_and_the_others_are_listed(campaignd: Any, campaigns: Path) -> None:
    (campaigns / "broken.yaml").write_text("hello")
    done = campaignd("schedule", "list", "--json")
    assert done.status == 2
    assert [row["campaign"] for row in done.json] == ["smoke"]
    assert "broken.yaml" in done.err


def test_without_the_folder_it_says_what_to_do(campaignd: Any) -> None:
    done = campaignd("schedule", "list")
    assert done.status == 2
    assert "CAMPAIGND_CAMPAIGNS_DIR: there is no folder campaigns; make it" in done.err


def test_without_a_schedule_it_says_so(campaignd: Any, campaigns: Path) -> None:
    (campaigns / "smoke.yaml").unlink()
    done = campaignd("schedule", "list")
    assert (done.status, done.out) == (0, "No campaign of this folder has a schedule.\n")
