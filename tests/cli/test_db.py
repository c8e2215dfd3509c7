"""`campaignd db`: copies, checks, upgrades, and what is left after pruning."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.store.conftest import downgrade
from tests.cli.conftest import CAMPAIGN, Home

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.migration import SCRIPTS

Command = Any
PRUNED = "were pruned on"
COMPARED = CAMPAIGN + "  - {no_drop: resolved, than: {execution: EXECUTION}, rule_out: 60 points}\n"


def rows(home: Home, query: str) -> list[Any]:
    with closing(sqlite3.connect(home.state / "campaignd.db")) as connection, connection:
        return connection.execute(query).fetchall()


def age(home: Home, days: int, *executions: str) -> None:
    """Have executions finish so many days ago."""
    for execution in executions:
        rows(
            home,
            f"UPDATE execution SET finished_at = datetime(finished_at, '-{days} days') "  # noqa: S608
            f"WHERE id = '{execution}'",
        )


@pytest.fixture
def ran(campaignd: Command, brisk: Any) -> Any:
    """Run the campaign; return its execution."""

    def run(file: str = "smoke.yaml") -> str:
        done = campaignd("run", file, "--json")
        assert done.status == 0, done.err
        return str(done.json["execution"])

    return run


def test_a_backup_goes_where_it_is_wanted_and_over_nothing(
    campaignd: Command, home: Home, ran: Any
) -> None:
    execution = ran()
    done = campaignd("db", "backup", "copy.db")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("copy.db: whole, ")
    again = campaignd("db", "backup", "copy.db")
    assert (again.status, again.out) == (2, "")
    assert again.err == "copy.db exists already: name another file, or add --force\n"
    assert campaignd("db", "backup", "copy.db", "--force").status == 0
    (home.folder / "copies").mkdir()
    into_folder = campaignd("db", "backup", "copies", "--json").json
    assert Path(into_folder["path"]).parent == Path("copies")
    assert Path(into_folder["path"]).name.startswith("campaignd.db.2")
    beside = campaignd("db", "backup", "--json").json
    assert Path(beside["path"]).parent == home.state
    copy = f"sqlite:///{home.folder}/copy.db"
    assert campaignd("show", execution, "--database", copy).status == 0


def test_without_a_database_there_is_nothing_to_look_after(campaignd: Command, home: Home) -> None:
    for words in (["backup"], ["check"], ["upgrade"], ["prune", "--keep", "180d"]):
        done = campaignd("db", *words)
        assert (done.status, done.out) == (2, "")
        assert "there is no database" in done.err
    assert not (home.state / "campaignd.db").exists()


def test_a_check_reads_everything_and_names_what_is_wrong(
    campaignd: Command, home: Home, ran: Any
) -> None:
    ran()
    sound = campaignd("db", "check")
    assert sound.status == 0
    assert "0 problems, 0 warnings" in sound.out
    rows(home, "INSERT INTO cell VALUES ('nobody', 1, 'k', '{}', 1)")
    damaged = campaignd("db", "check", "--json")
    assert damaged.status == damaged.json["exit_status"] == 4
    (problem,) = [x for x in damaged.json["findings"] if x["level"] == "problem"]
    assert "refers to a row of execution that is not there" in problem["message"]


def test_an_older_database_is_upgraded_on_demand_where_it_is_never_by_itself(
    campaignd: Command, home: Home, ran: Any
) -> None:
    execution = ran()
    with closing(Database(f"sqlite:///{home.state / 'campaignd.db'}")) as database:
        downgrade(database, "0004")
    never = {"CAMPAIGND_DATABASE__MIGRATE": "never"}
    refused = campaignd("show", execution, **never)
    assert refused.status == 4
    assert "`campaignd db upgrade` backs it up" in refused.err
    assert campaignd("db", "backup", **never).status == 0
    told = campaignd("db", "check", "--json", **never).json["findings"]
    assert ["campaignd db upgrade"] in [finding["commands"] for finding in told]
    done = campaignd("db", "upgrade", **never)
    newest = max(path.name for path in (SCRIPTS / "versions").glob("0*.py"))[:4]
    assert f"from revision 0004 to {newest}\n" in done.out
    assert "as it was before, it is in " in done.out
    assert campaignd("show", execution, **never).status == 0
    assert campaignd("db", "upgrade").out == f"the database is up to date (revision {newest})\n"


def test_a_newer_database_is_left_alone(campaignd: Command, home: Home, ran: Any) -> None:
    ran()
    rows(home, "UPDATE alembic_version SET version_num = '9999'")
    for words in (["upgrade"], ["prune", "--keep", "1d"], ["check"]):
        done = campaignd("db", *words)
        assert done.status == 4
        assert "newer" in done.out + done.err
    assert campaignd("db", "backup").status == 0


@pytest.mark.slow
def test_pruned_executions_keep_their_verdict_and_say_what_is_gone(
    campaignd: Command, home: Home, ran: Any
) -> None:
    old, kept = ran(), ran()
    age(home, 200, old, kept)
    before = campaignd("report", old).json
    looked = campaignd("db", "prune", "--keep", "180d", "--dry-run", "--json").json
    assert (looked["dry_run"], looked["removed"]["executions"]) == (True, 1)
    assert campaignd("report", old).json == before
    done = campaignd("db", "prune", "--keep", "180d")
    assert (done.status, done.err) == (0, "")
    assert "pruned 1 execution that finished before " in done.out
    assert "  24 simulations\n  24 values\n" in done.out
    assert "1 execution as old keep their values" in done.out

    after = campaignd("report", old).json
    (note,) = set(after["notes"]) - set(before["notes"])
    assert "what was measured was pruned on " in note
    assert after.pop("pruned_at") is not None
    assert {name: after[name] for name in after if name != "notes"} == {
        name: before[name] for name in before if name not in {"notes", "pruned_at"}
    }
    for form in ("junit", "markdown", "html"):
        assert campaignd("report", old, "--format", form).status == 0
    assert "what was measured was pruned" in " ".join(campaignd("show", old).out.split())
    assert "execution: pruned" in campaignd("show", old, "--log").out
    assert "values pruned" in " ".join(campaignd("list").out.split())
    (row, other) = campaignd("history", "smoke", "--json").json[::-1]
    assert (row["id"], row["verdict"], other["pruned_at"]) == (old, "passed", None)
    assert row["pruned_at"] is not None
    for words in (
        ["judge", old],
        ["compare", old, kept],
        ["compare", kept, old],
        ["compare", old, "--rank", "resolved"],
        ["export", old],
        ["baseline", "set", "smoke", old],
    ):
        refused = campaignd(*words)
        assert (refused.status, refused.out) == (2, "")
        assert f"the values of execution {old} {PRUNED} " in refused.err
    judged = campaignd("judge", "smoke", "--history", "5", "--json")
    assert kept in judged.out
    assert old not in judged.out


@pytest.mark.slow
def test_what_the_next_execution_is_compared_with_keeps_its_values(
    campaignd: Command, home: Home, ran: Any
) -> None:
    named, pinned, old, last = [ran() for _ in range(4)]
    home.write(
        "compared.yaml", COMPARED.replace("smoke", "compared", 1).replace("EXECUTION", named)
    )
    newest = ran("compared.yaml")
    assert campaignd("baseline", "set", "smoke", pinned).status == 0
    age(home, 200, named, pinned, old, last, newest)
    pruned = campaignd("db", "prune", "--keep", "180d", "--json").json
    assert (pruned["removed"]["executions"], pruned["kept"]) == (1, 4)
    whole = rows(home, "SELECT id FROM execution WHERE pruned_at IS NULL ORDER BY id")
    assert [row[0] for row in whole] == [named, pinned, last, newest]


@pytest.mark.slow
def test_a_gate_that_names_a_pruned_execution_is_refused_before_anything_is_launched(
    campaignd: Command, home: Home, ran: Any, brisk: Any
) -> None:
    first = ran()
    ran()
    age(home, 200, first)
    assert campaignd("db", "prune", "--keep", "180d", "--json").json["removed"]["executions"] == 1
    home.write("compared.yaml", COMPARED.replace("EXECUTION", first))
    launched = brisk.launches
    refused = campaignd("run", "compared.yaml")
    assert refused.status == 2
    assert PRUNED in refused.err
    assert brisk.launches == launched


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        pytest.param([], "Missing option '--keep'", id="nothing"),
        pytest.param(["--keep", "half a year"], "is not a duration", id="words"),
        pytest.param(["--keep", "1d", "--vacuum", "--dry-run"], "leave out --vacuum", id="both"),
        pytest.param(["--keep", "0d"], "no time at all", id="zero"),
        pytest.param(["--keep", "9000000d"], "ago there was nothing", id="before all time"),
    ],
)
def test_what_cannot_be_asked_of_prune_is_told(
    campaignd: Command, keep: list[str], words: str
) -> None:
    done = campaignd("db", "prune", *keep)
    assert done.status == 2
    assert words in done.err
