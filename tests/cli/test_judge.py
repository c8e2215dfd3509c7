"""Gates after the fact: judging again, tables, baselines, comparisons."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import BRISK, CAMPAIGN, Command, Home, LocalVendors

STRICT = CAMPAIGN.replace("at_least: 50%", "at_least: 99.9%")
REGRESSION = CAMPAIGN + (
    "  - {name: No drop, no_drop: resolved, than: baseline, rule_out: 90 points}\n"
)
MUTATED = CAMPAIGN.replace(
    "coval: gk3jK9mPq2xRt5vW8yZaBc",
    "coval: gk3jK9mPq2xRt5vW8yZaBc, mutations: [models]",
).replace(
    "test_sets:",
    "mutations: {models: {fast: 01ARZ3NDEKTSV4RRFFQ69G5FAV}}\ntest_sets:",
)
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(campaignd: Command, brisk: LocalVendors) -> Run:
    """Run a campaign to its report."""

    def start(file: object, *options: object) -> dict[str, Any]:
        outcome = campaignd("run", file, "--json", *options)
        assert outcome.out, outcome.err
        report: dict[str, Any] = outcome.json
        return report

    return start


def notes(report: dict[str, Any]) -> str:
    return " | ".join(report["notes"])


def test_judging_again_with_its_own_gates_changes_nothing(campaignd: Command, run: Run) -> None:
    report = run("smoke.yaml")
    again = campaignd("judge", report["execution"], "--json")
    assert again.status == 0
    assert again.json["gates"] == report["gates"]
    assert again.json["changes"] == []
    assert again.json["stored"] == {"verdict": "passed", "exit_status": 0}
    assert "No gate changes its verdict" in campaignd("judge", report["execution"]).out


def test_other_gates_give_another_verdict_and_leave_what_is_stored(
    campaignd: Command, run: Run, home: Home
) -> None:
    report = run("smoke.yaml")
    strict = home.write("strict.yaml", STRICT)
    again = campaignd("judge", report["execution"], "--gates", strict)
    assert again.status == 1
    assert "stored as passed" in again.out
    assert "Calls get resolved: passed → failed" in again.out
    assert campaignd("show", report["execution"], "--json").json == report


def test_gates_on_what_was_not_measured_are_errored(
    campaignd: Command, run: Run, home: Home
) -> None:
    report = run("smoke.yaml")
    other = CAMPAIGN.replace("jN6mN2pSt5aUv8xZ1bCeFf", "iM5lM1oRs4zTu7wY0aBdEe")
    again = campaignd("judge", report["execution"], "--gates", home.write("o.yaml", other))
    assert again.status == 4


@pytest.mark.slow
def test_the_history_of_gates_shows_each_verdict_by_execution(
    campaignd: Command, run: Run, home: Home
) -> None:
    ids = [run("smoke.yaml")["execution"] for _ in range(2)]
    strict = home.write("strict.yaml", STRICT)
    told = campaignd("judge", "smoke", "--history", 30, "--gates", strict)
    assert told.status == 0
    assert re.search(r"Calls get resolved\s+✗✗\s+2 of 2\s+0", told.out)
    assert re.search(r"verdict as stored\s+✓✓", told.out)
    data = campaignd("judge", "smoke", "--history", 30, "--json").json
    assert [each["execution"] for each in data["executions"]] == ids
    (gate,) = data["gates"]
    assert gate["results"] == dict.fromkeys(ids, "passed")
    assert gate["counts"]["failed"] == 0


def test_an_execution_is_never_compared_with_itself(
    campaignd: Command, run: Run, home: Home
) -> None:
    execution = run("smoke.yaml")["execution"]
    itself = REGRESSION.replace("than: baseline", f"than: {{execution: {execution}}}")
    again = campaignd("judge", execution, "--gates", home.write("self.yaml", itself))
    assert again.status == 4
    assert "it is this very execution" in " ".join(again.out.split())


def test_what_cannot_be_judged_again_is_said(campaignd: Command, run: Run, home: Home) -> None:
    run("smoke.yaml")
    hint = campaignd("judge", "smoke")
    assert (hint.status, "add --history 30" in hint.err) == (2, True)
    unknown = campaignd("judge", "smok", "--history", 3)
    assert unknown.status == 2
    assert "did you mean 'smoke'?" in unknown.err
    nobody = campaignd("judge", "01XXXX")
    assert (nobody.status, "no execution 01XXXX" in nobody.err) == (2, True)
    gone = campaignd("judge", "01XXXX", "--gates", "none.yaml")
    assert (gone.status, "none.yaml" in gone.err) == (2, True)


def test_an_exported_table_gives_the_gates_that_are_stored(
    campaignd: Command, run: Run, home: Home
) -> None:
    report = run(home.write("mutated.yaml", MUTATED), "--csv", "values.csv")
    campaignd("export", report["execution"], "--output", "export.csv")
    written = [(home.folder / name).read_bytes() for name in ("values.csv", "export.csv")]
    assert written[0] == written[1]
    tried = campaignd("gate", "try", "--campaign", "mutated.yaml", "--data", "export.csv", "--json")
    assert tried.status == report["exit_status"]
    assert without_ids(tried.json) == without_ids(report["gates"])


def without_ids(gates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    hidden = {"simulation_id", "title", "url", "explanation"}
    bare = [
        [{k: v for k, v in case.items() if k not in hidden} for case in gate["cases"]]
        for gate in gates
    ]
    return [{**gate, "cases": cases} for gate, cases in zip(gates, bare, strict=True)]


TABLE = "agent,persona,test_set,variant,test_case,status,metric,value\n" + "".join(
    f"checkout,impatient,smoke,base,c{n},COMPLETED,resolved,{'YES' if n else 'NO'}\n"
    for n in range(20)
)


def test_gates_are_tried_on_a_table_without_any_database(campaignd: Command, home: Home) -> None:
    home.write("data.csv", TABLE)
    tried = campaignd("gate", "try", "--campaign", "smoke.yaml", "--data", "data.csv")
    assert tried.status == 0
    assert "✓ passed  smoke" in tried.out
    assert "95%" in tried.out
    assert not (home.state / "campaignd.db").exists()


def test_a_table_is_compared_with_a_baseline(campaignd: Command, home: Home) -> None:
    home.write("r.yaml", REGRESSION)
    home.write("data.csv", TABLE.replace(",YES", ",NO"))
    home.write("before.csv", TABLE)
    asked = ("gate", "try", "--campaign", "r.yaml", "--data", "data.csv")
    alone = campaignd(*asked, "--json")
    assert alone.json[1]["reason_code"] == "no_baseline"
    compared = campaignd(*asked, "--baseline", "before.csv")
    assert compared.status == 1
    assert "compared with the baseline, before.csv" in compared.out


def test_what_a_table_has_and_the_campaign_does_not_declare_is_told(
    campaignd: Command, home: Home
) -> None:
    home.write("data.csv", TABLE.replace("checkout", "chekout"))
    waived = f"waive: [{{test_case: {'T' * 22}, until: 2099-12-31, because: BUG-12}}]\n"
    home.write("waived.yaml", CAMPAIGN + waived)
    tried = campaignd("gate", "try", "--campaign", "waived.yaml", "--data", "data.csv")
    told = " ".join(tried.out.split())
    assert "the campaign declares no agent chekout, and the table has it: it counts here" in told
    assert "BUG-12; there is no such test case here" in told


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param("", "data.csv:1:1: this file is empty", id="empty"),
        pytest.param(TABLE.replace("NO", "NaN"), "data.csv:2:53: resolved: 'NaN'", id="nan"),
        pytest.param(
            TABLE.replace("COMPLETED,resolved,NO", "DONE,resolved,NO"),
            "data.csv:2:34: there is no status 'DONE'",
            id="status",
        ),
    ],
)
def test_a_table_with_mistakes_is_refused(
    campaignd: Command, home: Home, data: str, words: str
) -> None:
    home.write("data.csv", data)
    tried = campaignd("gate", "try", "--campaign", "smoke.yaml", "--data", "data.csv")
    assert tried.status == 2
    assert words in tried.err
    assert tried.out == ""


def test_a_table_that_is_not_there_and_one_of_two_executions_are_refused(
    campaignd: Command, home: Home
) -> None:
    asked = ("gate", "try", "--campaign", "smoke.yaml", "--data", "data.csv")
    missing = campaignd(*asked)
    assert (missing.status, "data.csv: cannot be read" in missing.err) == (2, True)
    head, *rows = TABLE.splitlines()
    both = [f"{number},{row}" for number in (1, 2) for row in rows]
    home.write("data.csv", "\n".join((f"execution,{head}", *both)))
    two = campaignd(*asked)
    assert (two.status, "holds 2 executions, and gates judge one" in two.err) == (2, True)


def test_the_last_passed_execution_is_the_baseline(
    campaignd: Command, run: Run, home: Home
) -> None:
    file = home.write("r.yaml", REGRESSION)
    first, second = run(file), run(file)
    assert first["gates"][1]["reason_code"] == "no_baseline"
    assert first["verdict"] == "passed"
    assert "no baseline yet: there is no earlier passed execution of smoke" in notes(first)
    assert f"compared with the baseline, execution {first['execution']}" in notes(second)
    assert second["gates"][1]["reason_code"] != "no_baseline"
    shown = campaignd("baseline", "show", "smoke")
    assert f"{second['execution']}, passed; the last passed execution of smoke" in shown.out


@pytest.mark.slow
def test_a_baseline_that_was_set_is_used_until_it_is_cleared(
    campaignd: Command, run: Run, home: Home
) -> None:
    file = home.write("r.yaml", REGRESSION)
    first, second = run(file), run(file)
    told = campaignd("baseline", "set", "smoke", first["execution"])
    assert told.status == 0
    assert f"smoke is compared with {first['execution']} from now on" in told.out
    third = run(file)
    assert f"execution {first['execution']}" in notes(third)
    (shown,) = campaignd("baseline", "show", "smoke", "--json").json
    assert shown["execution"] == first["execution"]
    assert shown["pinned_at"]
    assert campaignd("baseline", "clear", "smoke").status == 0
    assert "nothing was set" in campaignd("baseline", "clear", "smoke").out
    again = campaignd("judge", third["execution"], "--json").json
    assert again["gates"] == third["gates"]
    assert f"execution {first['execution']}" in notes(again)
    assert second["execution"] not in notes(again)


def test_a_baseline_must_be_of_the_campaign(campaignd: Command, run: Run) -> None:
    report = run("smoke.yaml")
    other = campaignd("baseline", "set", "nightly", report["execution"])
    assert other.status == 2
    assert f"execution {report['execution']} is of smoke, not of nightly" in other.err
    unknown = campaignd("baseline", "show", "smokey")
    assert (unknown.status, "did you mean 'smoke'?" in unknown.err) == (2, True)


@pytest.mark.slow
def test_made_up_numbers_are_no_baseline_of_real_ones(
    campaignd: Command, run: Run, home: Home
) -> None:
    file = home.write("r.yaml", REGRESSION)
    scenario = home.write("brisk.yaml", json.dumps(dict(BRISK)))
    made_up = campaignd("run", file, "--sandbox", scenario, "--json").json
    real = run(file)
    assert real["gates"][1]["reason_code"] == "no_baseline"
    campaignd("baseline", "set", "smoke", made_up["execution"])
    assert "the baseline, execution " + real["execution"] in notes(run(file))


@pytest.mark.slow
def test_a_run_is_compared_with_a_table(campaignd: Command, run: Run, home: Home) -> None:
    file = home.write("r.yaml", REGRESSION)
    first = run(file, "--csv", "main.csv")
    home.environment["STATE_DIRECTORY"] = str(home.folder / "another")
    second = run(file, "--baseline", "main.csv")
    (home.folder / "main.csv").unlink()
    assert f"main.csv (execution {first['execution']})" in notes(second)
    again = campaignd("judge", second["execution"], "--json").json
    assert again["gates"] == second["gates"]


@pytest.mark.parametrize(
    ("than", "words"),
    [
        pytest.param("{file: none.csv}", "none.csv: cannot be read", id="file"),
        pytest.param("{file: bad.csv}", "bad.csv:1:1: this file is empty", id="empty file"),
        pytest.param(
            "{execution: 01JABCDEFGHJKMNPQRSTVWXYZ0}",
            "f.yaml:9:58: there is no execution 01JABCDEFGHJKMNPQRSTVWXYZ0",
            id="execution",
        ),
    ],
)
def test_what_gates_compare_with_is_looked_for_before_anything_is_launched(
    campaignd: Command, brisk: LocalVendors, home: Home, than: str, words: str
) -> None:
    home.write("bad.csv", "")
    home.write("f.yaml", REGRESSION.replace("than: baseline", f"than: {than}"))
    refused = campaignd("run", "f.yaml")
    assert refused.status == 2
    assert words in refused.err
    assert brisk.launches == 0


def test_two_executions_are_compared_case_by_case(campaignd: Command, run: Run) -> None:
    first, second = run("smoke.yaml")["execution"], run("smoke.yaml")["execution"]
    told = campaignd("compare", first, second)
    assert told.status == 0
    assert re.search(r"resolved", told.out)
    assert "no proven" in told.out
    data = campaignd("compare", first, second, "--json").json
    assert {each["metric"] for each in data["results"]} == {"simulations", "resolved"}
    assert all(each["matched"] == 12 for each in data["results"])


def test_variants_are_ranked_with_those_that_cannot_be_told_from_the_best(
    campaignd: Command, run: Run, home: Home
) -> None:
    report = run(home.write("mutated.yaml", MUTATED))
    told = campaignd("compare", report["execution"], "--rank", "resolved")
    assert told.status == 0
    assert "Not distinguishable from the best: " in told.out
    data = campaignd("compare", report["execution"], "--rank", "resolved", "--json").json
    assert {each["variant"] for each in data["variants"]} == {"base", "fast"}


def test_what_cannot_be_compared_is_said(campaignd: Command, run: Run, home: Home) -> None:
    execution = run("smoke.yaml")["execution"]
    assert "name two executions" in campaignd("compare", execution).err
    unknown = campaignd("compare", execution, "--rank", "resolvd")
    assert (unknown.status, "did you mean 'resolved'?" in unknown.err) == (2, True)
    alone = campaignd("compare", execution, "--rank", "resolved")
    assert (alone.status, "nothing to rank" in alone.err) == (2, True)


def test_a_file_of_the_campaigns_folder_is_compared_with(
    run: Run, home: Home, tmp_path: Path
) -> None:
    run("smoke.yaml", "--csv", "main.csv")
    than = "than: {file: main.csv}"
    report = run(home.write("f.yaml", REGRESSION.replace("than: baseline", than)))
    assert "compared with" in notes(report)
    assert "main.csv" in notes(report)
