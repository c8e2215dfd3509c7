from collections.abc import Mapping
from pathlib import Path

import pytest

from campaignd.adapters.campaign_files import check_campaign_file, load_campaign_text
from campaignd.core.mistakes import CampaignInvalid

HEAD = "version: 1\nname: smoke\n"
SOUND = f"""{HEAD}\
agents: {{checkout: {{coval: gk3jK9mPq2xRt5vW8yZaBc}}}}
personas: {{impatient: hL4kL0nQr3ySt6vX9zAcDd}}
test_sets: {{basics: aB1cD2eF}}
"""


def mistakes_of(text: str, inputs: Mapping[str, str]) -> list[str]:
    with pytest.raises(CampaignInvalid) as refusal:
        load_campaign_text(text, "f", inputs)
    return str(refusal.value).splitlines()


WITH_INPUT = f"""\
inputs: {{agent_id: {{description: The agent.}}, n: {{default: "3"}}}}
options: {{iterations: "${{inputs.n}}"}}
description: costs $${{5}}
{SOUND.replace("gk3jK9mPq2xRt5vW8yZaBc", '"${inputs.agent_id}"')}"""


def test_inputs_are_filled_in_before_values_are_typed() -> None:
    given = {"agent_id": "gk3jK9mPq2xRt5vW8yZaBc"}
    loaded = load_campaign_text(WITH_INPUT, "f", given)
    assert loaded.campaign.agents["checkout"].coval == given["agent_id"]
    assert loaded.campaign.options.iterations == 3
    assert loaded.campaign.description == "costs ${5}"
    assert loaded.inputs == given | {"n": "3"}


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        pytest.param(
            {},
            "f:1:10: the input 'agent_id' has no value; "
            "pass --input agent_id=…, or give it a default",
            id="not given",
        ),
        pytest.param(
            {"agent_id": "x"},
            "f:6:28: 'x' is not a Coval agent id: 22 letters and digits; "
            "the value comes from the input agent_id",
            id="wrong value",
        ),
        pytest.param(
            {"agent_id": "gk3jK9mPq2xRt5vW8yZaBc", "m": "1"},
            "f:1:1: the input 'm' is given, but not declared; "
            "declare it under 'inputs', or leave it out",
            id="not declared",
        ),
        pytest.param(
            {"agent_id": "gk3jK9mPq2xRt5vW8yZaBc", "n": "0"},
            "f:2:23: expected a whole number from 1 to 50, found '0'; "
            "the value comes from the input n",
            id="out of range",
        ),
    ],
)
def test_wrong_inputs_are_told_where_they_are_used(inputs: dict[str, str], told: str) -> None:
    assert mistakes_of(WITH_INPUT, inputs) == [told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            "description: ${inputs.x}\n",
            "f:1:14: the input 'x' is not declared; declare it under 'inputs'",
            id="undeclared",
        ),
        pytest.param(
            "description: ${x}\n",
            "f:1:14: '${x}' is no input: write ${inputs.name}, or $${ for a plain ${",
            id="no input",
        ),
        pytest.param(
            "inputs: {x: {default: a}}\n",
            "f:1:10: the input 'x' is not used; write ${inputs.x} where it belongs, or remove it",
            id="unused",
        ),
        pytest.param(
            "inputs: {x: , y: {default: '${inputs.x}'}}\ndescription: ${inputs.y}\n",
            "f:1:28: an input cannot be made of other inputs; write its value here",
            id="input of inputs",
        ),
    ],
)
def test_wrong_references_are_told_at_their_place(text: str, told: str) -> None:
    assert told in mistakes_of(text + SOUND, {})


def test_a_right_file_is_right_without_the_inputs_that_a_run_needs(tmp_path: Path) -> None:
    path = tmp_path / "smoke.yaml"
    path.write_text(WITH_INPUT)
    assert check_campaign_file(path, {}) == ("agent_id",)
    assert check_campaign_file(path, {"agent_id": "gk3jK9mPq2xRt5vW8yZaBc"}) == ()


def test_an_input_may_stand_for_a_name_or_a_number_that_only_a_run_knows(tmp_path: Path) -> None:
    path = tmp_path / "smoke.yaml"
    path.write_text(
        f"inputs: {{who: , n: }}\n{SOUND}"
        'matrix: {include: [{personas: ["${inputs.who}"], iterations: "${inputs.n}"}]}\n'
    )
    assert check_campaign_file(path, {}) == ("who", "n")


def test_other_mistakes_are_told_without_the_inputs_that_a_run_needs(tmp_path: Path) -> None:
    path = tmp_path / "smoke.yaml"
    path.write_text(WITH_INPUT + "matrix: {include: [{personas: [impatiant]}]}\n")
    with pytest.raises(CampaignInvalid) as refusal:
        check_campaign_file(path, {})
    assert [mistake.message for mistake in refusal.value.mistakes] == [
        "the persona 'impatiant' is not declared"
    ]
