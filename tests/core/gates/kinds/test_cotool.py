from typing import Any

import pytest

from campaignd.core.cotool import AgentRunStatus, Criterion
from campaignd.core.verdicts import GateVerdict

ERROR = AgentRunStatus.ERROR
INTERRUPTED = AgentRunStatus.INTERRUPTED
NEAT = Criterion("Is neat", met=True)
RUDE = Criterion("Is polite", met=False, explanation="Swore twice.")


def scored(story: Any, *scores: float | None) -> Any:
    for score in scores:
        story.run(score)
    return story


@pytest.mark.parametrize(
    ("gate", "verdict", "estimate"),
    [
        pytest.param({"mean": "quality", "at_least": "70"}, "passed", 75.0, id="mean"),
        pytest.param({"min": "quality", "at_least": "70"}, "failed", 60.0, id="smallest"),
        pytest.param({"p50": "quality", "at_least": "80"}, "passed", 80.0, id="percentile"),
        pytest.param({"pass_rate": "quality", "at_least": "75%"}, "failed", 0.5, id="pass rate"),
    ],
)
def test_a_score_is_a_number_per_run(
    story: Any, gate: dict[str, Any], verdict: str, estimate: float
) -> None:
    report = scored(story, 60.0, 70.0, 80.0, 90.0).judge_one(**gate)

    assert (report.verdict, report.estimate, report.n, report.cases_n) == (verdict, estimate, 4, 4)


def test_a_score_of_zero_is_a_score(story: Any) -> None:
    report = scored(story, 0.0, 100.0).judge_one(mean="quality", at_least="40")

    assert (report.estimate, report.n) == (50.0, 2)


@pytest.mark.parametrize(
    ("options", "verdict", "code"),
    [
        pytest.param({}, "inconclusive", "not_graded", id="all are needed unless said otherwise"),
        pytest.param({"graded_at_least": "50%"}, "passed", None, id="half are enough"),
        pytest.param({"graded_at_least": "51%"}, "inconclusive", "not_graded", id="more are not"),
        pytest.param(
            {"graded_at_least": "50%", "at_least_runs": "3"},
            "inconclusive",
            "too_few",
            id="too few",
        ),
        pytest.param({"graded_at_least": "50%", "at_least_runs": "2"}, "passed", None, id="enough"),
    ],
)
def test_runs_without_a_grade_are_missing_and_never_zero(
    story: Any, options: dict[str, str], verdict: str, code: str | None
) -> None:
    story.run(80.0).run(90.0).run(None).run(70.0, status=ERROR)

    report = story.judge_one(mean="quality", at_least="80", **options)

    assert (report.verdict, report.reason_code) == (verdict, code)
    assert (report.estimate, report.n, report.missing) == (85.0, 2, 2)


def test_a_rate_that_no_grade_could_mend_has_failed(story: Any) -> None:
    report = scored(story, 10.0, 10.0, 10.0, None).rate("quality", at_least="50%")

    assert (report.verdict, report.reason_code) == (GateVerdict.FAILED, None)


def test_the_reason_tells_how_many_are_graded(story: Any) -> None:
    report = scored(story, 80.0, None).judge_one(mean="quality", at_least="80")

    assert report.reason == (
        "quality was 80 in the mean of 1 Cotool run, at least 80 was asked; "
        "only 1 of 2 Cotool runs graded, and 100% were asked for."
    )


@pytest.mark.parametrize(
    ("statuses", "code"),
    [
        pytest.param([ERROR, INTERRUPTED], "no_data", id="all ended badly"),
        pytest.param([], "no_data", id="none at all"),
    ],
)
def test_no_graded_run_at_all_is_errored(
    story: Any, statuses: list[AgentRunStatus], code: str
) -> None:
    for status in statuses:
        story.run(80.0, status=status)

    report = story.judge_one(mean="quality", at_least="80", graded_at_least="1%")

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, code)


