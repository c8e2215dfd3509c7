"""`list`, `history`, `show`, `report` and `export`: one run, looked back at in every way."""

import csv
import io
import json
import shutil
from typing import Any
from xml.etree import ElementTree as ET

import pytest


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return tmp_path_factory.mktemp("archive")


@pytest.fixture
def stored(archive: Any, campaignd: Any, home: Any, request: pytest.FixtureRequest) -> str:
    """The id of a failed execution; it is run once, and each test gets a copy of its database."""
    known = archive / "execution"
    if not known.exists():
        served = request.getfixturevalue("served")
        served(effects=[{"metric": "jN6mN2pSt5aUv8xZ1bCeFf", "factor": 0.1}])
        known.write_text(campaignd("run", "smoke.yaml", "--json").json["execution"])
        shutil.copytree(home.state, archive / "state")
    shutil.rmtree(home.state, ignore_errors=True)
    shutil.copytree(archive / "state", home.state)
    return known.read_text()


def test_list_shows_executions_and_json_has_their_facts(campaignd: Any, stored: str) -> None:
    listed = campaignd("list")
    assert listed.status == 0
    assert "✗ failed" in listed.out
    assert stored in listed.out
    (row,) = campaignd("list", "--json").json
    assert (row["id"], row["campaign"], row["verdict"]) == (stored, "smoke", "failed")
    assert (row["gates"], row["gates_failed"]) == (1, 1)


def test_history_is_of_one_campaign(campaignd: Any, stored: str) -> None:
    assert "smoke: 0 of 1 passed" in campaignd("history", "smoke").out
    assert [row["id"] for row in campaignd("history", "smoke", "--json").json] == [stored]


def test_limit_keeps_the_newest(campaignd: Any, stored: str) -> None:
    assert len(campaignd("list", "--limit", "1", "--json").json) == 1
    assert campaignd("list", "--limit", "0").status == 2


@pytest.mark.parametrize("cut", [26, 10])
def test_the_beginning_of_an_id_is_enough_in_any_case(
    campaignd: Any, stored: str, cut: int
) -> None:
    for prefix in (stored[:cut], stored[:cut].lower()):
        shown = campaignd("show", prefix)
        assert shown.status == 0
        assert stored in shown.out


@pytest.mark.parametrize("command", ["show", "report", "export", "resume", "cancel"])
@pytest.mark.parametrize("wanted", ["", "7ZZZZ", "0%"])
def test_an_execution_that_is_not_there_exits_with_2(
    campaignd: Any, stored: str, command: str, wanted: str
) -> None:
    missing = campaignd(command, wanted)
    assert (missing.status, missing.out) == (2, "")
    assert missing.err == f"no execution {wanted or repr('')}; see `campaignd list`\n"


def test_a_beginning_of_several_ids_names_them(campaignd: Any, stored: str, brisk: Any) -> None:
    other = campaignd("run", "smoke.yaml", "--json").json["execution"]
    ambiguous = campaignd("show", "01")
    assert ambiguous.status == 2
    assert ambiguous.err == f"no execution 01 alone; it could be {other}, {stored}\n"


def test_log_shows_every_move(campaignd: Any, stored: str) -> None:
    log = campaignd("show", stored, "--log")
    assert log.status == 0
    assert "execution: judging -> finished  (failed)" in log.out
    moves = campaignd("show", stored, "--log", "--json").json
    assert [move["new"] for move in moves if move["subject"] == "execution"] == [
        "queued",
        "running",
        "judging",
        "finished",
    ]
    assert len(moves) == len(log.out.splitlines())


def test_report_gives_each_format(campaignd: Any, home: Any, stored: str) -> None:
    report = campaignd("report", stored).json
    assert (report["execution"], report["exit_status"]) == (stored, 1)
    junit = campaignd("report", stored, "--format", "junit").out
    assert ET.fromstring(junit).find(".//failure") is not None  # noqa: S314  # our own
    assert "failed" in campaignd("report", stored, "--format", "markdown").out
    written = campaignd("report", stored, "--format", "html", "--output", "report.html")
    assert (written.status, written.out) == (0, "")
    assert stored in (home.folder / "report.html").read_text(encoding="utf-8")
    assert campaignd("report", stored, "--format", "yaml").status == 2
    nowhere = campaignd("report", stored, "--output", "no/such/report.json")
    assert (nowhere.status, "cannot write no/such/report.json" in nowhere.err) == (2, True)


def test_export_has_a_row_for_each_value(campaignd: Any, home: Any, stored: str) -> None:
    exported = campaignd("export", stored)
    assert exported.status == 0
    rows = list(csv.DictReader(io.StringIO(exported.out)))
    assert len(rows) == 24
    assert {row["execution"] for row in rows} == {stored}
    assert {row["value"] for row in rows} <= {"YES", "NO", "UNKNOWN"}
    campaignd("export", stored, "--output", "values.csv")
    assert (home.folder / "values.csv").read_bytes().decode() == exported.out


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_nothing_that_is_shown_is_wider_than_the_terminal(
    campaignd: Any, stored: str, columns: int
) -> None:
    for command in (("list",), ("history", "smoke"), ("show", stored)):
        shown = campaignd(*command, COLUMNS=str(columns))
        assert max(map(len, shown.out.splitlines())) <= columns


def test_what_looks_back_needs_no_key_and_asks_no_vendor(campaignd: Any, stored: str) -> None:
    gone = {"CAMPAIGND_COVAL__BASE_URL": "http://127.0.0.1:9/v1", "COVAL_API_KEY": ""}
    for command in ("show", "report", "export"):
        assert campaignd(command, stored, **gone).status == 0


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("list",), id="list"),
        pytest.param(("list", "--json"), id="list --json"),
        pytest.param(("history", "smoke"), id="history"),
        pytest.param(("show", "01ARZ3ND"), id="show"),
        pytest.param(("show", "01ARZ3ND", "--log"), id="show --log"),
        pytest.param(("report", "01ARZ3ND"), id="report"),
        pytest.param(("export", "01ARZ3ND"), id="export"),
    ],
)
def test_looking_back_makes_no_database_and_says_what_does(
    campaignd: Any, home: Any, command: tuple[str, ...]
) -> None:
    done = campaignd(*command)
    database = home.state / "campaignd.db"
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"there is no database {database}: `campaignd run FILE` makes it; if yours is elsewhere, "
        "name it with --database or CAMPAIGND_DATABASE_URL\n"
    )
    assert not database.exists()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("smok", "did you mean 'smoke'?", id="mistyped"),
        pytest.param("checkout", "see `campaignd list`", id="never run"),
    ],
)
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_campaign_without_executions_exits_with_2(
    campaignd: Any, stored: str, name: str, hint: str, options: tuple[str, ...]
) -> None:
    assert stored
    done = campaignd("history", name, *options)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"no execution of a campaign {name!r}; {hint}\n"


def test_an_empty_database_says_how_to_begin(campaignd: Any) -> None:
    nothing = campaignd("resume")
    assert (nothing.status, nothing.out, nothing.err) == (0, "", "nothing to resume\n")
    assert campaignd("resume", "--json").json == []
    assert campaignd("resume", "--quiet").err == ""
    assert campaignd("list").out == "No executions yet. `campaignd run FILE` starts one.\n"
    assert json.loads(campaignd("list", "--json").out) == []
