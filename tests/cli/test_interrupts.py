"""Signals, and `resume` and `cancel` after them: real processes on one sandbox."""

import re
import signal
import time
from typing import Any

import pytest

ULID = re.compile(r"execution (\w{26})")


def started(process: Any, vendors: Any, *options: str) -> tuple[Any, str]:
    """Start a run and wait until both cells are on Coval."""
    running = process("run", "smoke.yaml", *options)
    execution = ULID.search(running.wait_for("execution "))[1]
    vendors.wait_for_runs(2)
    running.wait_for("checkout/elderly/smoke running")
    return running, execution


@pytest.mark.parametrize(
    ("number", "status"),
    [
        pytest.param(signal.SIGINT, 130, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, 143, id="TERM", marks=pytest.mark.slow),
    ],
)
def test_a_signal_ends_the_runs_within_seconds_and_the_report_says_cancelled(
    process: Any, endless: Any, number: int, status: int
) -> None:
    running, _ = started(process, endless, "--json")
    before = time.monotonic()
    running.signal(number)
    done = running.end()
    assert time.monotonic() - before < 5
    assert done.status == status
    assert (done.json["verdict"], done.json["exit_status"]) == ("cancelled", status)
    assert f"{signal.Signals(number).name}: ending the runs on Coval" in done.err
    assert [run["status"] for run in endless.runs()] == ["CANCELLED", "CANCELLED"]


@pytest.mark.slow
def test_a_second_signal_does_not_keep_runs_from_being_ended(process: Any, endless: Any) -> None:
    running, _ = started(process, endless)
    running.signal(signal.SIGINT)
    running.wait_for("SIGINT: ending the runs")
    running.signal(signal.SIGINT)
    running.signal(signal.SIGTERM)
    done = running.end()
    assert done.status == 130
    assert "cancelled  smoke" in done.out
    assert [run["status"] for run in endless.runs()] == ["CANCELLED", "CANCELLED"]


@pytest.mark.slow
def test_detach_leaves_the_runs_and_resume_goes_on_to_the_verdict(
    campaignd: Any, process: Any, served: Any
) -> None:
    vendors = served(timing={"simulation": ["1s", "2s"], "simulations_within": "3s"})
    running, execution = started(process, vendors, "--on-interrupt", "detach")
    running.signal(signal.SIGTERM)
    done = running.end()
    assert done.status == 143
    assert f"the runs go on; `campaignd resume {execution}` continues" in done.err
    assert {run["status"] for run in vendors.runs()} == {"IN PROGRESS"}
    resumed = campaignd("resume", execution[:12].lower(), "--json")
    assert resumed.status == 0
    assert resumed.json["execution"] == execution
    assert resumed.json["verdict"] == "passed"
    assert vendors.launches == 2


@pytest.mark.slow
def test_a_killed_run_is_resumed_to_its_verdict_without_a_second_launch(
    campaignd: Any, process: Any, served: Any
) -> None:
    vendors = served(timing={"simulation": ["1s", "1s"], "simulations_within": "2s"})
    running, execution = started(process, vendors)
    running.signal(signal.SIGKILL)
    assert running.end().status == -signal.SIGKILL
    resumed = campaignd("resume", "--json")
    assert resumed.status == 0
    assert [(report["execution"], report["verdict"]) for report in resumed.json] == [
        (execution, "passed")
    ]
    assert sorted(vendors.launch_keys()) == [f"{execution.lower()}-{cell}-1" for cell in (1, 2)]
    again = campaignd("resume", "--json")
    assert (again.status, again.json) == (0, [])


@pytest.mark.slow
def test_cancel_from_another_process_ends_the_run_with_6(
    campaignd: Any, process: Any, endless: Any
) -> None:
    running, execution = started(process, endless, "--json")
    assert "is driven by a living process" in campaignd("resume", execution).err
    cancelled = campaignd("cancel", execution, COVAL_API_KEY="")
    assert cancelled.status == 0
    assert "cancelled  smoke" in cancelled.out
    done = running.end()
    assert (done.status, done.json["verdict"]) == (6, "cancelled")
    assert [run["status"] for run in endless.runs()] == ["CANCELLED", "CANCELLED"]
    again = campaignd("cancel", execution)
    assert (again.status, again.err) == (0, "it was over already: nothing was cancelled\n")
    assert campaignd("resume", execution, "--quiet").status == 6


