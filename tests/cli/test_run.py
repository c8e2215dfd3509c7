"""The exit statuses of `run`, each with what a person is told."""

from typing import Any

import pytest

RESOLVED = "jN6mN2pSt5aUv8xZ1bCeFf"


def test_gates_that_hold_exit_with_0(campaignd: Any, brisk: Any) -> None:
    done = campaignd("run", "smoke.yaml", "--json")
    assert done.status == 0
    assert (done.json["verdict"], done.json["exit_status"]) == ("passed", 0)
    assert brisk.launches == 2


def test_a_gate_that_fails_exits_with_1_and_says_why(campaignd: Any, served: Any) -> None:
    served(effects=[{"metric": RESOLVED, "factor": 0.1}])
    done = campaignd("run", "smoke.yaml")
    assert done.status == 1
    assert "✗ failed  smoke" in done.out
    assert "24 simulations" in done.out


def test_data_that_cannot_tell_exits_with_3_unless_it_is_mapped(
    campaignd: Any, home: Any, served: Any
) -> None:
    served(failures={"values": [{"share": "60%"}]})
    home.environment["CAMPAIGND_COLLECT__VALUES_WAIT"] = "100ms"
    assert campaignd("run", "smoke.yaml").status == 3
    for mapped, status in (("pass", 0), ("fail", 1)):
        done = campaignd("run", "smoke.yaml", "--json", "--inconclusive", mapped)
        assert done.status == status
        assert (done.json["verdict"], done.json["exit_status"]) == ("inconclusive", status)


def test_a_launch_that_coval_refuses_exits_with_4_its_words_and_the_cell(
    campaignd: Any, served: Any
) -> None:
    refusal = {"match": {"method": "POST", "path": "/v1/runs"}, "do": {"status": 422}}
    served(faults=[refusal])
    done = campaignd("run", "smoke.yaml")
    assert done.status == 4
    assert "checkout/impatient/smoke" in done.out
    assert "Coval answered 422 to POST /runs" in done.out
    assert "Traceback" not in done.out + done.err


def test_a_vendor_that_cannot_be_reached_exits_with_4_before_any_launch(
    campaignd: Any, home: Any, brisk: Any
) -> None:
    home.environment["CAMPAIGND_COVAL__BASE_URL"] = "http://127.0.0.1:9/v1"
    done = campaignd("run", "smoke.yaml")
    assert done.status == 4
    assert "no connection to 127.0.0.1:9: Connection refused" in done.err
    assert "Is the network up, and CAMPAIGND_COVAL__BASE_URL right?" in done.err
    assert done.err.endswith("Nothing was launched.\n")
    assert done.out == ""


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        pytest.param("timeout: 2s", "limits.timeout", id="the execution"),
        pytest.param(
            "stall_timeout: 1s",
            "limits.stall_timeout",
            id="a run that stalls",
            marks=pytest.mark.slow,
        ),
        pytest.param("run_timeout: 1s", "limits.run_timeout", id="a run", marks=pytest.mark.slow),
    ],
)
def test_a_timeout_exits_with_5_and_ends_the_runs(
    campaignd: Any, home: Any, endless: Any, limits: str, reason: str
) -> None:
    campaign = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
    home.write("late.yaml", f"{campaign}limits: {{{limits}}}\n")
    done = campaignd("run", "late.yaml")
    assert done.status == 5
    assert "timed out  smoke" in done.out
    assert reason in done.out
    assert [run["status"] for run in endless.runs()] == ["CANCELLED", "CANCELLED"]


@pytest.mark.slow
def test_on_timeout_leave_lets_the_runs_go_on(campaignd: Any, home: Any, endless: Any) -> None:
    campaign = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
    home.write("late.yaml", f"{campaign}limits: {{timeout: 2s, on_timeout: leave}}\n")
    assert campaignd("run", "late.yaml").status == 5
    assert [run["status"] for run in endless.runs()] == ["IN PROGRESS", "IN PROGRESS"]


