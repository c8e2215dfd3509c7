import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from campaignd.adapters.cotool.wire import AgentRunItem
from campaignd.core.cotool import AgentRun, AgentRunStatus, Criterion, CriticalIssue

NEW = {
    "id": "7b0d2a54-6a0f-4d0e-9a55-0f0c5c1d7e11",
    "agentId": "1f5b8f0e-2c3d-4e77-8a10-b6a2f3f4c9d0",
    "agentName": "Mailbox Triage",
    "agentType": "response",
    "runTitle": "Invoice lure, finance mailbox",
    "createdAt": "2026-03-02T09:14:07.120Z",
    "updatedAt": "2026-03-02T09:16:41.903Z",
    "modelAlias": "anthropic:chat:sonnet-4.6",
    "modelName": None,
    "toolNames": ["splunk", "slack"],
    "totalToolCount": 2,
    "hasError": False,
    "isStreaming": False,
    "status": "done",
    "triggerSource": "webhook",
    "triggerName": "campaign-mail-regression",
    "evalScore": 82,
    "evalExplanation": "Right verdict; the sender domain's age was never checked.",
    "evalBulletSummary": ["Verdict correct", "One enrichment step missing"],
    "criticalIssue": None,
    "acceptanceCriteriaResults": [
        {"criterion": "Checks mail gateway logs", "met": True, "explanation": "Two queries ran."}
    ],
}
NEWER_FIELDS = {"agentType", "status", "criticalIssue", "acceptanceCriteriaResults"}
OLD = {name: value for name, value in NEW.items() if name not in NEWER_FIELDS}


def read(document: dict[str, object], **changes: object) -> AgentRun:
    return AgentRunItem.model_validate_json(json.dumps({**document, **changes})).agent_run()


def test_a_run_of_a_newer_server_is_read() -> None:
    assert read(NEW) == AgentRun(
        run_id="7b0d2a54-6a0f-4d0e-9a55-0f0c5c1d7e11",
        agent_id="1f5b8f0e-2c3d-4e77-8a10-b6a2f3f4c9d0",
        agent_name="Mailbox Triage",
        title="Invoice lure, finance mailbox",
        created_at=datetime(2026, 3, 2, 9, 14, 7, 120_000, tzinfo=UTC),
        updated_at=datetime(2026, 3, 2, 9, 16, 41, 903_000, tzinfo=UTC),
        status=AgentRunStatus.DONE,
        model="anthropic:chat:sonnet-4.6",
        tools=("splunk", "slack"),
        trigger_source="webhook",
        trigger_name="campaign-mail-regression",
        score=82.0,
        explanation="Right verdict; the sender domain's age was never checked.",
        bullets=("Verdict correct", "One enrichment step missing"),
        criteria=(Criterion("Checks mail gateway logs", met=True, explanation="Two queries ran."),),
        critical_issue=None,
        delivers_critical_issues=True,
    )


def test_an_older_server_is_not_taken_to_say_that_all_is_well() -> None:
    run = read(OLD)
    assert run.status is AgentRunStatus.DONE
    assert run.criteria is None
    assert run.critical_issue is None
    assert not run.delivers_critical_issues


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        pytest.param(0, 0.0, id="zero is a score"),
        pytest.param(82.5, 82.5, id="fraction"),
        pytest.param("82.50", 82.5, id="number as text"),
        pytest.param(None, None, id="null is not zero"),
    ],
)
def test_scores_are_numbers_or_missing(score: object, expected: float | None) -> None:
    assert read(NEW, evalScore=score).score == expected


def test_a_score_that_is_absent_is_missing() -> None:
    del (ungraded := dict(NEW))["evalScore"]
    assert read(ungraded).score is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"status": "running"}, AgentRunStatus.RUNNING, id="running"),
        pytest.param({"status": "waiting"}, AgentRunStatus.WAITING, id="waiting, not streaming"),
        pytest.param({"status": "error"}, AgentRunStatus.ERROR, id="error"),
        pytest.param({"status": "interrupted"}, AgentRunStatus.INTERRUPTED, id="interrupted"),
        pytest.param({"status": "paused"}, AgentRunStatus.UNKNOWN, id="one yet unknown"),
        pytest.param({"status": "unknown"}, AgentRunStatus.UNKNOWN, id="unknown"),
        pytest.param({"status": "done", "hasError": True}, AgentRunStatus.DONE, id="status first"),
        pytest.param({"status": None, "isStreaming": True}, AgentRunStatus.RUNNING, id="streaming"),
        pytest.param({"status": None, "hasError": True}, AgentRunStatus.ERROR, id="failed"),
        pytest.param({"status": None}, AgentRunStatus.DONE, id="neither"),
        pytest.param({"status": None, "isStreaming": None}, AgentRunStatus.UNKNOWN, id="nothing"),
    ],
)
def test_the_status_is_preferred_and_the_old_flags_serve_without_it(
    changes: dict[str, object], expected: AgentRunStatus
) -> None:
    assert read(NEW, **changes).status is expected


def test_a_critical_issue_is_read() -> None:
    issue = {"category": "authentication", "explanation": "Sent the password."}
    expected = CriticalIssue("authentication", "Sent the password.")
    assert read(NEW, criticalIssue=issue).critical_issue == expected
    assert read(NEW, criticalIssue={}).critical_issue == CriticalIssue("unnamed")


def test_criteria_of_an_agent_without_any_are_none_or_empty() -> None:
    assert read(NEW, acceptanceCriteriaResults=None).criteria is None
    assert read(NEW, acceptanceCriteriaResults=[]).criteria == ()


def test_a_title_that_is_not_there_yet_is_empty() -> None:
    assert read(NEW, runTitle=None, toolNames=None, evalBulletSummary=None).title == ""


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"evalScore": "good"}, id="score in words"),
        pytest.param({"evalScore": float("nan")}, id="score that is no number"),
        pytest.param({"criticalIssue": "yes"}, id="critical issue in words"),
        pytest.param({"acceptanceCriteriaResults": [{"criterion": "x"}]}, id="met is missing"),
        pytest.param({"acceptanceCriteriaResults": [{"met": None}]}, id="met is null"),
        pytest.param({"createdAt": None}, id="no time"),
        pytest.param({"agentId": None}, id="no agent"),
    ],
)
def test_what_is_judged_must_fit(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        read(NEW, **changes)