def test_an_agent_without_any_run_is_errored_and_named(story: Any) -> None:
    story.run(90.0).with_evidence(scored=("ops", "triage"))

    pooled = story.judge_one(mean="quality", at_least="80")
    split = story.judge({"mean": "quality", "at_least": "80", "per": "agent"})

    assert pooled.reason == "Cotool has no run to judge of agent triage."
    assert [(r.scope["agent"], r.verdict) for r in split] == [
        ("ops", "passed"),
        ("triage", "errored"),
    ]


def test_where_narrows_to_agents(story: Any) -> None:
    story.run(90.0).run(10.0, agent="triage")

    report = story.judge_one(mean="quality", at_least="80", where={"agents": "ops"})

    assert (report.verdict, report.n) == (GateVerdict.PASSED, 1)


def test_criteria_are_judged_one_by_one_or_together(story: Any) -> None:
    story.run(criteria=(NEAT, RUDE)).run(criteria=(NEAT, RUDE)).run(criteria=(NEAT,))

    split = story.judge({"pass_rate": "criteria", "at_least": "90%", "per": "criterion"})
    pooled = story.rate("criteria", at_least="60%")

    assert [(r.scope["criterion"], r.estimate, r.n) for r in split] == [
        ("Is neat", 1.0, 3),
        ("Is polite", 0.0, 2),
    ]
    assert (pooled.estimate, pooled.n, pooled.cases_n) == (pytest.approx(2 / 3), 5, 3)
    assert split[1].cases[0].explanation == "Is polite: Swore twice."
    assert pooled.reason.startswith(
        "criteria were met in 66.7% of 5 checks (3 Cotool runs), at least 60% was asked"
    )


def test_a_run_without_grade_misses_every_criterion_of_its_agent(story: Any) -> None:
    story.run(criteria=(NEAT, RUDE)).run(None)

    reports = story.judge({"pass_rate": "criteria", "at_least": "60%", "per": "criterion"})

    assert [(r.n, r.missing, r.reason_code) for r in reports] == [
        (1, 1, "not_graded"),
        (1, 1, None),
    ]


def test_criteria_that_a_server_never_sends_are_not_delivered(story: Any) -> None:
    report = story.run().run().rate("criteria", at_least="50%")

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "not_delivered")
    assert report.reason == "Cotool delivered no value of criteria for any of 2 graded runs."


def test_an_agent_without_criteria_cannot_meet_them(story: Any) -> None:
    report = story.run(criteria=()).rate("criteria", at_least="50%")

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "no_data")


@pytest.mark.parametrize(
    ("gate", "verdict", "estimate"),
    [
        pytest.param({"at_most": "1"}, "failed", 2.0, id="all count"),
        pytest.param({"at_most": "1", "ignore": ["privacy"]}, "passed", 1.0, id="some are ignored"),
        pytest.param({"at_least": "2"}, "passed", 2.0, id="at least"),
    ],
)
def test_critical_issues_are_counted(
    story: Any, gate: dict[str, Any], verdict: str, estimate: float
) -> None:
    story.run(issue="privacy").run(issue="authentication").run()

    report = story.judge_one(count="critical", **gate)

    assert (report.verdict, report.estimate, report.n) == (verdict, estimate, 3)


def test_a_found_issue_fails_however_few_runs_were_graded(story: Any) -> None:
    story.run(issue="authentication").run(None).run(None)

    report = story.judge_one(count="critical", at_most="0", at_least_runs="3")

    assert (report.verdict, report.reason_code) == (GateVerdict.FAILED, None)
    assert report.cases[0].explanation == "authentication: It was bad."


def test_no_found_issue_needs_all_grades(story: Any) -> None:
    report = story.run().run(None).judge_one(count="critical", at_most="0")

    assert (report.verdict, report.reason_code) == (GateVerdict.INCONCLUSIVE, "not_graded")
    assert report.reason.startswith("0 critical issues in 1 Cotool run, at most 0 was asked")


def test_silence_on_critical_issues_is_not_none(story: Any) -> None:
    story.run(delivers_critical_issues=False)

    report = story.judge_one(count="critical", at_most="0")

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "not_delivered")


def test_runs_without_a_critical_issue_pass(story: Any) -> None:
    report = story.run().run(issue="privacy").rate("critical", at_least="50%")

    assert report.reason.startswith("there was no critical issue in 50% of 2 Cotool runs")
