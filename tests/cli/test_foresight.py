"""What `plan` says of gates, and what `run` refuses because of them."""

from collections.abc import Callable
from typing import Any

import pytest

GATES = """\
version: 1
name: gated
agents: {{checkout: {{coval: gk3jK9mPq2xRt5vW8yZaBc, mutations: [models]}}}}
personas: {{impatient: hL4kL0nQr3ySt6vX9zAcDd}}
test_sets: {{smoke: {{id: aB1cD2eF, sample: {{size: {size}, seed: 1}}}}}}
mutations: {{models: {{fast-vad: 01ARZ3NDEKTSV4RRFFQ69G5FAV}}}}
metrics: {{resolved: {{id: jN6mN2pSt5aUv8xZ1bCeFf, pass_when: {{equals: "YES"}}}}}}
gates:
  - {{name: Calls get resolved, pass_rate: resolved, at_least: 20%}}
  - {{name: No drop, no_drop: resolved, than: base, rule_out: 20 points, blocks: {blocks}}}
  - {{name: Proven, pass_rate: resolved, at_least: 90%, decide: proven, blocks: false}}
"""

Write = Callable[..., None]


@pytest.fixture
def write(home: Any) -> Write:
    """Write gated.yaml with so many test cases."""

    def write(size: int, *, blocks: bool = True, gates: str = "") -> None:
        home.write("gated.yaml", GATES.format(size=size, blocks=str(blocks).lower()) + gates)

    return write


def test_plan_says_what_gates_can_tell_at_80_columns(campaignd: Any, write: Write) -> None:
    write(12)
    done = campaignd("plan", "gated.yaml", "--sandbox")
    lines = done.out.splitlines()

    assert done.status == 0
    assert max(map(len, lines)) <= 80
    assert "Gate                Cases  Notices          False alarm     Undecided" in lines
    assert "No drop                12  48 points worse  under 1 in 100  4 in 10" in lines
    assert "No execution has passed yet: there is no history to reckon from." in lines
    assert "! Proven: cannot pass at this size; even if all pass, 29 test cases are" in done.out
    assert "No drop: needs 20 test cases, or 8 iterations, to decide 4 times in 5" in done.out


def test_plan_as_data_has_the_numbers(campaignd: Any, write: Write) -> None:
    write(12)
    data = campaignd("plan", "gated.yaml", "--sandbox", "--json").json
    observed, no_drop, proven = data["forecasts"]

    assert data["gates"] == ["Calls get resolved", "No drop", "Proven"]
    assert observed["groups"][0]["truth"] == pytest.approx(0.36)
    assert no_drop["undecided"] == pytest.approx(0.385, abs=5e-3)
    assert no_drop["groups"][0]["needs"] == {"test_cases": 20, "iterations": 8}
    assert (proven["can_pass"], proven["can_fail"]) == (False, True)


def test_where_more_tries_would_help_the_refusal_says_so(
    campaignd: Any, brisk: Any, write: Write
) -> None:
    write(12, gates="  - {all_tries: resolved, k: 3, at_least: 50%}\n")
    planned = campaignd("plan", "gated.yaml")
    assert planned.status == 2
    assert "raise `iterations`, ask less, or run it all the same with --force" in planned.err
    assert brisk.launches == 0


def test_a_gate_that_can_decide_nothing_is_refused_with_its_place(
    campaignd: Any, brisk: Any, write: Write
) -> None:
    write(2)
    planned, ran = (campaignd(command, "gated.yaml") for command in ("plan", "run"))
    told = (
        "gated.yaml:10:5: 'No drop' can neither pass nor fail at this size: even if no case "
        "changes, 11 test cases are needed, and there are 2; add test cases, ask less, or run it "
        "all the same with --force"
    )
    for done in (planned, ran):
        assert done.status == 2
        assert told in done.err
    assert brisk.launches == 0


def test_force_runs_it_all_the_same_and_the_report_remembers(
    campaignd: Any, brisk: Any, write: Write
) -> None:
    write(2)
    done = campaignd("run", "gated.yaml", "--force", "--json")
    assert done.status == 3
    assert brisk.launches == 1
    assert any("No drop: can neither pass nor fail" in note for note in done.json["notes"])
    assert "Proven: cannot pass at this size" in done.err


def test_a_gate_that_does_not_count_refuses_nothing(
    campaignd: Any, brisk: Any, write: Write
) -> None:
    write(2, blocks=False)
    assert campaignd("run", "gated.yaml").status == 0
    assert brisk.launches == 1


@pytest.mark.slow
def test_spreads_come_from_the_campaigns_own_history(campaignd: Any, brisk: Any) -> None:
    assert campaignd("run", "smoke.yaml").status == 0
    once = campaignd("plan", "smoke.yaml", "--json").json
    assert campaignd("run", "smoke.yaml").status == 0
    twice = campaignd("plan", "smoke.yaml", "--json").json

    assert once["basis"] == ["Reckoned from the last passed execution."]
    assert twice["basis"] == ["Reckoned from the last passed executions (2)."]
    (group,) = twice["forecasts"][0]["groups"]
    assert group["assumed"] is None
    assert group["truth"] > 0.5
    assert (group["test_cases"], group["values"]) == (12, 24)


@pytest.mark.slow
def test_what_ran_on_a_sandbox_says_nothing_of_the_real_agent(campaignd: Any, brisk: Any) -> None:
    assert campaignd("run", "smoke.yaml", "--sandbox").status == 0
    real = campaignd("plan", "smoke.yaml", "--json").json
    local = campaignd("plan", "smoke.yaml", "--sandbox", "--json").json
    assert real["basis"][0].startswith("No execution has passed yet")
    assert local["basis"] == ["Reckoned from the last passed execution."]
    assert brisk.launches == 0


def test_a_database_that_cannot_be_read_leaves_the_plan(campaignd: Any, home: Any) -> None:
    home.state.mkdir()
    (home.state / "campaignd.db").write_bytes(b"this is no database" * 100)
    done = campaignd("plan", "smoke.yaml", "--sandbox")
    assert done.status == 0
    assert "past executions could not be read" in done.out
