"""What executions are compared with, and what people pinned."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from campaignd.adapters.store.database import Database
from campaignd.adapters.store.moves import confirm
from campaignd.adapters.store.tables import (
    ComparedFileRow,
    ComparisonRow,
    ExecutionRow,
    PinRow,
)
from campaignd.core.execution import Execution
from campaignd.core.gates.than import Than
from campaignd.core.report import GateReport
from campaignd.core.states import ExecutionState
from campaignd.core.verdicts import Verdict, may_become_baseline
from campaignd.engine.records import ComparedFile, Comparison, Search

_AT_A_TIME = 20
"""Executions whose gate results are in memory at once."""


@dataclass(frozen=True, slots=True)
class Pin:
    """An execution that somebody chose as baseline on an account."""

    account: str
    execution: str
    pinned_at: datetime


class ComparisonRows:
    """The engine's `Comparisons` in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def chosen(self, execution: str) -> Mapping[Than, Comparison]:
        """Read what was chosen for an execution when it was created, or judged."""
        return await self._database.read(lambda session: dict(_chosen(session, execution)))

    async def choose(self, execution: Execution, than: Than, chosen: Comparison) -> None:
        """Remember a choice; one that was made before stands. Raises OwnershipLost."""
        await self._database.write(lambda session: _choose(session, execution, than, chosen))

    async def pinned(self, campaign: str, account: str) -> str | None:
        """Read which execution a person chose as baseline."""
        found = await self._database.read(lambda session: session.get(PinRow, (campaign, account)))
        return None if found is None else found.execution

    async def eligible(self, search: Search, limit: int) -> Sequence[str]:
        """Find executions that may serve as baseline, the newest first."""
        return await self._database.read(lambda session: _eligible(session, search, limit))

    async def pins(self, campaign: str) -> Sequence[Pin]:
        """List what is pinned for a campaign, account by account."""
        return await self._database.read(lambda session: _pins(session, campaign))

    async def pin(self, execution: Execution, at: datetime) -> None:
        """Pin an execution as baseline of its campaign on its account."""
        row = PinRow(
            campaign=execution.campaign,
            account=execution.account,
            execution=execution.id,
            pinned_at=at,
        )
        await self._database.write(lambda session: session.merge(row))

    async def unpin(self, campaign: str) -> Sequence[Pin]:
        """Forget what is pinned for a campaign; return what was."""
        return await self._database.write(lambda session: _unpin(session, campaign))


def add_compared(session: Session, execution: str, compared: Mapping[Than, ComparedFile]) -> None:
    """Store the tables that a new execution is compared with, as they are now."""
    for than, file in compared.items():
        session.add(_row(session, execution, than, Comparison(file=file)))


def _chosen(session: Session, execution: str) -> Iterator[tuple[Than, Comparison]]:
    query = select(ComparisonRow).where(ComparisonRow.execution == execution)
    for row in session.exec(query):
        file = None
        if row.file is not None:
            data = session.get_one(ComparedFileRow, row.file).data
            file = ComparedFile(row.title, zlib.decompress(data))
        yield _than(row), Comparison(row.other, file)


def _than(row: ComparisonRow) -> Than:
    known = {"baseline": Than("baseline"), "execution": Than("execution", row.name)}
    return known.get(row.source, Than("file", row.name))


def _choose(session: Session, execution: Execution, than: Than, chosen: Comparison) -> None:
    confirm(session, execution)
    if session.get(ComparisonRow, (execution.id, than.source, than.name)) is None:
        session.add(_row(session, execution.id, than, chosen))


def _row(session: Session, execution: str, than: Than, chosen: Comparison) -> ComparisonRow:
    return ComparisonRow(
        execution=execution,
        source=than.source,
        name=than.name,
        other=chosen.execution,
        title="" if chosen.file is None else chosen.file.title,
        file=None if chosen.file is None else _store_file(session, chosen.file.data),
    )


def _store_file(session: Session, data: bytes) -> str:
    digest = sha256(data).hexdigest()
    if session.get(ComparedFileRow, digest) is None:
        session.add(ComparedFileRow(sha256=digest, data=zlib.compress(data)))
        session.flush()
    return digest


def _eligible(session: Session, search: Search, limit: int) -> Sequence[str]:
    verdicts = [Verdict.PASSED.value, Verdict.INCONCLUSIVE.value]
    query = (
        select(ExecutionRow)
        .where(
            ExecutionRow.campaign == search.campaign,
            ExecutionRow.account == search.account,
            ExecutionRow.state == ExecutionState.FINISHED.value,
            ExecutionRow.id != search.besides,
            col(ExecutionRow.finished_at) <= search.until,
            col(ExecutionRow.verdict).in_(verdicts),
            col(ExecutionRow.pruned_at).is_(None),
        )
        .order_by(col(ExecutionRow.id).desc())
        .execution_options(yield_per=_AT_A_TIME)
    )
    if search.since is not None:
        query = query.where(col(ExecutionRow.created_at) >= search.since)
    found: list[str] = []
    for row in session.exec(query):
        if len(found) == limit:
            break
        if search.labels.items() <= row.labels.items() and _may_serve(row):
            found.append(row.id)
    return found


def _may_serve(row: ExecutionRow) -> bool:
    if row.verdict == Verdict.PASSED.value:
        return True
    return may_become_baseline([GateReport.model_validate(gate) for gate in row.gates])


def _pins(session: Session, campaign: str) -> Sequence[Pin]:
    rows = session.exec(select(PinRow).where(PinRow.campaign == campaign).order_by(PinRow.account))
    return [Pin(row.account, row.execution, row.pinned_at) for row in rows]


def _unpin(session: Session, campaign: str) -> Sequence[Pin]:
    pins = _pins(session, campaign)
    for pin in pins:
        session.delete(session.get_one(PinRow, (campaign, pin.account)))
    return pins
