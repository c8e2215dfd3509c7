from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaignd.adapters.reporters.html_picture import WIDTH, Picture, draw
from campaignd.core.report import GateReport
from campaignd.core.verdicts import GateVerdict


def test_values_lie_from_left_to_right_as_they_grow() -> None:
    picture = drawn(estimate=0.883, lower=0.812, upper=0.94, threshold="at least 90%")
    assert picture.line is not None
    assert picture.tick is not None
    assert 0 < picture.line[0] < picture.dot < picture.tick < picture.line[1] < WIDTH
    assert picture.label == "measured 88.3%, interval 81.2% to 94%, asked at least 90%"


@pytest.mark.parametrize(
    ("bounds", "reaches_left", "reaches_right"),
    [
        pytest.param({"lower": 0.5}, False, True, id="only a lower bound"),
        pytest.param({"upper": 0.7}, True, False, id="only an upper bound"),
        pytest.param({"lower": -inf, "upper": 0.7}, True, False, id="a bound without end"),
        pytest.param({"lower": 0.5, "upper": 0.7}, False, False, id="both"),
    ],
)
def test_where_a_bound_is_unknown_the_line_reaches_the_edge(
    bounds: dict[str, float], reaches_left: bool, reaches_right: bool
) -> None:
    line = drawn(estimate=0.6, **bounds).line
    assert line is not None
    assert (line[0] == 0, line[1] == WIDTH) == (reaches_left, reaches_right)


@pytest.mark.parametrize(
    ("kind", "threshold", "is_kept"),
    [
        pytest.param("pass_rate", "at least 90%", False, id="a share, too low"),
        pytest.param("errors", "at most 90%", True, id="a share, low enough"),
        pytest.param("pass_rate", "at least 0.5", True, id="a share written as a number"),
        pytest.param("p95", "at most 8 s", True, id="a number with its unit"),
        pytest.param("mean", "at most 0.1 %", False, id="a number in percent is no share"),
    ],
)
def test_the_threshold_splits_what_keeps_the_promise_from_the_rest(
    kind: str, threshold: str, is_kept: bool
) -> None:
    picture = drawn(kind=kind, estimate=0.8, threshold=threshold)
    assert picture.kept is not None
    assert picture.tick in picture.kept
    assert {0.0, float(WIDTH)} & set(picture.kept)
    assert (picture.kept[0] <= picture.dot <= picture.kept[1]) is is_kept


def test_a_threshold_that_is_no_number_has_no_tick() -> None:
    picture = drawn(estimate=0.1, upper=0.2, threshold="no drop of 20 points or more")
    assert picture.tick is None
    assert picture.kept is None


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({}, id="nothing measured"),
        pytest.param({"estimate": 0.5}, id="nothing to compare with"),
        pytest.param({"threshold": "at least 90%"}, id="only a threshold"),
        pytest.param({"estimate": nan, "lower": 0.1}, id="not a number"),
        pytest.param({"estimate": 1e308, "lower": -1e308, "kind": "mean"}, id="too far apart"),
    ],
)
def test_there_is_no_picture_of_what_cannot_be_compared(facts: dict[str, object]) -> None:
    assert draw(judged(**facts)) is None


numbers = st.one_of(st.none(), st.floats(), st.floats(0, 1))


@settings(max_examples=100, deadline=None)
@given(numbers, numbers, numbers, st.sampled_from(["at least 90%", "at most 0", "at most 1e300"]))
def test_everything_lies_within_the_picture(
    estimate: float | None, lower: float | None, upper: float | None, threshold: str
) -> None:
    facts = {"estimate": estimate, "lower": lower, "upper": upper, "threshold": threshold}
    for kind in ("pass_rate", "mean"):
        picture = draw(judged(kind=kind, **facts))
        if picture is not None:
            places = (picture.dot, picture.tick or 0, *(picture.line or ()), *(picture.kept or ()))
            assert all(0 <= place <= WIDTH for place in places)


def drawn(**facts: object) -> Picture:
    picture = draw(judged(**facts))
    assert picture is not None
    return picture


def judged(**facts: object) -> GateReport:
    given = {
        "name": "g",
        "kind": "pass_rate",
        "unit": "share",
        "verdict": GateVerdict.PASSED,
        "reason": "r",
    }
    return GateReport.model_validate({**given, **facts})