def test_a_bug_exits_with_4_a_short_report_and_the_trace_in_the_log(
    campaignd: Any, home: Any, brisk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import campaignd.wiring.running as wiring

    def break_down(*_: object) -> None:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(wiring, "check_day", break_down)
    done = campaignd("run", "smoke.yaml", "--json")
    assert (done.status, done.out) == (4, "")
    assert "campaignd itself failed: ZeroDivisionError: a bug of ours" in done.err
    assert f"The full trace is in {home.state / 'campaignd.log'}." in done.err
    assert "Traceback" not in done.err
    assert "in break_down" in home.log


def test_a_bug_while_runs_are_going_ends_them_and_exits_with_4(
    campaignd: Any, home: Any, endless: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from campaignd.engine.driver import Driver

    show, shown = Driver._show, []

    def break_down(driver: Driver, stored: Any) -> None:
        show(driver, stored)
        shown.append(stored)
        if all(launch.run_id for launch in stored.launches):
            raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(Driver, "_show", break_down)
    done = campaignd("run", "smoke.yaml")
    assert done.status == 4
    assert "campaignd itself failed: ZeroDivisionError: a bug of ours" in done.out
    assert f"the log, with what went wrong: {home.state / 'campaignd.log'}" in done.err
    assert "Traceback" not in done.out + done.err
    assert "in break_down" in home.log
    assert [run["status"] for run in endless.runs()] == ["CANCELLED", "CANCELLED"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(("version: 1", "version: 7"), "smoke.yaml:1:10: ", id="a mistake in the file"),
        pytest.param(
            ("aB1cD2eF", "zZ9zZ9zZ"), "the test set zZ9zZ9zZ cannot be used", id="an unknown id"
        ),
        pytest.param(
            ("gates:", "limits: {simulations: 23}\ngates:"),
            "needs 24 simulations and limits.simulations allows 23",
            id="its own budget",
        ),
    ],
)
def test_what_cannot_be_launched_exits_with_2_and_launches_nothing(
    campaignd: Any, home: Any, served: Any, change: tuple[str, str], message: str
) -> None:
    vendors = served(strict=True)
    text = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
    home.write("smoke.yaml", text.replace(*change))
    done = campaignd("run", "smoke.yaml", "--json")
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert "nothing was launched" in done.err
    assert vendors.launches == 0
    assert campaignd("resume", "--json").json == []


def test_an_unknown_test_set_is_one_mistake_not_two(campaignd: Any, home: Any, served: Any) -> None:
    served(strict=True)
    text = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
    home.write("smoke.yaml", text.replace("smoke: aB1cD2eF", "smoke: zZ9zZ9zZ"))
    assert campaignd("run", "smoke.yaml").err.count("smoke.yaml:") == 1


def test_the_budget_of_the_day_counts_all_executions(campaignd: Any, home: Any, brisk: Any) -> None:
    home.environment["CAMPAIGND_BUDGET__SIMULATIONS_PER_DAY"] = "47"
    assert campaignd("run", "smoke.yaml").status == 0
    done = campaignd("run", "smoke.yaml")
    assert done.status == 2
    assert "24 of the 47 that CAMPAIGND_BUDGET__SIMULATIONS_PER_DAY allows are spent" in done.err
    assert brisk.launches == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param((), "Missing argument 'FILE'", id="no file"),
        pytest.param(("no.yaml",), "no.yaml: there is no such file", id="a file that is not there"),
        pytest.param(("smoke.yaml", "--label", "x"), "--label takes NAME=VALUE", id="half a label"),
        pytest.param(("smoke.yaml", "--input", "a=b"), "a", id="an input that is not declared"),
        pytest.param(("smoke.yaml", "--frob"), "No such option", id="no such option"),
        pytest.param(
            ("smoke.yaml", "--sandbox", "no.yaml"), "no.yaml: cannot be read", id="no such scenario"
        ),
        pytest.param(
            ("smoke.yaml", "--html", "no/such/folder.html"),
            "there is no folder",
            id="a report that cannot be written",
        ),
        pytest.param(
            ("smoke.yaml", "--html", "r", "--junit", "./r"),
            "two reports would be written to",
            id="two reports in one file",
        ),
    ],
)
def test_a_command_line_that_cannot_work_exits_with_2(
    campaignd: Any, brisk: Any, arguments: tuple[str, ...], message: str
) -> None:
    done = campaignd("run", *arguments)
    assert (done.status, done.out) == (2, "")
    assert message in done.err
    assert brisk.asked == []
