from io import StringIO, TextIOWrapper

import pytest
from rich.text import Text

from campaignd.adapters.reporters.screen import Screen, screen_of
from campaignd.core.verdicts import Verdict


class Terminal(StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "no_color", "colour"),
    [
        pytest.param({}, False, True, id="a terminal has colour"),
        pytest.param({"NO_COLOR": "1"}, False, False, id="NO_COLOR"),
        pytest.param({"NO_COLOR": ""}, False, True, id="an empty NO_COLOR says nothing"),
        pytest.param({}, True, False, id="--no-color"),
        pytest.param({"TERM": "dumb"}, False, False, id="a dumb terminal"),
    ],
)
def test_colour_is_used_only_where_it_is_wanted(
    environment: dict[str, str], no_color: bool, colour: bool
) -> None:
    assert screen_of(Terminal(), environment, no_color=no_color).colour is colour


def test_a_pipe_has_no_colour_and_80_columns() -> None:
    assert screen_of(StringIO(), {}, no_color=False) == Screen(80, colour=False)


@pytest.mark.parametrize(
    ("columns", "width"),
    [
        pytest.param("132", 132, id="a number"),
        pytest.param("wide", 80, id="no number"),
        pytest.param("0", 80, id="nothing"),
    ],
)
def test_columns_can_be_told_by_the_environment(columns: str, width: int) -> None:
    assert screen_of(StringIO(), {"COLUMNS": columns}, no_color=False).width == width


@pytest.mark.parametrize("verdict", [*Verdict, None])
def test_a_verdict_is_always_a_sign_and_a_word(verdict: Verdict | None) -> None:
    stamp = Screen().stamp(verdict).plain
    sign, _, word = stamp.partition(" ")
    assert len(sign) == 1
    assert word == (verdict.value.replace("_", " ") if verdict else "running")


def test_what_an_encoding_cannot_show_is_replaced(tmp_path: object) -> None:
    stream = TextIOWrapper(open(f"{tmp_path}/out", "wb"), encoding="ascii")  # noqa: PTH123, SIM115
    with stream:
        screen = screen_of(stream, {}, no_color=False)
        text = screen.draw(screen.stamp(Verdict.PASSED), Text("naïve"))
        stream.write(text)
    assert text == "+ passed\nna?ve\n"


def test_an_unfoldable_line_runs_over_the_edge() -> None:
    url = "https://app.coval.dev/" + "x" * 60
    drawn = Screen(width=40).draw(Text(url, no_wrap=True, overflow="ignore"))
    assert drawn == f"{url}\n"
