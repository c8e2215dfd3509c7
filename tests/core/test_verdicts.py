from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaignd.core.verdicts import (
    RANKING,
    TIMED_OUT,
    GateVerdict,
    Verdict,
    judge_execution,
    worst,
    worst_of_gates,
)


@dataclass(frozen=True)
class Judged:
    verdict: GateVerdict
    name: str = "Rate"
    blocks: bool = True
    reason_code: str | None = None


PASSED = Judged(GateVerdict.PASSED)
FAILED = Judged(GateVerdict.FAILED, "Latency")
UNSURE = Judged(GateVerdict.INCONCLUSIVE, "Drop")
ERRORED = Judged(GateVerdict.ERRORED, "Score")
LATE = Judged(GateVerdict.INCONCLUSIVE, "Late", reason_code=TIMED_OUT)
SHOWN = Judged(GateVerdict.FAILED, blocks=False)


@pytest.mark.parametrize(
    ("gates", "verdict", "reason"),
    [
        pytest.param(
            [], "inconclusive", "the campaign has no gates, so nothing was promised", id="no gates"
        ),
        pytest.param(
            [SHOWN], "inconclusive", "no gate counts: all of them say `blocks: false`", id="shown"
        ),
        pytest.param([PASSED], "passed", "the gate passed", id="one"),
        pytest.param(
            [PASSED, SHOWN, Judged(GateVerdict.PASSED, "Other")],
            "passed",
            "all 2 gates passed",
            id="what does not block is not counted",
        ),
        pytest.param([FAILED], "failed", "1 of 1 gate failed: Latency", id="it failed"),
        pytest.param(
            [PASSED, UNSURE, ERRORED, LATE, FAILED],
            "failed",
            "1 of 5 gates failed: Latency",
            id="failed is worst",
        ),
        pytest.param(
            [UNSURE, ERRORED, LATE],
            "timed_out",
            "1 of 3 gates lost data to a timeout: Late",
            id="then timed out",
        ),
        pytest.param(
            [PASSED, UNSURE, ERRORED],
            "errored",
            "1 of 3 gates could not be judged: Score",
            id="then errored",
        ),
        pytest.param(
            [PASSED, UNSURE], "inconclusive", "1 of 2 gates cannot tell: Drop", id="then unsure"
        ),
        pytest.param(
            [FAILED, FAILED, PASSED],
            "failed",
            "1 of 2 gates failed: Latency",
            id="a split gate counts once",
        ),
        pytest.param(
            [Judged(GateVerdict.FAILED, name) for name in "abcd"],
            "failed",
            "4 of 4 gates failed: a, b, c ...",
            id="many",
        ),
        pytest.param(
            [Judged(GateVerdict.FAILED, reason_code=TIMED_OUT)],
            "failed",
            "1 of 1 gate failed: Rate",
            id="a decided gate lost nothing to a timeout",
        ),
    ],
)
def test_the_worst_gate_makes_the_verdict(gates: list[Judged], verdict: str, reason: str) -> None:
    assert judge_execution(gates) == (Verdict(verdict), reason)


@given(st.lists(st.sampled_from(RANKING), max_size=6))
def test_the_worst_is_one_of_them_and_none_ranks_above_it(verdicts: list[Verdict]) -> None:
    found = worst(verdicts)

    assert found in verdicts or (not verdicts and found is Verdict.INCONCLUSIVE)
    assert all(RANKING.index(verdict) <= RANKING.index(found) for verdict in verdicts)


def test_nothing_measured_is_never_a_pass() -> None:
    assert worst([]) is Verdict.INCONCLUSIVE
    assert worst_of_gates([]) is GateVerdict.INCONCLUSIVE
