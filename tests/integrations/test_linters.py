"""The integrations hold what their linters and their users ask of them. No linter goes online."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.integrations.conftest import GITHUB, GITLAB, ROOT, check

TEMPLATE = GITLAB / "campaignd.yml"
PIN = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d")


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def test_the_action_and_the_example_are_what_github_reads() -> None:
    check("check-jsonschema", "--builtin-schema=vendor.github-actions", GITHUB / "action.yml")
    check("check-jsonschema", "--builtin-schema=vendor.github-workflows", GITHUB / "example.yml")


def test_the_action_and_the_example_are_safe() -> None:
    check(
        "zizmor", "--offline", "--persona=pedantic", GITHUB / "action.yml", GITHUB / "example.yml"
    )


def test_shell_is_sound() -> None:
    check("shellcheck", *sorted(GITHUB.glob("*.sh")))


@pytest.mark.parametrize("name", ["action.yml", "example.yml"])
def test_actions_of_others_are_pinned_by_commit(name: str) -> None:
    used = [
        line for line in (GITHUB / name).read_text(encoding="utf-8").splitlines() if "uses:" in line
    ]
    assert used
    assert [line for line in used if not PIN.search(line)] == []


def test_inputs_reach_the_shell_only_as_variables() -> None:
    steps = load(GITHUB / "action.yml")["runs"]["steps"]
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []
    scripts = re.findall(r"GITHUB_ACTION_PATH/(\S+\.sh)", (GITHUB / "action.yml").read_text())
    assert sorted(scripts) == sorted(path.name for path in GITHUB.glob("*.sh"))
    # A cancelled job signals the first process of a step alone.
    assert all(step["run"].startswith("exec ") for step in steps if ".sh" in step.get("run", ""))


def test_the_example_gives_only_inputs_that_there_are() -> None:
    (job,) = load(GITHUB / "example.yml")["jobs"].values()
    given = job["steps"][-1]["with"]
    inputs = load(GITHUB / "action.yml")["inputs"]
    assert set(given) <= set(inputs)
    required = {name for name, facts in inputs.items() if facts.get("required")}
    assert required <= set(given)


def test_the_template_is_what_gitlab_reads(tmp_path: Path) -> None:
    for number, document in enumerate(TEMPLATE.read_text(encoding="utf-8").split("\n---\n")):
        path = tmp_path / f"{number}.yml"
        path.write_text(document, encoding="utf-8")
        check("check-jsonschema", "--builtin-schema=vendor.gitlab-ci", path)


def test_the_templates_inputs_are_declared_and_used() -> None:
    header, job = TEMPLATE.read_text(encoding="utf-8").split("\n---\n")
    declared = YAML(typ="safe").load(header)["spec"]["inputs"]
    assert set(re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", job)) == set(declared)


def test_an_inconclusive_campaign_does_not_fail_a_pipeline_of_gitlab() -> None:
    _, job = YAML(typ="safe").load_all(TEMPLATE)
    (campaign,) = job.values()
    assert campaign["allow_failure"] == {"exit_codes": [3]}
    assert campaign["artifacts"]["reports"] == {"junit": "junit.xml"}


def test_the_page_shows_the_example_as_it_is() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    example = (GITHUB / "example.yml").read_text(encoding="utf-8")
    assert f"```yaml\n# .github/workflows/campaign.yml\n{example}```" in page
