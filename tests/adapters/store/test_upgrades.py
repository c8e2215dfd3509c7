"""Databases of earlier versions, with what was in them."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from tests.adapters.store.conftest import NOW, downgrade

from campaignd.adapters.store.comparisons import ComparisonRows
from campaignd.adapters.store.migration import prepare
from campaignd.adapters.store.tables import ExecutionRow
from campaignd.adapters.store.tokens import Tokens
from campaignd.core.gates.than import BASELINE
from campaignd.engine.records import Comparison


def version_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005"])
async def test_a_database_of_an_earlier_version_keeps_its_executions_and_learns_the_rest(
    shelf: Any, database_file: Path, revision: str
) -> None:
    execution = await shelf.begin()
    downgrade(shelf.database, revision)
    assert version_of(database_file) == revision
    prepare(shelf.database, may_migrate=True, installation="MINE", now=NOW)
    with shelf.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"render_as_batch": True})
        assert compare_metadata(context, ExecutionRow.metadata) == []
    assert await shelf.reload(execution) == execution
    comparisons = ComparisonRows(shelf.database)
    await comparisons.choose(execution, BASELINE, Comparison("01A"))
    assert await comparisons.chosen(execution.id) == {BASELINE: Comparison("01A")}
    assert not await Tokens(shelf.database).any()
