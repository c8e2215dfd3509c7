import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / "integrations" / "github"
GITLAB = ROOT / "integrations" / "gitlab"
TOOLS = Path(sys.executable).parent
"""Where the linters are installed."""
BASH = ("/usr/bin/env", "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
"""How GitHub starts a step with `shell: bash`."""


def check(*command: object) -> None:
    """Run a linter; what it says is the failure."""
    name, *arguments = map(str, command)
    done = subprocess.run(
        [TOOLS / name, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass
class Runner:
    """A runner of GitHub Actions, as far as a step of ours meets it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, text: str) -> Path:
        """Write a command to the runner's path."""
        path = self.folder / "bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def install(self, text: str) -> None:
        """Stand in for what `install.sh` leaves."""
        home = self.folder / "temp" / "campaignd" / "bin"
        home.mkdir(parents=True)
        self.put("campaignd", text).rename(home / "campaignd")

    def install_campaignd(self) -> None:
        """Leave the campaignd that is tested."""
        self.install(f'#!/bin/sh\nexec {sys.executable} -m campaignd "$@"\n')

    def start(self, script: str, **variables: str) -> subprocess.Popen[str]:
        """Begin a step as the action does: by exec, from bash."""
        return subprocess.Popen(
            [*BASH, f'exec "{GITHUB}/{script}"'],
            cwd=self.folder,
            env=self.environment | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, script: str, **variables: str) -> tuple[int, str]:
        """Run a step to its end."""
        with self.start(script, **variables) as step:
            said, _ = step.communicate(timeout=60)
        return step.returncode, said

    def interrupt(self, words: str, number: int, **variables: str) -> tuple[int, str]:
        """Run `campaign.sh` until it says so, send it a signal; return what it says after that."""
        with self.start("campaign.sh", **variables) as step:
            assert step.stdout is not None
            assert any(words in line for line in step.stdout)
            step.send_signal(number)
            said, _ = step.communicate(timeout=30)
        return step.returncode, said

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    (tmp_path / "temp").mkdir()
    environment = {
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(tmp_path / "outputs"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "GITHUB_REPOSITORY": "our/agents",
        "RUNNER_TEMP": str(tmp_path / "temp"),
    }
    return Runner(tmp_path, environment)


Defaults = Callable[..., dict[str, str]]


@pytest.fixture
def inputs(runner: Runner) -> Defaults:
    """What the action hands to `campaign.sh`, with changes."""

    def changed(**changes: str) -> dict[str, str]:
        reports = str(runner.folder / "temp" / "reports")
        empty = dict.fromkeys(("INPUTS", "LABELS", "REPLACE_GROUP", "CAMPAIGND_URL"), "")
        given = {
            "CAMPAIGN": "smoke.yaml",
            "MODE": "run",
            "INCONCLUSIVE": "fail",
            "SANDBOX": "false",
            "REPORTS": reports,
            "CAMPAIGND_TOKEN": "",
        }
        return {**empty, **given, **changes}

    return changed
