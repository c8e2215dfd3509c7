from dataclasses import replace
from typing import Any

import pytest

from campaignd.core.gates import Declared, parse_gate
from campaignd.core.gates.margins import parse_margin

BASE: dict[str, Any] = {"than": "base", "per": "mutation"}


@pytest.mark.parametrize(
    ("gate", "path", "message"),
    [
        pytest.param(
            {"not_worse": "resolved", "allow": 0.05},
            ("allow",),
            "`allow` needs points here, like `5 points`, because 'resolved' is a share",
            id="a number of a share",
        ),
        pytest.param(
            {"no_drop": "resolved", "rule_out": "20%"},
            ("rule_out",),
            "`rule_out` needs points here, like `5 points`, because 'resolved' is a share",
            id="percent of a share",
        ),
        pytest.param(
            {"no_drop": "latency", "rule_out": "20 points"},
            ("rule_out",),
            "`rule_out` is in points, and 'latency' has no pass_when that makes it a share",
            id="points of a number",
        ),
        pytest.param(
            {"no_drop": "latency", "rule_out": "20 ms"},
            ("rule_out",),
            "`rule_out` is in ms, and 'latency' is in s",
            id="another unit",
        ),
        pytest.param(
            {"no_drop": "plain", "rule_out": 2},
            ("rule_out",),
            "nothing says whether more or less of 'plain' is better",
            id="no direction",
        ),
        pytest.param(
            {"no_drop": "rating", "rule_out": "100%"},
            ("rule_out",),
            "a number cannot fall by 100% or more: write a smaller margin",
            id="all of it",
        ),
        pytest.param(
            {"not_worse": "resolved", "allow": "100 points"},
            ("allow",),
            "a share cannot change by more than 100 points",
            id="all there is",
        ),
        pytest.param(
            {"no_drop": "quality", "rule_out": 100, "than": "baseline", "per": "agent"},
            ("rule_out",),
            "'quality' cannot change by more than 100",
            id="all scores",
        ),
        pytest.param(
            {"no_drop": "resolved", "rule_out": "20 points", "variants": "all"},
            ("variants",),
            "the base agent cannot be compared with itself",
            id="the base agent among all",
        ),
        pytest.param(
            {"no_drop": "resolved", "rule_out": "20 points", "without_baseline": "block"},
            ("without_baseline",),
            "without_baseline is for than: baseline, and this one is than: base",
            id="no need of a baseline",
        ),
        pytest.param(
            {"no_drop": "resolved", "rule_out": "120 points"},
            ("rule_out",),
            "a share cannot change by more than 100 points",
            id="more than there is",
        ),
        pytest.param(
            {"no_drop": "resolved", "rule_out": "0 points"},
            ("rule_out",),
            "no number of test cases rules every drop out",
            id="every drop",
        ),
        pytest.param(
            {"no_drop": "simulations", "rule_out": "5%"},
            ("rule_out",),
            "`rule_out` needs points here, like `5 points`",
            id="simulations",
        ),
        pytest.param(
            {"no_drop": "resolved", "rule_out": "5 points", "variants": "base", "per": "cell"},
            ("variants",),
            "the base agent cannot be compared with itself",
            id="base with base",
        ),
        pytest.param(
            {"improves": "latency", "by": "100%"},
            ("by",),
            "'latency' cannot fall by 100% or more",
            id="better than nothing",
        ),
        pytest.param(
            {"same_mix": "topics", "allow": "5 points"},
            ("same_mix",),
            "same_mix takes texts or numbers, and 'topics' holds sets",
            id="a mix of sets",
        ),
        pytest.param(
            {"same_mix": "outcome", "allow": "5%"},
            ("allow",),
            "`allow` needs points here, like `10 points`: a mix is made of shares",
            id="a mix in percent",
        ),
        pytest.param(
            {"same_mix": "outcome", "allow": "0 points"},
            ("allow",),
            "a mix can be different by more than 0 and less than 100 points",
            id="a mix without a margin",
        ),
    ],
)
def test_what_a_comparison_cannot_do_is_told(
    declared: Declared, gate: dict[str, Any], path: tuple[str, ...], message: str
) -> None:
    (mistake,) = parse_gate({**BASE, **gate}).check(declared)

    assert (mistake.path, mistake.message) == (path, message)


