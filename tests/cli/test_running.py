"""What `run` prints and writes."""

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

FORMS = ("junit", "markdown", "html", "csv")


def test_json_is_one_document_on_standard_output_and_talk_goes_to_standard_error(
    campaignd: Any, brisk: Any
) -> None:
    done = campaignd("run", "smoke.yaml", "--json", "--label", "branch=main", "--label", "n=1")
    report = json.loads(done.out)
    assert report["schema"] == "campaignd.report/1"
    assert report["labels"] == {"branch": "main", "n": "1"}
    assert report["inputs"] == {}
    assert [cell["key"] for cell in report["cells"]] == [
        "checkout/impatient/smoke",
        "checkout/elderly/smoke",
    ]
    assert "smoke finished" in done.err


def test_quiet_says_nothing_but_what_was_asked_for(campaignd: Any, brisk: Any) -> None:
    done = campaignd("run", "smoke.yaml", "--quiet", "--junit", "junit.xml")
    assert (done.status, done.out, done.err) == (0, "", "")
    both = campaignd("run", "smoke.yaml", "--quiet", "--json")
    assert both.json["verdict"] == "passed"
    assert both.err == ""


def test_every_report_is_written_and_named(campaignd: Any, home: Any, brisk: Any) -> None:
    wanted = [part for form in FORMS for part in (f"--{form}", f"report.{form}")]
    done = campaignd("run", "smoke.yaml", *wanted)
    assert done.status == 0
    texts = {form: (home.folder / f"report.{form}").read_text(encoding="utf-8") for form in FORMS}
    assert ET.fromstring(texts["junit"]).tag == "testsuites"  # noqa: S314  # our own
    assert texts["markdown"].startswith("<!-- campaignd:smoke -->")
    assert texts["html"].startswith("<!DOCTYPE html>")
    assert len(texts["csv"].splitlines()) == 25
    for form in FORMS:
        assert f"{form} report: report.{form}\n" in done.err


def test_a_report_that_cannot_be_written_in_the_end_does_not_hide_the_verdict(
    campaignd: Any, home: Any, brisk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from campaignd.cli import running

    (home.folder / "out").mkdir()
    run = running.run

    async def lose_folder(*arguments: Any) -> Any:
        ended = await run(*arguments)
        (home.folder / "out").rmdir()
        return ended

    monkeypatch.setattr(running, "run", lose_folder)
    done = campaignd("run", "smoke.yaml", "--json", "--junit", "out/junit.xml")
    assert done.status == 4
    assert done.json["verdict"] == "passed"
    assert "cannot write out/junit.xml: there is no folder" in done.err
    assert "`campaignd report` and `export` can still write it" in done.err


def test_github_gets_a_step_summary_and_outputs(campaignd: Any, home: Any, brisk: Any) -> None:
    places = {"GITHUB_STEP_SUMMARY": "summary.md", "GITHUB_OUTPUT": "outputs"}
    done = campaignd("run", "smoke.yaml", "--junit", "j.xml", GITHUB_ACTIONS="true", **places)
    assert done.status == 0
    assert "smoke" in (home.folder / "summary.md").read_text(encoding="utf-8")
    lines = (home.folder / "outputs").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "<<" not in line and not line.startswith("end_")][:2] == [
        "passed",
        "0",
    ]
    assert lines[-2] == "j.xml"


def test_trouble_with_githubs_files_alters_no_exit_status(campaignd: Any, brisk: Any) -> None:
    done = campaignd(
        "run", "smoke.yaml", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY="no/such/summary.md"
    )
    assert done.status == 0
    assert "cannot write no/such/summary.md" in done.err


def test_without_a_terminal_each_change_is_a_plain_line(campaignd: Any, brisk: Any) -> None:
    done = campaignd("run", "smoke.yaml")
    assert "\x1b" not in done.out + done.err
    assert all(line.startswith("[") for line in done.err.splitlines())
    assert "checkout/impatient/smoke collected, 12 of 12 done" in done.err


def test_the_same_report_comes_from_show_and_report_later(campaignd: Any, brisk: Any) -> None:
    report = campaignd("run", "smoke.yaml", "--json").json
    execution = report["execution"]
    assert campaignd("show", execution, "--json").json == report
    assert campaignd("report", execution).json == report


def test_run_counts_its_requests_and_simulations(campaignd: Any, brisk: Any) -> None:
    totals = campaignd("run", "smoke.yaml", "--json").json["totals"]
    assert (totals["simulations"], totals["runs"]) == (24, 2)
    # Explanations, the last read and the like come after the count.
    assert 0 < totals["requests"]["coval"] <= len(brisk.asked)


def test_an_embedded_sandbox_needs_no_keys(campaignd: Any, home: Any) -> None:
    home.write("brisk.yaml", "speed: 20\n")
    wanted = ("--sandbox", "brisk.yaml", "--label", "team=mine")
    done = campaignd("run", "smoke.yaml", "--json", *wanted)
    assert done.status == 0
    assert done.json["labels"] == {"team": "mine"}
