from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from campaignd.core.diagrams import states_page
from campaignd.core.states import (
    DELIVERY_MEANINGS,
    DELIVERY_MOVES,
    EXECUTION_MEANINGS,
    EXECUTION_MOVES,
    LAUNCH_MEANINGS,
    LAUNCH_MOVES,
)

PAGE = Path(__file__).parents[1] / "docs" / "states.md"
MACHINES = [
    pytest.param("Execution", EXECUTION_MOVES, EXECUTION_MEANINGS, id="execution"),
    pytest.param("Launch", LAUNCH_MOVES, LAUNCH_MEANINGS, id="launch"),
    pytest.param("Delivery", DELIVERY_MOVES, DELIVERY_MEANINGS, id="delivery"),
]


def section(title: str) -> str:
    return states_page().split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_page_in_the_documentation_shows_the_tables_as_they_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == states_page(), (
        "docs/states.md is stale: `make docs` writes it anew"
    )


@pytest.mark.parametrize(("title", "moves", "meanings"), MACHINES)
def test_a_diagram_has_an_arrow_for_every_move_and_no_other(
    title: str, moves: Mapping[Any, frozenset[Any]], meanings: Mapping[Any, str]
) -> None:
    arrows = {line.strip() for line in section(title).splitlines() if " --> " in line}
    between = {f"{old} --> {new}" for old, following in moves.items() for new in following}
    ends = {f"{state} --> [*]" for state, following in moves.items() if not following}
    assert arrows == between | ends | {f"[*] --> {next(iter(moves))}"}


@pytest.mark.parametrize(("title", "moves", "meanings"), MACHINES)
def test_every_state_is_explained_once(
    title: str, moves: Mapping[Any, frozenset[Any]], meanings: Mapping[Any, str]
) -> None:
    rows = [line.split(" | ")[:2] for line in section(title).splitlines() if "| `" in line[:3]]
    assert rows == [[f"| `{state}`", meanings[state]] for state in moves]
    assert len(set(meanings.values())) == len(moves)