@pytest.mark.slow
def test_cancel_ends_what_a_killed_process_left(campaignd: Any, process: Any, endless: Any) -> None:
    running, execution = started(process, endless)
    running.signal(signal.SIGKILL)
    running.end()
    cancelled = campaignd("cancel", execution)
    assert cancelled.status == 0
    assert "cancelled  smoke" in cancelled.out
    assert [run["status"] for run in endless.runs()] == ["CANCELLED", "CANCELLED"]


@pytest.mark.slow
def test_cancel_by_tag_needs_no_database(
    campaignd: Any, home: Any, process: Any, endless: Any
) -> None:
    running, execution = started(process, endless)
    running.signal(signal.SIGKILL)
    running.end()
    elsewhere = f"sqlite:///{home.folder}/other.db"
    cancelled = campaignd("cancel", "--tag", f"cd-{execution}", "--database", elsewhere)
    assert cancelled.status == 0
    assert cancelled.out.startswith("2 runs ended, 0 were over\n")
    assert sorted(cancelled.out.split()[-2:]) == sorted(run["run_id"] for run in endless.runs())
    again = campaignd("cancel", "--tag", f"cd-{execution}", "--database", elsewhere)
    assert again.out == "0 runs ended, 2 were over\n"
    assert not (home.folder / "other.db").exists()


@pytest.mark.slow
def test_a_killed_run_on_its_own_sandbox_is_never_continued_on_the_real_coval(
    campaignd: Any, home: Any, process: Any, brisk: Any
) -> None:
    home.write("slow.yaml", "timing: {simulation: [10m, 10m], simulations_within: null}\n")
    running = process("run", "smoke.yaml", "--sandbox", "slow.yaml")
    running.wait_for("checkout/elderly/smoke running")
    running.signal(signal.SIGKILL)
    running.end()
    asked = len(brisk.asked)
    resumed = campaignd("resume", "--json")
    assert resumed.status == 4
    assert [cell["state"] for cell in resumed.json[0]["cells"]] == ["lost", "lost"]
    assert len(brisk.asked) == asked


@pytest.mark.slow
def test_a_signal_while_webhooks_are_waited_for_ends_only_the_waiting(
    home: Any, process: Any, brisk: Any
) -> None:
    campaign = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
    hook = 'report: {webhooks: [{url: "http://127.0.0.1:9/hook"}]}\n'
    home.write("smoke.yaml", campaign + hook)
    running = process("run", "smoke.yaml", "--json", CAMPAIGND_WEBHOOKS__ALLOW_PRIVATE="true")
    running.wait_for("smoke finished")
    running.signal(signal.SIGINT)
    done = running.end()
    assert (done.status, done.json["verdict"]) == (0, "passed")


@pytest.mark.slow
@pytest.mark.parametrize("command", [("resume",), ("run", "late.yaml")])
def test_runs_that_could_not_be_ended_are_listed_and_ended_by_the_next_command(
    campaignd: Any, home: Any, process: Any, served: Any, command: tuple[str, ...]
) -> None:
    endless = {"simulation": ["10m", "10m"], "simulations_within": None}
    deaf = {"match": {"method": "DELETE"}, "do": {"status": 503}, "limit": 2}
    vendors = served(timing=endless, faults=[deaf])
    running, execution = started(process, vendors, "--json")
    running.signal(signal.SIGINT)
    done = running.end()
    assert done.status == 130
    assert [launch["state"] for launch in done.json["unsettled"]] == ["cancelling"] * 2
    campaign = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
    home.write("late.yaml", f"{campaign}limits: {{timeout: 3s}}\n")
    campaignd(*command)
    assert {run["status"] for run in vendors.runs()} == {"CANCELLED"}
    assert campaignd("show", execution, "--json").json["unsettled"] == []