@pytest.mark.parametrize(
    ("gate", "path", "message"),
    [
        pytest.param(
            {"no_drop": "quality", "than": "base", "rule_out": 5},
            ("than",),
            "'quality' is scored by Cotool, which knows no base and mutations",
            id="scores against base",
        ),
        pytest.param(
            {"within_usual": "plain"},
            ("within_usual",),
            "nothing says which way 'plain' gets worse",
            id="usual without a direction",
        ),
        pytest.param(
            {"within_usual": "topics2"}, ("within_usual",), "not declared", id="no such metric"
        ),
        pytest.param(
            {"all_tries": "latency", "k": 3, "at_least": "80%"},
            ("all_tries",),
            "all_tries asks what passes, and 'latency' has no pass_when",
            id="tries of a number",
        ),
        pytest.param(
            {"all_tries": "quality", "k": 3, "at_least": "80%"},
            ("all_tries",),
            "'quality' is scored by Cotool, where every run is tried once",
            id="tries of a score",
        ),
        pytest.param(
            {"all_tries": "resolved", "k": 3, "at_least": "80%", "across": "this_set"},
            ("across",),
            "all_tries is about test cases",
            id="tries of this set",
        ),
        pytest.param(
            {"pass_rate": "resolved", "at_least": "80%", "need": "any"},
            ("need",),
            "need: any asks for one of several groups, and this gate is not split",
            id="any of one",
        ),
        pytest.param(
            {"pass_rate": "resolved", "at_least": "80%", "decide": "proven", "correct": "bh"},
            ("correct",),
            "correct is for the results of a split gate, and this gate is not split",
            id="one result corrected",
        ),
        pytest.param(
            {"pass_rate": "resolved", "at_least": "80%", "per": "cell", "correct": "bh"},
            ("correct",),
            "correct is for what must be proven, and this gate goes by what is observed",
            id="observed and corrected",
        ),
        pytest.param(
            {"all_tries": "resolved", "k": 3, "at_most": "100%"},
            ("at_most",),
            "every share is at most 100%: this gate cannot fail",
            id="a vacuous share of tries",
        ),
        pytest.param(
            {
                "any": [
                    {"pass_rate": "resolved", "at_least": "80%", "when_unsure": "warn"},
                    {"mean": "latency", "at_most": 1},
                ]
            },
            ("any", 0, "when_unsure"),
            "inside any no gate is unsure by itself",
            id="warning inside",
        ),
    ],
)
def test_what_other_kinds_cannot_do_is_told(
    declared: Declared, gate: dict[str, Any], path: tuple[Any, ...], message: str
) -> None:
    (mistake,) = parse_gate(gate).check(declared)

    assert mistake.path == path
    assert message in mistake.message


def test_without_mutations_nothing_is_compared_with_base(declared: Declared) -> None:
    gate = parse_gate({"no_drop": "resolved", "than": "base", "rule_out": "5 points"})

    paths = [mistake.path for mistake in gate.check(replace(declared, mutations=()))]

    assert ("than",) in paths


@pytest.mark.parametrize(
    ("option", "message"),
    [
        pytest.param({"confidence": "100%"}, "is no confidence: write 90%", id="certainty"),
        pytest.param({"decide": "provn"}, "did you mean 'proven'?", id="a typo"),
        pytest.param({"across": "cells"}, "write test_cases or this_set", id="no such claim"),
        pytest.param({"correct": "bonferroni"}, "write holm, bh or none", id="no such method"),
    ],
)
def test_options_are_read_strictly(option: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="gate") as caught:
        parse_gate({"pass_rate": "resolved", "at_least": "80%", **option})

    assert message in str(caught.value)


def test_a_negative_margin_is_refused() -> None:
    with pytest.raises(ValueError, match="a margin is how much, and not which way: write 5"):
        parse_gate({"no_drop": "resolved", "than": "base", "rule_out": "-5 points"})


def test_a_margin_below_nothing_is_told_with_its_unit() -> None:
    with pytest.raises(ValueError, match=r"write 5 points$"):
        parse_margin("-5 points")
