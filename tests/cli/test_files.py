"""`validate`, `plan` and `schema`."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "campaigns").glob("*.yaml"))


def test_validate_takes_many_files_and_shows_every_mistake(campaignd: Any, home: Any) -> None:
    text = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
    wrong = text.replace("version: 1", "version: 7").replace("at_least", "atleast")
    home.write("wrong.yaml", wrong)
    done = campaignd("validate", "smoke.yaml", "wrong.yaml", "no.yaml", *EXAMPLES)
    assert done.status == 2
    assert done.out.startswith("smoke.yaml: valid\n")
    assert done.out.count(": valid") == 1 + len(EXAMPLES)
    assert "wrong.yaml:1:10: " in done.err
    assert "wrong.yaml:8:53: " in done.err
    assert "no.yaml: there is no such file" in done.err


def test_validate_says_which_inputs_a_run_needs(campaignd: Any, home: Any) -> None:
    text = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
    asking = text.replace("gk3jK9mPq2xRt5vW8yZaBc", "'${inputs.agent}'") + "inputs: {agent: {}}\n"
    home.write("asking.yaml", asking)
    done = campaignd("validate", "asking.yaml")
    assert (done.status, done.out) == (0, "asking.yaml: valid; a run needs --input agent=…\n")
    given = campaignd("validate", "asking.yaml", "--input", "agent=gk3jK9mPq2xRt5vW8yZaBc")
    assert given.out == "asking.yaml: valid\n"
    refused = campaignd("run", "asking.yaml", "--sandbox")
    assert refused.status == 2
    assert "agent" in refused.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"\xff\xfe\x00", "", id="not UTF-8"),
        pytest.param(b"version: 1\nname: [", "", id="not YAML"),
        pytest.param(b"x: 1\n" * 300_000, "1 MiB", id="too large"),
        pytest.param(b"- a\n- b\n", "", id="a list"),
    ],
)
def test_a_file_that_is_no_campaign_is_told_so_without_a_trace(
    campaignd: Any, home: Any, content: bytes, message: str
) -> None:
    (home.folder / "odd.yaml").write_bytes(content)
    for command in (("validate",), ("plan", "--sandbox"), ("run", "--sandbox")):
        done = campaignd(command[0], "odd.yaml", *command[1:])
        assert (done.status, done.out) == (2, "")
        assert done.err.startswith("odd.yaml")
        assert message in done.err
        assert "Traceback" not in done.err


def test_plan_without_a_key_takes_the_files_own_hints(campaignd: Any) -> None:
    done = campaignd("plan", "smoke.yaml")
    assert done.status == 0
    assert "checkout/impatient/smoke" in done.out
    assert "no key is set" in done.out
    data = campaignd("plan", "smoke.yaml", "--json").json
    assert (data["simulations"], data["runs"]) == (None, 2)


def test_plan_with_a_key_reads_sizes_from_coval_and_launches_nothing(
    campaignd: Any, brisk: Any
) -> None:
    data = campaignd("plan", "smoke.yaml", "--json").json
    assert data["schema"] == "campaignd.plan/1"
    assert (data["simulations"], data["runs"], data["budget"]) == (24, 2, 500)
    assert data["gates"] == ["Calls get resolved"]
    assert brisk.asked
    assert brisk.launches == 0


def test_plan_over_budget_shows_the_plan_and_exits_with_2(campaignd: Any, home: Any) -> None:
    text = (home.folder / "smoke.yaml").read_text(encoding="utf-8")
    home.write("dear.yaml", f"{text}limits: {{simulations: 10}}\n")
    table = campaignd("plan", "dear.yaml", "--sandbox")
    assert table.status == 2
    assert "24 simulations in 2 Coval runs; limits.simulations allows 10" in table.out
    assert "this campaign needs 24 simulations" in table.err
    data = campaignd("plan", "dear.yaml", "--sandbox", "--json")
    assert data.status == 2
    assert len(data.json["refusals"]) == 1


def test_plan_of_ids_that_do_not_exist_exits_with_2(campaignd: Any, served: Any) -> None:
    served(world={"deleted": ["aB1cD2eF"]})
    done = campaignd("plan", "smoke.yaml")
    assert (done.status, done.out) == (2, "")
    assert "smoke.yaml:5:20: the test set aB1cD2eF cannot be used" in done.err


def test_schema_is_a_json_schema_that_takes_the_examples(campaignd: Any) -> None:
    schema = campaignd("schema").json
    jsonschema.Draft202012Validator.check_schema(schema)
    published = EXAMPLES[0].parents[1] / "docs" / "campaign.schema.json"
    assert published.read_text(encoding="utf-8") == campaignd("schema").out
