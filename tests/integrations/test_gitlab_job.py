"""The script of the GitLab template, run by a plain shell as GitLab does."""

import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from tests.integrations.conftest import GITLAB

RECORDER = '#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n'
ARGUMENTS = "$[[ inputs.arguments ]]"


@pytest.mark.parametrize(
    ("mode", "command"),
    [
        pytest.param("run", ["run"], id="run"),
        pytest.param("trigger", ["trigger", "--wait"], id="trigger"),
    ],
)
def test_it_runs_the_campaign_and_exits_as_it_does(
    tmp_path: Path, mode: str, command: list[str]
) -> None:
    _, document = YAML(typ="safe").load_all(GITLAB / "campaignd.yml")
    (job,) = document.values()
    script = "\n".join(job["script"]).replace(ARGUMENTS, "--input 'agent_id=a b'")
    fake = tmp_path / ".campaignd" / "bin" / "campaignd"
    fake.parent.mkdir(parents=True)
    fake.write_text(RECORDER, encoding="utf-8")
    fake.chmod(0o755)
    variables = {"MODE": mode, "CAMPAIGN": "a b.yaml", "CI_COMMIT_REF_NAME": "x; id"}
    done = subprocess.run(
        ["/bin/sh", "-ec", script],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        *command,
        *("--label", "branch=x; id", "--junit", "junit.xml", "--html", "report.html"),
        *("--input", "agent_id=a b", "--", "a b.yaml"),
    ]
