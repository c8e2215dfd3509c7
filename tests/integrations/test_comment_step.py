"""The step of the action that comments on the pull request; a `gh` stands in for GitHub's."""

import json
import sys
from typing import Any

import pytest
from tests.integrations.conftest import Runner

MARKER = "<!-- campaignd:smoke -->"
BOT = "github-actions[bot]"
FAKE_GH = f"""\
#!{sys.executable}
import json, os, re, sys
from pathlib import Path

home = Path(os.environ["HOME"])
arguments = sys.argv[1:]
with (home / "asked").open("a") as log:
    log.write(json.dumps(arguments) + "\\n")
scripted = home / "refuse"
method = arguments[arguments.index("--method") + 1] if "--method" in arguments else "GET"
if scripted.exists() and json.loads(scripted.read_text()).get(method):
    sys.exit(json.loads(scripted.read_text())[method])
if method == "GET":
    jq = arguments[arguments.index("--jq") + 1]
    login = re.search(r'login == "([^"]*)"', jq)[1]
    start = re.search(r'startswith[(]"([^"]*)"[)]', jq)[1]
    for comment in json.loads((home / "comments").read_text()):
        if comment["user"]["login"] == login and comment["body"].startswith(start):
            print(comment["id"])
"""


@pytest.fixture
def github(runner: Runner) -> Runner:
    runner.put("gh", FAKE_GH)
    (runner.folder / "comments").write_text("[]", encoding="utf-8")
    (runner.folder / "report.md").write_text(f"{MARKER}\n# smoke passed\n", encoding="utf-8")
    return runner


def comment(number: int, body: str, login: str = BOT) -> dict[str, Any]:
    return {"id": number, "user": {"login": login}, "body": body}


def write(github: Runner, **changes: str) -> tuple[int, str]:
    report = {"PULL_REQUEST": "17", "COMMENT": str(github.folder / "report.md"), "GH_TOKEN": "t"}
    return github.run("comment.sh", **{**report, **changes})


def asked(github: Runner) -> list[list[str]]:
    if not (github.folder / "asked").exists():
        return []
    return [json.loads(line) for line in github.read("asked").splitlines()]


def refuse(github: Runner, method: str, words: str) -> None:
    (github.folder / "refuse").write_text(json.dumps({method: words}), encoding="utf-8")


def test_the_first_report_is_a_new_comment(github: Runner) -> None:
    others = [
        comment(1, "Looks good"),
        comment(2, f"{MARKER}\nnot the bot's", login="mallory"),
        comment(3, "<!-- campaignd:smoke-2 -->\nanother campaign"),
    ]
    (github.folder / "comments").write_text(json.dumps(others), encoding="utf-8")
    assert write(github) == (0, "")
    listed, posted = asked(github)
    assert listed[:3] == [
        "api",
        "--paginate",
        "repos/our/agents/issues/17/comments?per_page=100",
    ]
    assert posted == [
        *("api", "--method", "POST", "repos/our/agents/issues/17/comments"),
        *("--field", f"body=@{github.folder}/report.md", "--silent"),
    ]


def test_the_next_report_takes_its_place(github: Runner) -> None:
    ours = [comment(7, f"{MARKER}\nold"), comment(8, f"{MARKER}\nold as well")]
    (github.folder / "comments").write_text(json.dumps(ours), encoding="utf-8")
    assert write(github) == (0, "")
    assert asked(github)[1][:4] == [
        *("api", "--method", "PATCH", "repos/our/agents/issues/comments/7")
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_permission_there_is_a_notice_and_no_failure(github: Runner, method: str) -> None:
    refuse(github, method, "gh: Resource not accessible by integration (HTTP 403)")
    status, said = write(github)
    assert status == 0
    assert said.startswith("::notice title=campaignd::no comment on the pull request: the job may")
    assert len(asked(github)) == (1 if method == "GET" else 2)


def test_other_trouble_is_a_warning_of_one_line(github: Runner) -> None:
    refuse(github, "POST", "gh: 100% broken\n::error::and forged (HTTP 502)")
    status, said = write(github)
    assert status == 0
    assert said == (
        "::warning title=campaignd::no comment on the pull request: "
        "gh: 100  broken ::error::and forged (HTTP 502) \n"
    )


@pytest.mark.parametrize(
    "changes", [{"PULL_REQUEST": ""}, {"COMMENT": ""}, {"COMMENT": "no/such/file.md"}]
)
def test_without_a_pull_request_or_a_report_nobody_is_asked(
    github: Runner, changes: dict[str, str]
) -> None:
    assert write(github, **changes) == (0, "no pull request, or no report: no comment\n")
    assert asked(github) == []


def test_a_report_without_its_mark_is_never_posted(github: Runner) -> None:
    (github.folder / "report.md").write_text('<!-- campaignd:" or true -->\n', encoding="utf-8")
    status, said = write(github)
    assert status == 0
    assert said.startswith("::warning ")
    assert asked(github) == []
