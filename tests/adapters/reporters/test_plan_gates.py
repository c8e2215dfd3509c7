from collections.abc import Sequence

from campaignd.adapters.reporters.plan_gates import draw_gates, gate_data
from campaignd.adapters.reporters.screen import Screen
from campaignd.core.gates.foresight.forecast import Forecast, GateForecast, Needs

OBSERVED = GateForecast(
    name="Calls get resolved",
    kind="pass_rate",
    groups=(
        Forecast(
            cases=20,
            values=20,
            detects=0.8,
            notices="80% or less",
            truth=0.92,
            truly="92%",
            false_alarm=0.212,
        ),
    ),
)
SPLIT = GateForecast(
    name="No mutation got worse",
    kind="no_drop",
    number=1,
    groups=tuple(
        Forecast(
            scope={"mutation": name},
            cases=12,
            values=12,
            detects=0.58,
            notices="58 points worse",
            false_alarm=0.002,
            undecided=undecided,
            needs=Needs(28, 16),
        )
        for name, undecided in (("fast-vad", 0.385), ("gpt-4o", 0.39))
    ),
)
UNABLE = GateForecast(
    name="Safe to ship",
    kind="not_worse",
    number=2,
    groups=(Forecast(cases=12, can_pass=False, lacking="52 test cases are needed"),),
)
UNSIZED = GateForecast(
    name="Scores", kind="mean", groups=(Forecast(note="how many runs there are is not known"),)
)
EITHER = GateForecast(name="Either", kind="any", together="any", gates=(OBSERVED, UNSIZED))


def lines(forecasts: Sequence[GateForecast], width: int = 80) -> list[str]:
    screen = Screen(width=width, encoding="ascii")
    basis = ("Reckoned from the last passed execution.",)
    return screen.draw(*draw_gates(forecasts, basis, screen)).splitlines()


def test_each_gate_is_a_line_at_80_columns() -> None:
    assert lines([OBSERVED, SPLIT, UNABLE, UNSIZED]) == [
        "Gate                           Cases  Notices          False alarm     Undecided",
        "--------------------------------------------------------------------------------",
        "Calls get resolved                20  80% or less      1 in 5 at 92%   -",
        "No mutation got worse (worst      12  58 points worse  under 1 in 100  6 in 10",
        "of 2: gpt-4o)",
        "Safe to ship                      12  -                -               -",
        "Scores                             ?  -                -               -",
        "",
        "Notices: what it finds out 4 times in 5. False alarm: how often it fails though",
        "all is well, with the truth as stated. Undecided: how often it is inconclusive",
        "though nothing changed.",
        "Reckoned from the last passed execution.",
        "! Safe to ship: cannot pass at this size; 52 test cases are needed",
        "- No mutation got worse: needs 28 test cases, or 16 iterations, to decide 4",
        "times in 5 for all 2 groups together",
        "- Scores: how many runs there are is not known",
    ]


def test_where_all_is_observed_nothing_stays_undecided() -> None:
    assert "Undecided" not in "\n".join(lines([OBSERVED]))


def test_a_narrow_screen_has_the_same_facts_under_each_other() -> None:
    assert lines([OBSERVED, SPLIT], 60)[:4] == [
        "Calls get resolved",
        "  20 cases; notices 80% or less; false alarm 1 in 5 at 92%",
        "No mutation got worse (worst of 2: gpt-4o)",
        "  12 cases; notices 58 points worse; false alarm under 1 in",
    ]


def test_inner_gates_stand_below_their_outer_one() -> None:
    table = lines([EITHER])
    assert [line.split("  ")[:2] for line in table[2:5]] == [
        ["Either", ""],
        ["", "Calls get resolved"],
        ["", "Scores"],
    ]


def test_of_thirty_gates_only_some_advice_is_shown() -> None:
    drawn = lines([SPLIT] * 30)
    assert sum("to decide 4" in line for line in drawn) == 5
    assert drawn[-1] == "- 25 more: see `plan --json`"


def test_gates_with_the_same_note_share_it() -> None:
    drawn = " ".join(lines([UNSIZED] * 5))
    assert "- Scores, Scores, Scores and 2 more: how many runs there are" in drawn


def test_a_gate_that_is_refused_is_told_elsewhere() -> None:
    stuck = GateForecast(
        name="g", kind="no_drop", groups=(Forecast(can_pass=False, can_fail=False, lacking="x"),)
    )
    assert "can neither" not in "\n".join(lines([stuck]))
    shown = GateForecast(name="g", kind="no_drop", blocks=False, groups=stuck.groups)
    assert "! g: can neither pass nor fail at this size; x" in lines([shown])


def test_a_forecast_as_data_has_every_group() -> None:
    data = gate_data(SPLIT)
    assert (data["gate"], data["kind"], data["can_pass"]) == (
        "No mutation got worse",
        "no_drop",
        True,
    )
    assert data["groups"][1] == {
        "scope": {"mutation": "gpt-4o"},
        "test_cases": 12,
        "values": 12,
        "detects": 0.58,
        "notices": "58 points worse",
        "truth": None,
        "false_alarm": 0.002,
        "undecided": 0.39,
        "can_pass": True,
        "can_fail": True,
        "lacking": None,
        "needs": {"test_cases": 28, "iterations": 16},
        "assumed": None,
        "note": None,
    }
    assert [inner["gate"] for inner in gate_data(EITHER)["gates"]] == [
        "Calls get resolved",
        "Scores",
    ]
