"""`token create|list|revoke`."""

import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.store.conftest import template  # noqa: F401  # fixture
from tests.cli.conftest import Home

from campaignd.core.tokens import parse_token


@pytest.fixture
def database(home: Home, template: Path) -> Path:  # noqa: F811
    """The home's database, migrated before: that takes longer than all else here."""
    home.state.mkdir()
    return Path(shutil.copy(template, home.state / "campaignd.db"))


def test_a_token_is_printed_once_and_kept_nowhere(campaignd: Any, home: Home) -> None:
    done = campaignd("token", "create", "ci", "--scope", "trigger", "--campaign", "payments-*")
    assert done.status == 0
    made = parse_token(done.out.removesuffix("\n"))
    assert "ci: trigger for payments-*\n" in done.err
    assert str(home.state / "campaignd.db") in done.err
    listed = campaignd("token", "list", "--json")
    for text in (done.err, listed.out, campaignd("token", "list").out):
        assert made.secret not in text
        assert made.digest not in text
    assert made.secret.encode() not in home.everything_written()
    with closing(sqlite3.connect(home.state / "campaignd.db")) as database:
        assert database.execute("SELECT id, digest FROM token").fetchall() == [
            (made.id, made.digest)
        ]


def test_a_token_reads_for_ever_and_everything_unless_told_otherwise(
    campaignd: Any, database: Path
) -> None:
    campaignd("token", "create", "ci")
    (row,) = campaignd("token", "list", "--json").json
    assert (row["name"], row["state"], row["scopes"], row["campaigns"]) == (
        "ci",
        "live",
        ["read"],
        [],
    )
    assert (row["expires_at"], row["revoked_at"]) == (None, None)


def test_json_has_the_token_and_all_that_it_allows(campaignd: Any, database: Path) -> None:
    options = ("--scope", "admin", "--scope", "read", "--campaign", "a", "--campaign", "b-*")
    done = campaignd("token", "create", "ci", *options, "--expires", "90d", "--json")
    assert (done.status, done.err) == (0, "")
    made = done.json
    assert parse_token(made["token"]).id == made["id"]
    assert (made["scopes"], made["campaigns"]) == (["read", "admin"], ["a", "b-*"])
    lifetime = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=89) < lifetime <= timedelta(days=90)
    del made["token"]
    assert campaignd("token", "list", "--json").json == [made]


def test_people_see_the_newest_token_first_and_what_became_of_each(
    campaignd: Any, database: Path
) -> None:
    campaignd("token", "create", "old", "--scope", "submit", "--expires", "1ms")
    campaignd("token", "create", "gone")
    campaignd("token", "revoke", "gone")
    campaignd("token", "create", "new", "--campaign", "payments-*", "--expires", "2h")
    lines = campaignd("token", "list").out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "new  live",
        "gone  revoked",
        "old  expired",
    ]
    assert lines[1] == "  read for payments-*"
    assert re.fullmatch(r"  [a-z2-7]{16}, made .+, expires in [12]h", lines[2])
    assert "  submit for all campaigns" in lines


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_token_is_revoked_by_its_name_or_id(campaignd: Any, database: Path, by: str) -> None:
    made = campaignd("token", "create", "ci", "--json").json
    assert campaignd("token", "revoke", made[by]).out == f"{made[by]} is revoked\n"
    assert campaignd("token", "revoke", made[by]).out == f"{made[by]} was revoked already\n"
    assert campaignd("token", "list", "--json").json[0]["state"] == "revoked"


def test_a_name_belongs_to_one_live_token(campaignd: Any, database: Path) -> None:
    first = campaignd("token", "create", "ci").out
    done = campaignd("token", "create", "ci")
    assert (done.status, done.out) == (2, "")
    assert "revoke that one first with `campaignd token revoke ci`" in done.err
    campaignd("token", "revoke", "ci")
    assert campaignd("token", "create", "ci").out not in {"", first}
    assert campaignd("token", "revoke", "ci").out == "ci is revoked\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(("CI",), "'CI' is not a name", id="name"),
        pytest.param(("ci", "--scope", "all"), "'all' is not one of", id="scope"),
        pytest.param(("ci", "--campaign", "[a-z]"), "is not a pattern of campaigns", id="pattern"),
        pytest.param(("ci", "--expires", "soon"), "'soon' is not a duration", id="duration"),
        pytest.param(("ci", "--expires", "0s"), "is no time at all", id="dead at once"),
        pytest.param(("ci", "--expires", "4000d"), "is too long: at most 3650d", id="too long"),
    ],
)
def test_what_makes_no_token_is_refused(
    campaignd: Any, home: Home, arguments: tuple[str, ...], words: str
) -> None:
    done = campaignd("token", "create", *arguments)
    assert (done.status, done.out) == (2, "")
    assert words in done.err
    assert not (home.state / "campaignd.db").exists()


def test_a_token_that_is_not_there_is_not_revoked(campaignd: Any, database: Path) -> None:
    campaignd("token", "create", "github")
    done = campaignd("token", "revoke", "githbu")
    assert done.status == 2
    assert "no token 'githbu'; did you mean 'github'?" in done.err


@pytest.mark.parametrize("command", [("list",), ("revoke", "ci")])
def test_without_a_database_there_is_nothing_to_see(
    campaignd: Any, home: Home, command: tuple[str, ...]
) -> None:
    done = campaignd("token", *command)
    assert (done.status, done.out) == (2, "")
    assert "there is no database" in done.err
    assert not (home.state / "campaignd.db").exists()
