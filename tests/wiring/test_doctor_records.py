from pathlib import Path
from typing import Any

import pytest

from campaignd.adapters.reporters.checkup import Level
from campaignd.adapters.store.health import FileHealth, Schema
from campaignd.wiring.doctor.records import LITTLE_SPACE, NO_SPACE, judge_file, judge_schema

PATH = Path("/var/lib/campaignd/campaignd.db")


@pytest.mark.parametrize(
    ("schema", "may_migrate", "level", "words"),
    [
        pytest.param(Schema.NEWER, True, Level.PROBLEM, "newer campaignd", id="newer"),
        pytest.param(Schema.OLDER, True, Level.WARNING, "older", id="older"),
        pytest.param(Schema.OLDER, False, Level.PROBLEM, "may not be migrated", id="older, fixed"),
        pytest.param(Schema.MISSING, True, Level.OK, "empty", id="empty"),
    ],
)
def test_tables_of_another_campaignd_are_told(
    schema: Schema, may_migrate: bool, level: Level, words: str
) -> None:
    (finding,) = judge_schema(schema, may_migrate)
    assert finding.level is level
    assert words in finding.message


@pytest.mark.parametrize(
    ("parts", "level", "words"),
    [
        pytest.param({"flaws": ("row 3 missing",)}, Level.PROBLEM, "row 3 missing", id="damaged"),
        pytest.param({"journal_mode": "delete"}, Level.WARNING, "mode delete", id="no WAL"),
        pytest.param({"free": LITTLE_SPACE - 1}, Level.WARNING, "1024.0 MiB", id="little space"),
        pytest.param({"free": NO_SPACE - 1}, Level.PROBLEM, "100.0 MiB", id="no space"),
    ],
)
def test_what_is_wrong_with_the_file_is_told(
    parts: dict[str, Any], level: Level, words: str
) -> None:
    (finding,) = judge_file(health(**parts))
    assert finding.level is level
    assert words in finding.message
    assert finding.advice


def test_nothing_is_said_of_a_file_in_order() -> None:
    assert list(judge_schema(Schema.CURRENT, may_migrate=True)) == []
    assert list(judge_file(health())) == []


def health(**parts: Any) -> FileHealth:
    sound: dict[str, Any] = {
        "path": PATH,
        "flaws": (),
        "journal_mode": "wal",
        "size": 4096,
        "free": LITTLE_SPACE,
    }
    return FileHealth(**sound | parts)
