from typing import Any

import pytest

from campaignd.core.verdicts import GateVerdict

CALM, ELDERLY = "checkout/calm/smoke", "checkout/elderly/smoke"


def test_each_test_case_counts_once_however_often_it_ran(story: Any) -> None:
    story.cell(CALM, {"a": ["YES", "YES", "YES", "NO"]}, cases_planned=2, iterations=4)
    story.cell(CALM, {"b": ["NO", "NO", "NO", "NO"]})

    report = story.rate("resolved", at_least="30%")

    assert (report.estimate, report.n, report.cases_n, report.missing) == (0.375, 8, 2, 0)
    assert report.method == "korn-graubard"
    assert report.verdict == GateVerdict.PASSED


def test_personas_are_pooled_unless_they_are_split(story: Any) -> None:
    story.cell(CALM, {"a": ["YES"], "b": ["YES"]}).cell(ELDERLY, {"a": ["NO"], "b": ["YES"]})

    pooled = story.rate("resolved", at_least="80%")
    split = story.judge({"pass_rate": "resolved", "at_least": "80%", "per": "persona"})

    assert (pooled.estimate, pooled.cases_n) == (0.75, 2)
    assert [(r.scope["persona"], r.estimate, r.verdict) for r in split] == [
        ("calm", 1.0, "passed"),
        ("elderly", 0.5, "failed"),
    ]


def test_a_case_of_two_test_sets_is_two_cases(story: Any) -> None:
    story.cell(CALM, {"a": ["YES"]}).cell("checkout/calm/refunds", {"a": ["NO"]})

    report = story.rate("resolved", at_least="50%")

    assert (report.cases_n, report.method) == (2, "clopper-pearson")


@pytest.mark.parametrize(
    ("options", "estimates"),
    [
        pytest.param({}, [("None", 1.0)], id="the base agent unless said otherwise"),
        pytest.param({"variants": "mutations"}, [("None", 0.25)], id="all mutations"),
        pytest.param({"variants": "all"}, [("None", 0.5)], id="all variants"),
        pytest.param({"variants": ["base", "m2"]}, [("None", 0.5)], id="some"),
        pytest.param({"per": "mutation"}, [("m1", 0.5), ("m2", 0.0)], id="per mutation"),
        pytest.param(
            {"per": "variant"}, [("base", 1.0), ("m1", 0.5), ("m2", 0.0)], id="per variant"
        ),
        pytest.param(
            {"per": "mutation", "variants": "all"}, [("m1", 0.5), ("m2", 0.0)], id="base has none"
        ),
    ],
)
def test_variants_pick_whose_simulations_count(
    story: Any, options: dict[str, Any], estimates: list[tuple[str, float]]
) -> None:
    story.cell(CALM, {"a": ["YES"], "b": ["YES"]}, variants=("base", "m1", "m2"))
    story.cell(CALM, {"a": ["YES"], "b": ["NO"]}, variant="m1")
    story.cell(CALM, {"a": ["NO"], "b": ["NO"]}, variant="m2")

    reports = story.judge({"pass_rate": "resolved", "at_least": "50%", **options})

    assert [(str(r.variant), r.estimate) for r in reports] == estimates


def test_what_the_agent_failed_passes_nothing(story: Any) -> None:
    report = story.cell(CALM, {"a": ["YES"], "b": ["FAILED"]}).rate("resolved", at_least="60%")

    assert (report.estimate, report.n, report.missing) == (0.5, 2, 0)
    assert report.cases[0].explanation == "no answer"


@pytest.mark.parametrize(
    ("at_least", "verdict", "code"),
    [
        pytest.param("50%", "passed", None, id="it passes whatever they were"),
        pytest.param("60%", "inconclusive", "missing_data", id="they could change it"),
        pytest.param("95%", "failed", None, id="it fails whatever they were"),
    ],
)
def test_missing_simulations_are_bracketed(
    story: Any, at_least: str, verdict: str, code: str | None
) -> None:
    story.cell(CALM, {"a": ["YES"], "b": ["YES"], "c": ["NO"], "d": ["CANCELLED"]})

    report = story.rate("resolved", at_least=at_least)

    assert (report.verdict, report.reason_code, report.missing) == (verdict, code, 1)


def test_simulations_that_were_never_seen_are_missing_too(story: Any) -> None:
    report = story.cell(CALM, {"a": ["YES"]}, cases_planned=3, iterations=2).rate(
        "resolved", at_least="90%"
    )

    assert (report.n, report.missing, report.verdict) == (1, 5, "inconclusive")
    assert report.reason == (
        "resolved passed in 100% of 1 simulation, at least 90% was asked; "
        "with 5 of 6 values missing that cannot be told."
    )


@pytest.mark.parametrize(
    ("passed", "reason"),
    [
        pytest.param(
            11,
            "resolved passed in 91.7% of 12 simulations, at least 90% was asked; "
            "at this size chance alone could explain it: 66.1% to 99.6% at 95%.",
            id="passed, perhaps by chance",
        ),
        pytest.param(
            3, "resolved passed in 25% of 12 simulations, at least 90% was asked.", id="failed"
        ),
    ],
)
def test_the_reason_is_a_sentence(story: Any, passed: int, reason: str) -> None:
    values = {f"case-{n}": ["YES" if n < passed else "NO"] for n in range(12)}

    assert story.cell(CALM, values).rate("resolved", at_least="90%").reason == reason


def test_simulations_are_a_metric_of_their_own(story: Any) -> None:
    story.cell(CALM, {"a": ["YES"], "b": [None], "c": ["FAILED"], "d": ["YES"]})

    report = story.rate("simulations", at_least="70%")

    assert (report.verdict, report.estimate, report.metric) == ("passed", 0.75, "simulations")
    assert report.reason.startswith("75% of 4 simulations completed, at least 70% was asked")


def test_thirds_do_not_fail_for_their_digits(story: Any) -> None:
    story.cell(CALM, {"a": ["YES", "NO", "NO"], "b": ["YES", "YES", "NO"], "c": ["YES"] * 3})

    report = story.rate("resolved", at_least="66.666666667%")

    assert report.verdict == GateVerdict.PASSED


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        pytest.param("topics", frozenset({"refund", "greeting"}), id="a set"),
        pytest.param("rating", 4.5, id="a number"),
        pytest.param("flag", 1.0, id="a number for a text of digits"),
        pytest.param("flag", "1", id="the text itself"),
    ],
)
def test_every_kind_of_value_may_pass(story: Any, metric: str, value: Any) -> None:
    report = story.cell(CALM, {"a": [value]}, metric=metric).rate(metric, at_least="100%")

    assert report.verdict == GateVerdict.PASSED


def test_only_judges_who_cannot_tell_are_no_data(story: Any) -> None:
    report = story.cell(CALM, {"a": ["UNKNOWN"]}, metric="unsure").rate("unsure", at_least="50%")

    assert (report.verdict, report.reason_code) == (GateVerdict.ERRORED, "no_data")
