from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from campaignd.core.campaign import Campaign
from campaignd.core.campaign.checks import check_campaign

CASE = "Tc6Jk1Lz8Xc3Vb9Nm4Qw2E"
RATE = {"pass_rate": "resolved", "at_least": "90%"}
CAMPAIGN: dict[str, Any] = {
    "version": "1",
    "name": "nightly",
    "agents": {"checkout": {"coval": "gk3jK9mPq2xRt5vW8yZaBc"}},
    "metrics": {"resolved": {"id": "jN6mN2pSt5aUv8xZ1bCeFf", "pass_when": {"equals": "YES"}}},
}


def read(**parts: Any) -> Campaign:
    return Campaign.model_validate(CAMPAIGN | parts)


def test_defaults_hold_for_gates_that_do_not_set_them() -> None:
    own = {**RATE, "name": "Own", "decide": "observed", "confidence": "80%"}
    defaults = {"decide": "proven", "confidence": "99%", "when_unsure": "warn"}

    gates: Any = read(defaults=defaults, gates=[RATE, own, {"errors": "runs", "at_most": 0}]).gates

    assert [(gate.decide, gate.confidence) for gate in gates[:2]] == [
        ("proven", 0.99),
        ("observed", 0.8),
    ]
    assert [gate.when_unsure for gate in gates] == ["warn"] * 3


def test_defaults_reach_the_gates_within_others() -> None:
    both = {"any": [RATE, {**RATE, "at_least": "80%"}]}

    (gate,) = read(defaults={"decide": "proven", "when_unsure": "warn"}, gates=[both]).gates

    inner: Any = gate.inner
    assert gate.when_unsure == "warn"
    assert [(each.decide, each.when_unsure) for each in inner] == [("proven", "block")] * 2


def test_a_waived_test_case_has_an_end_and_a_reason() -> None:
    (waive,) = read(waive=[{"test_case": CASE, "until": "2026-12-31", "because": "BUG-12"}]).waive

    assert (waive.until, waive.because) == (date(2026, 12, 31), "BUG-12")


@pytest.mark.parametrize(
    ("part", "message"),
    [
        pytest.param({"defaults": {"confidence": "40%"}}, "is no confidence", id="confidence"),
        pytest.param({"defaults": {"k": 3}}, "Extra inputs", id="no such default"),
        pytest.param(
            {"waive": [{"test_case": CASE, "until": "soon", "because": "x"}]},
            "'soon' is not a day: write one like 2026-12-31",
            id="no day",
        ),
        pytest.param(
            {"waive": [{"test_case": CASE, "until": "2026-12-31"}]}, "Field required", id="silent"
        ),
    ],
)
def test_mistakes_are_told(part: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match="validation error") as caught:
        read(**part)

    assert message in str(caught.value)


def test_a_test_case_is_waived_once() -> None:
    entry = {"test_case": CASE, "until": "2026-12-31", "because": "BUG-12"}

    paths = [mistake.path for mistake in check_campaign(read(waive=[entry, entry]))]

    assert ("waive", 1, "test_case") in paths


def test_a_default_leaves_kinds_alone_that_do_not_know_it() -> None:
    tries = {"all_tries": "resolved", "k": 3, "at_least": "80%"}

    gate: Any
    rate: Any
    gate, rate = read(defaults={"across": "this_set"}, gates=[tries, RATE]).gates

    assert (gate.across, rate.across) == ("test_cases", "this_set")
