from typing import Any

import pytest

from campaignd.core.gates import parse_gate
from campaignd.core.gates.foresight.design import Block, Design, blocks_of

SCORED = {"pass_rate": "quality"}


@pytest.fixture
def design(ahead: Any, metrics: Any) -> Design:
    cells = ahead.cells(12, iterations=3, personas=2, mutations=2)
    return Design(cells, metrics, {"ops": 40, "desk": None})


def blocks(design: Design, **gate: Any) -> tuple[Block, ...]:
    return blocks_of(parse_gate({"pass_rate": "resolved", "at_least": "90%", **gate}), design)


def test_a_test_case_counts_once_however_many_tries_and_personas_it_has(design: Design) -> None:
    (block,) = blocks(design)
    assert (block.cases, block.values, block.tries) == (12, 72, 6)


@pytest.mark.parametrize(
    ("options", "scopes", "size"),
    [
        pytest.param({"per": "persona"}, ["calm", "elderly"], (12, 36), id="personas"),
        pytest.param({"per": "mutation"}, ["m1", "m2"], (12, 72), id="mutations, not the base"),
        pytest.param({"per": "variant"}, ["base", "m1", "m2"], (12, 72), id="all variants"),
        pytest.param({"variants": "mutations"}, [], (12, 144), id="mutations pooled"),
        pytest.param({"variants": "m2"}, [], (12, 72), id="one mutation"),
        pytest.param({"where": {"personas": ["calm"]}}, [], (12, 36), id="where"),
    ],
)
def test_blocks_are_what_the_gate_will_look_at(
    design: Design, options: Any, scopes: list[str], size: tuple[int, int]
) -> None:
    found = blocks(design, **options)
    assert [name for block in found for name in block.scope.values()] == scopes
    assert {(block.cases, block.values) for block in found} == {size}


def test_an_unknown_size_stays_unknown(ahead: Any, metrics: Any) -> None:
    (block,) = blocks(Design(ahead.cells(None), metrics))
    assert (block.cases, block.values) == (None, None)


def test_each_run_of_cotool_counts_once(design: Design) -> None:
    pooled, ops = (
        blocks(design, **{**SCORED, "where": {"agents": agents}})
        for agents in (["ops", "desk"], ["ops"])
    )
    assert [block.cases for block in pooled] == [None]
    assert [(block.cases, block.values) for block in ops] == [(40, 40)]
    assert [b.cases for b in blocks(design, **SCORED, per="agent")] == [40, None]
