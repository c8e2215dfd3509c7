from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.reporters.notation import (
    ago,
    interval,
    measured,
    of_case,
    plain,
    shorten,
    spell,
    title,
)
from campaignd.core.report import GateReport
from campaignd.core.verdicts import GateVerdict

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        pytest.param("share", 1 / 3, "33.3%", id="a share"),
        pytest.param("points", -0.0625, "-6.2 points", id="a drop of a share"),
        pytest.param("points", 0.0, "+0.0 points", id="no change of a share"),
        pytest.param("relative", 0.1, "+10.0%", id="a relative change"),
        pytest.param("s", 1.1342, "1.134 s", id="a number in a unit"),
        pytest.param(None, 1.1342, "1.134", id="a number"),
        pytest.param("share", None, "-", id="nothing"),
    ],
)
def test_a_result_is_written_as_its_gate_counts(
    unit: str | None, value: float | None, text: str
) -> None:
    assert measured(gate_named("g", unit=unit), value) == text


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        pytest.param("share", 1 / 3, "33.3%", id="a share"),
        pytest.param("points", 1.0, "100%", id="a share of a gate that compares shares"),
        pytest.param("relative", 1.2, "1.2", id="a number of a gate that compares numbers"),
        pytest.param("s", 1.2, "1.2 s", id="a number in a unit"),
        pytest.param("share", "FAILED", "FAILED", id="a word"),
        pytest.param("share", None, "-", id="nothing"),
    ],
)
def test_a_test_case_is_written_in_the_metric_s_own_terms(
    unit: str | None, value: float | str | None, text: str
) -> None:
    assert of_case(gate_named("g", unit=unit), value) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        pytest.param(timedelta(), "0s", id="nothing"),
        pytest.param(timedelta(seconds=0.44), "0.4s", id="a part of a second"),
        pytest.param(timedelta(seconds=59.6), "1m", id="rounded up to a minute"),
        pytest.param(timedelta(minutes=12, seconds=4), "12m 4s", id="two units"),
        pytest.param(timedelta(hours=2, seconds=3), "2h", id="no unit that is zero"),
        pytest.param(timedelta(days=1, hours=2, minutes=3), "1d 2h", id="never three units"),
        pytest.param(timedelta(seconds=-5), "0s", id="clocks that went back"),
    ],
)
def test_a_duration_is_spelled_with_its_largest_units(duration: timedelta, text: str) -> None:
    assert spell(duration) == text


@pytest.mark.parametrize(
    ("at", "text"),
    [
        pytest.param(NOW, "now", id="now"),
        pytest.param(NOW - timedelta(seconds=59), "59s ago", id="seconds"),
        pytest.param(NOW - timedelta(hours=23, minutes=59), "23h ago", id="hours"),
        pytest.param(NOW - timedelta(days=40), "40d ago", id="days"),
        pytest.param(NOW + timedelta(minutes=5), "in 5m", id="to come"),
    ],
)
def test_a_time_is_told_relative_to_now(at: datetime, text: str) -> None:
    assert ago(at, NOW) == text


@pytest.mark.parametrize(
    ("lower", "upper", "text"),
    [
        pytest.param(0.8, 0.9, "80% to 90%", id="both bounds"),
        pytest.param(0.8, None, "from 80%", id="only a lower one"),
        pytest.param(None, 0.9, "up to 90%", id="only an upper one"),
        pytest.param(None, None, "-", id="none"),
    ],
)
def test_an_interval_is_written_with_the_bounds_it_has(
    lower: float | None, upper: float | None, text: str
) -> None:
    gate = gate_named("g", lower=lower, upper=upper)
    assert interval(gate) == text


def test_a_gate_is_named_with_its_group() -> None:
    gate = gate_named("Bookings", scope={"persona": "elderly"}, variant="gpt-4o")
    assert title(gate) == "Bookings (persona elderly, variant gpt-4o)"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("two\nlines\tand a tab", "two lines and a tab", id="spaces of all kinds"),
        pytest.param("\x1b[31mred\x1b[0m", "[31mred[0m", id="terminal escapes lose their power"),
        pytest.param("user\u202egnp.exe", "usergnp.exe", id="nothing turns the writing"),
        pytest.param("naïve 名前 👩‍💻", "naïve 名前 👩‍💻", id="letters of all kinds stay"),
    ],
)
def test_a_plain_text_is_one_harmless_line(text: str, line: str) -> None:
    assert plain(text) == line


@given(st.text(), st.integers(2, 50))
def test_a_shortened_text_is_never_longer_than_asked(text: str, length: int) -> None:
    assert len(shorten(text, length)) <= length


def test_a_text_is_cut_between_words() -> None:
    assert shorten("The agent refused the refund", 20) == "The agent refused…"


def gate_named(name: str, **facts: object) -> GateReport:
    given = {
        "kind": "pass_rate",
        "unit": "share",
        "verdict": GateVerdict.PASSED,
        "reason": "r",
        **facts,
    }
    return GateReport.model_validate({"name": name, **given})
