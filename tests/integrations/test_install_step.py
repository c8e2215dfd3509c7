"""The step of the action that installs campaignd."""

import re

from tests.integrations.conftest import GITHUB, ROOT, Runner

PYTHON = """\
#!/usr/bin/env bash
mkdir -p "$3/bin"
printf '#!/bin/sh\\nprintf "%%s\\\\n" "$@" > "$HOME/asked"\\n' > "$3/bin/pip"
printf '#!/bin/sh\\necho campaignd 0\\n' > "$3/bin/campaignd"
chmod +x "$3/bin/pip" "$3/bin/campaignd"
"""
"""Makes an environment in which pip only notes what it was asked."""


def test_it_installs_its_own_checkout_with_the_tested_versions_once(runner: Runner) -> None:
    python = str(runner.put("python", PYTHON))
    here = {"GITHUB_ACTION_PATH": str(GITHUB), "PYTHON": python}
    assert runner.run("install.sh", **here) == (0, "campaignd 0\n")
    constraints = runner.folder / "temp" / "campaignd" / "constraints.txt"
    assert runner.read("asked").splitlines()[-3:] == ["--constraint", str(constraints), str(ROOT)]
    lines = constraints.read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("httpx==") for line in lines)
    assert [
        line for line in lines if not re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==\S+( ; .+)?", line)
    ] == []
    assert runner.run("install.sh", **here) == (0, "")
