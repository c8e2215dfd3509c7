from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from campaignd.core.cotool import AgentRun, AgentRunStatus, Criterion, CriticalIssue
from campaignd.core.evidence import Evidence, ScoreEvidence
from campaignd.core.frame import Arm, Frame, Status, build_score_frame
from campaignd.core.metrics import CotoolMetric

START = datetime(2026, 11, 2, 8, tzinfo=UTC)


def run(number: int, agent: str = "ops", **fields: Any) -> ScoreEvidence:
    plain = {"status": AgentRunStatus.DONE, "score": 80.0}
    created = START + timedelta(minutes=number)
    made = AgentRun(f"r{number}", "id", "Ops", "", created, created, **(plain | fields))
    return ScoreEvidence(agent, made)


def frame(what: str, *scores: ScoreEvidence, scored: tuple[str, ...] = ()) -> Frame:
    metric = CotoolMetric.model_validate({"cotool": what})
    return build_score_frame(Evidence((), (), scores, scored), "metric", metric)


def test_runs_go_by_agent_then_by_time() -> None:
    built = frame("score", run(3), run(2, "triage", score=0.0), run(1))

    assert built.arms == (Arm("ops"), Arm("triage"))
    assert built.source.tolist() == [2, 0, 1]
    assert built.columns["metric"].numbers.tolist() == [80, 80, 0]
    assert built.starts.tolist() == [0, 2, 3]


def test_an_agent_without_runs_has_an_arm_without_rows() -> None:
    built = frame("score", run(1), scored=("ops", "triage"))

    assert built.arms == (Arm("ops"), Arm("triage"))
    assert built.starts.tolist() == [0, 1, 1]


def test_only_graded_runs_that_ended_well_count() -> None:
    built = frame(
        "score",
        run(1),
        run(2, score=None),
        run(3, status=AgentRunStatus.ERROR),
        run(4, status=AgentRunStatus.INTERRUPTED),
        run(5, status=AgentRunStatus.WAITING),
    )

    assert built.status.tolist() == [0, Status.LOST, Status.LOST, Status.LOST, 0]


def test_criteria_are_items_and_runs_the_units() -> None:
    met, missed = Criterion("b", met=True), Criterion("a", met=False)
    built = frame("criteria", run(1, criteria=(met, missed)), run(2, criteria=(met,)))

    assert [arm.criterion for arm in built.arms] == ["a", "b"]
    assert built.units.tolist() == [0, 0, 1]
    assert built.columns["metric"].passes.tolist() == [0, 1, 1]


def test_an_ungraded_run_misses_the_criteria_of_its_own_agent_alone() -> None:
    met = Criterion("a", met=True)
    built = frame("criteria", run(1, criteria=(met,)), run(2, score=None), run(3, "triage"))

    assert built.arms == (Arm("ops", criterion="a"), Arm("triage"))
    np.testing.assert_array_equal(built.columns["metric"].passes, [1, np.nan, np.nan])
    assert built.status.tolist() == [0, Status.LOST, 0]


def test_a_critical_issue_does_not_pass_and_silence_is_missing() -> None:
    issue = CriticalIssue("privacy")
    built = frame(
        "critical_issues",
        run(1),
        run(2, critical_issue=issue),
        run(3, delivers_critical_issues=False),
    )

    np.testing.assert_array_equal(built.columns["metric"].passes, [1, 0, np.nan])
