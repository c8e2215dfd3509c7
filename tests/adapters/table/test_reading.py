"""Tables as people send them."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.adapters.table import Vocabulary, read_table
from campaignd.core.coval import Aggregate, RunStatus
from campaignd.core.evidence import CellOutcome, Evidence
from campaignd.core.metrics import CotoolMetric, CovalMetric, PassWhen
from campaignd.engine.faults import TableInvalid
from campaignd.engine.records import Tabled

HEADER = "agent,persona,test_set,variant,test_case,iteration,status,metric,value"
METRICS = {
    "resolved": CovalMetric(id="j" * 22, pass_when=PassWhen(equals="YES")),
    "latency": CovalMetric(id="k" * 22, unit="s"),
    "topic": CovalMetric(id="l" * 22),
    "quality": CotoolMetric(cotool="score"),
    "criteria": CotoolMetric(cotool="criteria"),
    "critical": CotoolMetric(cotool="critical_issues"),
}
GOOD = "a,p,s,base,c1,1,COMPLETED,resolved,YES"


def tables(*lines: str, header: str = HEADER, **words: Any) -> list[Tabled]:
    text = "\n".join((header, *lines)) + "\n"
    return [*read_table(BytesIO(text.encode()), "data.csv", Vocabulary(METRICS, **words))]


def evidence(*lines: str, header: str = HEADER) -> Evidence:
    (table,) = tables(*lines, header=header)
    return table.evidence


def mistakes(*lines: str, header: str = HEADER) -> list[str]:
    with pytest.raises(TableInvalid) as caught:
        tables(*lines, header=header)
    return [str(mistake) for mistake in caught.value.mistakes]


def bytes_mistakes(data: bytes) -> list[str]:
    with pytest.raises(TableInvalid) as caught:
        read_table(BytesIO(data), "data.csv", Vocabulary(METRICS))
    return [str(mistake) for mistake in caught.value.mistakes]


def test_rows_of_one_simulation_make_one() -> None:
    (simulation,) = evidence(GOOD, "a,p,s,base,c1,1,COMPLETED,latency,1.5").simulations
    assert simulation.cell == "a/p/s"
    assert simulation.test_case == "c1"
    assert simulation.status is RunStatus.COMPLETED
    assert simulation.values == {"resolved": "YES", "latency": 1.5}
    assert simulation.simulation_id == "line 2"


def test_without_iterations_rows_are_counted_by_metric_and_test_case() -> None:
    header = HEADER.replace("iteration,", "")
    rows = ("a,p,s,,c1,COMPLETED,resolved,YES", "a,p,s,,c1,COMPLETED,resolved,NO")
    more = ("a,p,s,,c1,COMPLETED,latency,1", "a,p,s,,c1,COMPLETED,latency,2")
    found = evidence(*rows, *more, header=header)
    assert [simulation.values for simulation in found.simulations] == [
        {"resolved": "YES", "latency": 1.0},
        {"resolved": "NO", "latency": 2.0},
    ]
    assert (found.cells[0].variants, found.cells[0].iterations) == (("base",), 2)


def test_columns_may_stand_in_any_order_and_lines_may_end_as_they_like() -> None:
    data = (
        b"\xef\xbb\xbfvalue,metric,status,test_case,variant,test_set,persona,agent\r\n"
        b'"YES",resolved,COMPLETED,c1,base,s,p,a\r\n\r\n'
    )
    (table,) = read_table(BytesIO(data), "data.csv", Vocabulary(METRICS))
    assert table.execution is None
    assert table.evidence.simulations[0].values == {"resolved": "YES"}


def test_a_quoted_text_may_have_line_breaks_and_later_rows_keep_their_lines() -> None:
    broken = 'a,p,s,base,c1,1,COMPLETED,topic,"two\nlines"'
    assert evidence(broken).simulations[0].values == {"topic": "two\nlines"}
    assert mistakes(broken, "a,p,s,base,c2,1,DONE,topic,x") == [
        "data.csv:4:17: there is no status 'DONE'; write COMPLETED, FAILED, LOST"
    ]


def test_a_mistake_after_a_line_break_is_placed_where_it_stands() -> None:
    row = 'a,p,s,base,"c\n1",1,DONE,topic,x'
    assert mistakes(row)[0].startswith("data.csv:3:6: there is no status")


def test_several_executions_come_in_the_order_they_stand() -> None:
    found = tables(f"01B,{GOOD}", f"01A,{GOOD}", header=f"execution,{HEADER}")
    assert [table.execution for table in found] == ["01B", "01A"]


@pytest.mark.parametrize(
    ("row", "place", "words"),
    [
        pytest.param(
            "a,p,s,base,c,1,complete,resolved,YES",
            "16",
            "there is no status 'complete'; did you mean 'COMPLETED'?",
            id="status",
        ),
        pytest.param(
            "a,p,s,base,c,1,COMPLETED,resolvd,YES",
            "26",
            "there is no metric 'resolvd'; did you mean 'resolved'?",
            id="metric",
        ),
        pytest.param(
            "a,p,s,base,c,1,COMPLETED,latency,fast",
            "34",
            "latency is a number, found 'fast'",
            id="text for a number",
        ),
        pytest.param(
            "a,p,s,base,c,1,COMPLETED,resolved,3",
            "35",
            "resolved is a text, found a number",
            id="number for a text",
        ),
        pytest.param(
            'a,p,s,base,c,1,COMPLETED,latency,"0,89"',
            "34",
            "latency is a number, found '0,89': write 0.89",
            id="decimal comma",
        ),
        pytest.param(
            "a,p,s,base,c,1,COMPLETED,latency,1e308",
            "34",
            "latency: '1e308' is not a finite number: leave it empty if it is missing",
            id="too large to be squared",
        ),
        pytest.param(
            "a,p,s,base,c,1,COMPLETED,latency,NaN",
            "34",
            "latency: 'NaN' is not a finite number: leave it empty if it is missing",
            id="not a number",
        ),
        pytest.param(
            "a,p,s,base,c,1,COMPLETED,latency,-inf",
            "34",
            "latency: '-inf' is not a finite number: leave it empty if it is missing",
            id="infinity",
        ),
        pytest.param(
            'a,p,s,base,c,1,COMPLETED,topic,"[1, 2]"',
            "32",
            'topic: \'[1, 2]\' is no list of texts: a set is like ["refund", "late"], a text '
            "that begins so like '[text",
            id="set of numbers",
        ),
        pytest.param(
            "a,p,s,base,c,0,COMPLETED,resolved,YES",
            "14",
            "an iteration is a number from 1 on, found '0'",
            id="iteration",
        ),
        pytest.param(
            ",p,s,base,c,1,COMPLETED,resolved,YES", "1", "the agent is missing", id="agent"
        ),
        pytest.param(
            "a,,s,base,c,1,COMPLETED,resolved,YES", "3", "the persona is missing", id="persona"
        ),
        pytest.param(
            "a,p,s,base,c,1,COMPLETED,resolved",
            "1",
            "this row has 8 fields, and the header 9; is a comma missing, or one too many?",
            id="short row",
        ),
        pytest.param(
            "a,,,,run_1,,COMPLETED,quality,101",
            "31",
            "quality: a Cotool score is from 0 to 100, found 101",
            id="score out of range",
        ),
        pytest.param(
            "a,,,,run_1,1,COMPLETED,criteria,yes",
            "33",
            "criteria: an acceptance criterion is like 'met: Found the host' or 'unmet: …', "
            "found 'yes'",
            id="criterion",
        ),
        pytest.param(
            "a,,,,,,COMPLETED,quality,90",
            "6",
            "the id of the Cotool run is missing",
            id="no run id",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line_and_column(row: str, place: str, words: str) -> None:
    assert mistakes(GOOD, row) == [f"data.csv:3:{place}: {words}"]


def test_a_metric_keeps_to_one_kind_of_value() -> None:
    rows = ("a,p,s,base,c1,1,COMPLETED,topic,3", "a,p,s,base,c2,1,COMPLETED,topic,refund")
    assert mistakes(*rows) == [
        "data.csv:3:33: topic is a number in line 2 and a text here: 'refund'"
    ]


def test_a_judge_that_cannot_tell_fits_any_metric() -> None:
    rows = ("a,p,s,base,c1,1,COMPLETED,latency,3", "a,p,s,base,c2,1,COMPLETED,latency,UNKNOWN")
    assert len(evidence(*rows).simulations) == 2


def test_a_row_that_stands_twice_is_named() -> None:
    assert mistakes(GOOD, GOOD) == ["data.csv:3:1: this row stands here twice: see line 2"]


def test_one_simulation_has_one_status() -> None:
    assert mistakes(GOOD, "a,p,s,base,c1,1,FAILED,latency,") == [
        "data.csv:3:17: this simulation has another status in line 2"
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "1:1: this file is empty", id="empty"),
        pytest.param(HEADER.encode(), "1:1: there are no rows below the header", id="header only"),
        pytest.param(b"agent,persona,value\n", "column", id="columns missing"),
        pytest.param(
            HEADER.replace(",", ";").encode() + b"\n",
            "1:1: the columns are not separated by commas; save the table as CSV with commas",
            id="semicolons",
        ),
        pytest.param(
            HEADER.replace(",", "\t").encode() + b"\n",
            "1:1: the columns are not separated by commas; save the table as CSV with commas",
            id="tabs",
        ),
        pytest.param(
            f",{HEADER}".encode() + b"\n",
            "1:1: there is no column ''; leave out the column without a name (pandas: index=False)",
            id="an index",
        ),
        pytest.param(
            HEADER.encode() + b"\na,p,s,base,caf\xe9,1,COMPLETED,resolved,YES\n",
            "2:15: byte 0xe9 is not UTF-8; save the table as CSV in UTF-8",
            id="latin 1",
        ),
        pytest.param(
            HEADER.encode() + b'\na,p,s,base,"c"1,1,COMPLETED,resolved,YES\n',
            "2:1: this is no CSV from here on",
            id="broken quotes",
        ),
    ],
)
def test_a_file_of_another_form_is_named(data: bytes, words: str) -> None:
    assert words in bytes_mistakes(data)[0]


def test_unknown_missing_and_repeated_columns_are_all_told() -> None:
    header = "agent,personna,test_set,variant,test_case,iteration,status,metric,metric"
    assert mistakes(GOOD, header=header) == [
        "data.csv:1:7: there is no column 'personna'; did you mean 'persona'?",
        "data.csv:1:67: the column 'metric' stands here twice",
        "data.csv:1:1: columns missing: persona, value",
    ]


def test_of_many_mistakes_the_first_are_told_and_all_counted() -> None:
    told = mistakes(*["a,p,s,base,c,1,DONE,resolved,YES"] * 1000)
    assert len(told) == 21
    assert told[-1] == "data.csv: 980 more mistakes; mend these first"


def test_metrics_that_the_campaign_lost_since_are_left_out_of_what_it_is_compared_with() -> None:
    (table,) = tables(GOOD, "a,p,s,base,c1,1,COMPLETED,old,3", is_strict=False)
    assert table.notes == ("left out, because the campaign does not declare them: old",)
    assert table.evidence.simulations[0].values == {"resolved": "YES"}


def test_a_cell_of_which_nothing_was_seen_is_lost() -> None:
    found = evidence("a,p,s,base,,2,LOST,resolved,", "a,p,s,base,,1,LOST,resolved,")
    (cell,) = found.cells
    assert (cell.outcome, cell.attempts_lost) == (CellOutcome.LOST, 1)
    assert (cell.cases_planned, cell.iterations) == (1, 2)
    assert found.simulations == ()


def test_rows_of_a_cell_alone_tell_its_launches_and_what_coval_summed_up() -> None:
    rows = (
        "a,p,s,,,1,FAILED,runs,",
        "a,p,s,,,2,COMPLETED,runs,",
        'a,p,s,,,,COMPLETED,latency,"{""mean"": 1.5, ""min"": 1, ""max"": 2}"',
    )
    (cell,) = evidence(GOOD, *rows).cells
    assert (cell.attempts, cell.attempts_lost, cell.outcome) == (2, 1, CellOutcome.COLLECTED)
    assert cell.aggregates == {"latency": Aggregate(1.5, 1.0, 2.0)}


def test_cotool_runs_gather_what_was_said_of_them() -> None:
    rows = (
        "a,,,,run_1,,COMPLETED,quality,92.5",
        "a,,,,run_1,2,COMPLETED,criteria,unmet: second",
        "a,,,,run_1,1,COMPLETED,criteria,met: first: one",
        "a,,,,run_1,,COMPLETED,critical,none",
        "a,,,,run_2,,LOST,quality,",
    )
    first, second = evidence(*rows).scores
    assert first.run.score == 92.5
    assert [(c.text, c.met) for c in first.run.criteria or ()] == [
        ("first: one", True),
        ("second", False),
    ]
    assert first.run.delivers_critical_issues
    assert first.run.critical_issue is None
    assert (second.run.score, second.run.criteria) == (None, None)
    assert not second.run.delivers_critical_issues


def read_or_explain(content: bytes) -> None:
    try:
        read_table(BytesIO(content), "data.csv", Vocabulary(METRICS))
    except TableInvalid as error:
        if not error.mistakes:
            raise


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_stands_in_a_file_it_is_read_or_its_mistakes_are_told(data: bytes) -> None:
    read_or_explain(data)
    read_or_explain(HEADER.encode() + b"\n" + data)


WORDS = (
    "a p s base ' 1 COMPLETED LOST runs resolved latency quality criteria critical {} [ nan none"
)
FIELDS = st.sampled_from(["", '"{""mean"": 1}"', "met: x", "1e5", *WORDS.split()])


@given(st.lists(st.lists(FIELDS, min_size=9, max_size=9).map(",".join), max_size=8))
def test_whatever_rows_say_they_are_read_or_their_mistakes_are_told(rows: list[str]) -> None:
    read_or_explain("\n".join((HEADER, *rows)).encode())


@pytest.mark.slow
def test_a_million_rows_are_read_in_reasonable_time() -> None:
    lines = (
        f"a,p,s,base,case-{case},{iteration},COMPLETED,{metric},{value}"
        for case in range(10_000)
        for iteration in range(1, 21)
        for metric, value in (("resolved", "YES"), ("latency", case), ("topic", "x"))
    )
    (table,) = tables(*lines, *(f"b,p,s,base,c{n},1,LOST,topic," for n in range(400_000)))
    assert len(table.evidence.simulations) == 600_000


def test_a_table_in_another_encoding_is_told_in_one_line() -> None:
    assert bytes_mistakes(HEADER.encode("utf-16")) == [
        "data.csv:1:1: byte 0xff is not UTF-8; save the table as CSV in UTF-8"
    ]


@pytest.mark.parametrize(
    ("metric", "said", "is_graded"),
    [
        pytest.param("critical", "none", True, id="no critical issue"),
        pytest.param("criteria", "met: Found the host", True, id="a criterion"),
        pytest.param("critical", "", False, id="nothing"),
    ],
)
def test_without_a_score_in_the_campaign_whatever_was_said_of_a_run_grades_it(
    metric: str, said: str, is_graded: bool
) -> None:
    (score,) = evidence(f"a,,,,run_1,,COMPLETED,{metric},{said}").scores

    assert (score.run.score is not None) is is_graded
