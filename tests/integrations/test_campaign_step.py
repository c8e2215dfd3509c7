"""The step of the action that comes to the verdict, run as GitHub runs it."""

import signal
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import CAMPAIGN
from tests.integrations.conftest import Runner

TOKEN = "token-of-tests"  # noqa: S105  # nobody's
RECORDER = """\
#!/usr/bin/env bash
printf '%s\\n' "$@" "" >> "$HOME/asked"
case $1 in trigger) echo 01M80Z7NKVR3XB86NFY36ER91R ;; esac
exit "${EXIT:-0}"
"""
"""Stands in for campaignd and notes what it was asked."""

WAITER = """\
#!/usr/bin/env bash
if [ "$1" = trigger ]; then echo 01M80Z7NKVR3XB86NFY36ER91R; exit; fi
trap 'echo detached; exit 143' TERM
echo waiting
while :; do sleep 0.05; done
"""
CURL = """\
#!/usr/bin/env bash
{ cat; printf '%s\\n' "$@"; } > "$HOME/curled"
"""


def asked(runner: Runner) -> list[list[str]]:
    return [call.splitlines() for call in runner.read("asked").split("\n\n") if call]


def test_a_file_is_run_with_its_inputs_labels_and_reports(runner: Runner, inputs: Any) -> None:
    runner.install(RECORDER)
    given = inputs(INPUTS='agent_id=a b\n\n  quote="$(touch pwned)"', LABELS="branch=`id`")
    assert runner.run("campaign.sh", **given) == (0, "")
    reports = given["REPORTS"]
    assert asked(runner) == [
        [
            "run",
            *("--junit", f"{reports}/junit.xml"),
            *("--markdown", f"{reports}/report.md"),
            *("--html", f"{reports}/report.html"),
            *("--input", "agent_id=a b"),
            *("--input", 'quote="$(touch pwned)"'),
            *("--label", "branch=`id`"),
            *("--", "smoke.yaml"),
        ]
    ]
    assert not (runner.folder / "pwned").exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"SANDBOX": "true"}, ["--sandbox", "--", "smoke.yaml"], id="a sandbox"),
        pytest.param({"SANDBOX": "s.yaml"}, ["--sandbox", "s.yaml", "--"], id="a scenario"),
        pytest.param({"INCONCLUSIVE": "neutral"}, ["--inconclusive", "pass"], id="neutral"),
        pytest.param({"INCONCLUSIVE": "pass"}, ["--inconclusive", "pass"], id="pass"),
    ],
)
def test_choices_become_options(
    runner: Runner, inputs: Any, changes: dict[str, str], words: list[str]
) -> None:
    runner.install(RECORDER)
    runner.run("campaign.sh", **inputs(**changes))
    assert "\n".join(words) in "\n".join(asked(runner)[0])


@pytest.mark.parametrize("changes", [{"MODE": "walk"}, {"INCONCLUSIVE": "maybe"}])
def test_choices_that_there_are_not_end_it(
    runner: Runner, inputs: Any, changes: dict[str, str]
) -> None:
    runner.install(RECORDER)
    status, said = runner.run("campaign.sh", **inputs(**changes))
    assert status == 2
    assert said.startswith("::error title=campaignd::")
    assert not (runner.folder / "asked").exists()


def test_a_service_is_asked_first_and_waited_for_then(runner: Runner, inputs: Any) -> None:
    runner.install(RECORDER)
    given = inputs(MODE="trigger", CAMPAIGN="nightly", REPLACE_GROUP="pr-1", LABELS="a=b")
    status, said = runner.run("campaign.sh", **given)
    assert (status, said) == (0, "execution 01M80Z7NKVR3XB86NFY36ER91R\n")
    began, waited = asked(runner)
    assert began == ["trigger", "--label", "a=b", "--replace-group", "pr-1", "--", "nightly"]
    assert (waited[0], waited[-1]) == ("wait", "01M80Z7NKVR3XB86NFY36ER91R")


@pytest.mark.parametrize("mode", ["run", "trigger"])
def test_the_status_is_campaignds(runner: Runner, inputs: Any, mode: str) -> None:
    runner.install(RECORDER)
    assert runner.run("campaign.sh", **inputs(MODE=mode), EXIT="3")[0] == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_job_ends_the_execution_on_the_service(
    runner: Runner, inputs: Any, number: int
) -> None:
    runner.install(WAITER)
    runner.put("curl", CURL)
    given = inputs(MODE="trigger", CAMPAIGND_URL="http://service/", CAMPAIGND_TOKEN=TOKEN)
    status, said = runner.interrupt("waiting", number, **given)
    assert status == 130
    assert said == "detached\nending execution 01M80Z7NKVR3XB86NFY36ER91R on the service\n"
    curled = runner.read("curled")
    assert curled.startswith(f'header = "Authorization: Bearer {TOKEN}"\n')
    assert curled.endswith(
        "POST\nhttp://service/api/v1/executions/01M80Z7NKVR3XB86NFY36ER91R/cancel\n"
    )
    assert curled.count(TOKEN) == 1


@pytest.mark.slow
def test_a_real_campaign_runs_and_leaves_what_later_steps_need(runner: Runner, inputs: Any) -> None:
    runner.install_campaignd()
    (runner.folder / "smoke.yaml").write_text(CAMPAIGN, encoding="utf-8")
    (runner.folder / "brisk.yaml").write_text("speed: 20\n", encoding="utf-8")
    status, said = runner.run("campaign.sh", **inputs(SANDBOX="brisk.yaml"))
    assert status == 0, said
    assert "passed  smoke" in said
    outputs = runner.read("outputs").splitlines()
    comment = Path(
        outputs[outputs.index(next(o for o in outputs if o.startswith("comment<<"))) + 1]
    )
    assert comment.read_text(encoding="utf-8").startswith("<!-- campaignd:smoke -->\n")
    assert "smoke" in runner.read("summary.md")
    written = {path.name for path in (runner.folder / "temp" / "reports").iterdir()}
    assert written == {"junit.xml", "report.md", "report.html"}


@pytest.mark.slow
def test_a_cancelled_job_ends_the_runs_of_a_real_campaign(runner: Runner, inputs: Any) -> None:
    runner.install_campaignd()
    (runner.folder / "smoke.yaml").write_text(CAMPAIGN, encoding="utf-8")
    endless = "timing: {simulation: [10m, 10m], simulations_within: null}\n"
    (runner.folder / "endless.yaml").write_text(endless, encoding="utf-8")
    given = inputs(SANDBOX="endless.yaml")
    status, said = runner.interrupt("checkout/elderly/smoke running", signal.SIGINT, **given)
    assert status == 130
    assert "SIGINT: ending the runs on Coval" in said
    assert "cancelled  smoke" in said
