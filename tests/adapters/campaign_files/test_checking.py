import pytest

from campaignd.adapters.campaign_files import load_campaign_text
from campaignd.core.mistakes import CampaignInvalid

HEAD = "version: 1\nname: smoke\n"
SOUND = f"""{HEAD}\
agents: {{checkout: {{coval: gk3jK9mPq2xRt5vW8yZaBc}}}}
personas: {{impatient: hL4kL0nQr3ySt6vX9zAcDd}}
test_sets: {{basics: aB1cD2eF}}
"""


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(CampaignInvalid) as refusal:
        load_campaign_text(text, "f", {})
    return str(refusal.value).splitlines()


def test_all_mistakes_are_told_together_in_their_order() -> None:
    text = """\
version: 2
name: Smoke
tags: [a, a]
agents:
  checkout: {coval: gk3jK9, mutations: [modles]}
  other: {covl: gk3jK9mPq2xRt5vW8yZaBc}
personas:
  impatient: hL4kL0nQr3ySt6vX9zAcDd
  impatient: hL4kL0nQr3ySt6vX9zAcDd
  elderly:
    description: slow
test_sets: {basics: aB1cD2eF}
mutations:
  models: {a: 01ARZ3NDEKTSV4RRFFQ69G5FAV, b: 01ARZ3NDEKTSV4RRFFQ69G5FAV}
metrics:
  resolved: {id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {equals: "YES"}}
  latency: {id: nope}
matrix:
  include: [{agents: [checkuot, other], personas: [elderly], iterations: 0}]
gates:
  - {pass_rate: resolvd, at_least: 90%}
  - {mean: latency, at_most: 3}
  - {mean: latency, at_most: soon}
  - {errors: runs, at_most: 5%}
report: {webhooks: [{secret: A}, {}]}
"""
    told = mistakes_of(text)
    of_gates = [line for line in told if line.startswith(("f:21:", "f:22:", "f:23:", "f:24:"))]
    assert [line.split(" ")[0] for line in of_gates] == ["f:21:17:", "f:23:30:"]
    assert [line for line in told if line not in of_gates] == [
        "f:1:10: version '2' is not known: this campaignd reads version 1",
        (
            "f:2:7: 'Smoke' is not a name: use lower-case letters, digits, '.', '_' and '-', "
            "beginning with a letter or digit"
        ),
        "f:3:11: the tag 'a' stands here twice",
        "f:5:21: 'gk3jK9' is not a Coval agent id: 22 letters and digits",
        "f:5:41: the mutation list 'modles' is not declared; did you mean 'models'?",
        "f:6:11: the key 'covl' is not known here; did you mean 'coval'?",
        "f:9:3: the key 'impatient' stands here twice: first on line 8",
        "f:10:3: 'id' is missing here",
        "f:14:46: 'b' has the same mutation id as 'a'",
        "f:17:17: 'nope' is not a Coval metric id: 22 letters and digits",
        "f:19:23: the agent 'checkuot' is not declared; did you mean 'checkout'?",
        "f:19:74: expected a whole number from 1 to 50, found '0'",
        "f:25:30: this is not the name of a secret: lower-case letters, digits and '-'",
        "f:25:34: a webhook needs an address; write 'url' or 'url_secret'",
    ]


def test_not_more_mistakes_are_told_than_anyone_reads() -> None:
    entries = ", ".join(f"p{n}: x" for n in range(300))
    lines = mistakes_of(f"{HEAD}agents: {{a: {{coval: x}}}}\npersonas: {{{entries}}}\n")
    assert len(lines) == 201
    assert lines[-1] == "f: there are more mistakes; mend these first"


def test_secrets_that_stand_in_a_file_are_not_repeated() -> None:
    text = (
        f"{SOUND}report: {{webhooks: [{{url: 'https://me:hunter2@a.example', secret: whsec_Q}}]}}"
    )
    told = "\n".join(mistakes_of(text))
    assert "hunter2" not in told
    assert "whsec_Q" not in told


def test_parts_of_a_misspelt_section_are_not_told_as_undeclared() -> None:
    text = (
        SOUND.replace("personas:", "personaz:") + "matrix: {include: [{personas: [impatient]}]}\n"
    )
    assert mistakes_of(text) == [
        "f:4:1: the key 'personaz' is not known here; did you mean 'personas'?"
    ]


def test_a_missing_section_of_names_is_told_alone() -> None:
    text = (
        HEAD + "personas: {impatient: hL4kL0nQr3ySt6vX9zAcDd}\nmatrix: {include: [{agents: [a]}]}\n"
    )
    assert mistakes_of(text) == ["f:1:1: 'agents' is missing here"]


def test_what_a_broken_part_may_still_offer_is_not_told_as_undeclared() -> None:
    text = f"""{HEAD}\
agents: {{checkout: {{coval: short, mutations: [models]}}}}
personas: {{impatient: short, Elderly: hL4kL0nQr3ySt6vX9zAcDd}}
test_sets: {{basics: {{id: short, sample: {{size: many}}}}}}
mutations: {{models: {{fast: short}}}}
metrics: {{resolved: {{id: short}}, latency: {{unit: s}}}}
matrix: {{include: [{{personas: [impatient, Elderly], test_sets: [basics]}}]}}
gates: [{{mean: latency, at_most: 3, variants: [fast]}}]
"""
    assert [line.split(" ")[0] for line in mistakes_of(text)] == [
        "f:3:28:",
        "f:4:23:",
        "f:4:30:",
        "f:5:26:",
        "f:5:48:",
        "f:6:28:",
        "f:7:26:",
        "f:7:34:",
        "f:8:43:",
    ]


def test_a_broken_entry_of_a_list_does_not_move_the_mistakes_behind_it() -> None:
    text = SOUND + "matrix: {include: [x, {personas: [impatiant]}]}\n"
    assert mistakes_of(text) == [
        "f:6:20: expected a mapping of keys and values, found 'x'",
        "f:6:35: the persona 'impatiant' is not declared; did you mean 'impatient'?",
    ]
