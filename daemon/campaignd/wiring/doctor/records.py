"""The database: its file, who drives what is unfinished, and webhooks that did not arrive."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from anyio import to_thread

from campaignd.adapters.reporters.checkup import Check, Finding, Level
from campaignd.adapters.reporters.notation import sized
from campaignd.adapters.store.database import Database, path_of
from campaignd.adapters.store.executions import Executions
from campaignd.adapters.store.health import FileHealth, Schema, examine_file, read_schema
from campaignd.adapters.store.history import History, Undelivered
from campaignd.adapters.store.ownership import OwnerLocks, locks_beside
from campaignd.core.execution import tag_of
from campaignd.core.states import DeliveryState, ExecutionState
from campaignd.engine.faults import StorageTrouble
from campaignd.engine.records import Stored
from campaignd.wiring.chance import SystemClock
from campaignd.wiring.doctor.patient import Patient

MIB = 1024 * 1024
LITTLE_SPACE = 1024 * MIB
NO_SPACE = 100 * MIB
RECENT = timedelta(days=7)
RETRY = "campaignd deliveries retry --all"
Examine = Callable[[Database, Path], FileHealth]
_ELSEWHERE = "Choose another place: CAMPAIGND_DATABASE_URL=sqlite:////path/to/campaignd.db."


@dataclass(frozen=True, slots=True)
class Records:
    """A database that can be read."""

    history: History
    executions: Executions
    locks: OwnerLocks | None


@dataclass(frozen=True, slots=True)
class Opened:
    """What was seen of the database, and its records if they can be read."""

    findings: tuple[Finding, ...]
    records: Records | None = None


@asynccontextmanager
async def open_records(
    url: str, *, may_migrate: bool, examine: Examine = examine_file
) -> AsyncIterator[Opened]:
    """Open the database as it is: nothing is created and nothing migrated."""
    database = _open(url)
    if isinstance(database, Finding):
        yield Opened((database,))
        return
    try:
        seen, is_current = await to_thread.run_sync(_examine, database, may_migrate, examine)
        yield Opened(tuple(seen), _records(database) if is_current else None)
    finally:
        database.close()


async def check_work(records: Records, patient: Patient) -> list[Finding]:
    """Tell of unfinished executions and undelivered messages."""
    try:
        return [
            *await _check_executions(records, patient),
            *await _check_deliveries(records),
        ]
    except StorageTrouble as trouble:
        return [Finding(Check.EXECUTIONS, Level.PROBLEM, str(trouble))]


def judge_schema(schema: Schema, may_migrate: bool) -> Iterator[Finding]:
    """Tell of tables that are not those of this campaignd."""
    match schema:
        case Schema.NEWER:
            yield Finding(
                Check.DATABASE,
                Level.PROBLEM,
                "the database was written by a newer campaignd",
                "Upgrade campaignd, or name another database.",
            )
        case Schema.OLDER if may_migrate:
            yield Finding(
                Check.DATABASE,
                Level.WARNING,
                "the database is older than this campaignd",
                "The next command that uses it makes a backup beside it and migrates it.",
            )
        case Schema.OLDER:
            yield Finding(
                Check.DATABASE,
                Level.PROBLEM,
                "the database is older than this campaignd and may not be migrated",
                "Bring it up to date, after a backup:",
                ("campaignd db upgrade",),
            )
        case Schema.MISSING:
            yield Finding(
                Check.DATABASE, Level.OK, "the database is empty; the next command fills it"
            )
        case Schema.CURRENT:
            return


def judge_file(health: FileHealth) -> Iterator[Finding]:
    """Tell what is wrong with a file and its disk."""
    if health.flaws:
        yield Finding(
            Check.DATABASE,
            Level.PROBLEM,
            f"{health.path} is damaged: {'; '.join(health.flaws)}",
            "Keep a copy of it and put a backup in its place.",
        )
    if health.journal_mode != "wal":
        yield Finding(
            Check.DATABASE,
            Level.WARNING,
            f"{health.path} has journal mode {health.journal_mode}: processes block one another",
            "Put it on a local disk: network file systems know no write-ahead log.",
        )
    if health.free < LITTLE_SPACE:
        yield Finding(
            Check.DATABASE,
            Level.PROBLEM if health.free < NO_SPACE else Level.WARNING,
            f"only {_sized(health.free)} are free on the disk of {health.path}",
            "Free some space: without it no result can be stored.",
        )


def _open(url: str) -> Database | Finding:
    try:
        path = path_of(url)
        return Database(url) if path is None or path.exists() else _tell_absent(path)
    except StorageTrouble as trouble:
        return Finding(Check.DATABASE, Level.PROBLEM, str(trouble))
    except OSError as error:
        words = f"the database's folder cannot be looked into: {error.strerror}: {error.filename}"
        return Finding(Check.DATABASE, Level.PROBLEM, words, _ELSEWHERE)


def _tell_absent(path: Path) -> Finding:
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if os.access(folder, os.W_OK | os.X_OK):
        words = f"there is no {path} yet; the first command that needs it makes it"
        return Finding(Check.DATABASE, Level.OK, words)
    return Finding(
        Check.DATABASE,
        Level.PROBLEM,
        f"there is no {path} yet, and nothing can be written to {folder}",
        _ELSEWHERE,
    )


def _examine(database: Database, may_migrate: bool, examine: Examine) -> tuple[list[Finding], bool]:
    try:
        schema = read_schema(database)
        health = None if database.path is None else examine(database, database.path)
    except StorageTrouble as trouble:
        return [Finding(Check.DATABASE, Level.PROBLEM, str(trouble))], False
    seen = [*judge_schema(schema, may_migrate), *(judge_file(health) if health else ())]
    return seen or [_praise(health)], schema is Schema.CURRENT


def _praise(health: FileHealth | None) -> Finding:
    words = "the database answers and is current"
    if health is not None:
        sizes = f"{_sized(health.size)}, {_sized(health.free)} free on its disk"
        words = f"{health.path} is whole, current and writable; {sizes}"
    return Finding(Check.DATABASE, Level.OK, words)


def _records(database: Database) -> Records:
    path = database.path
    locks = None if path is None else locks_beside(path)
    return Records(History(database), Executions(database), locks)


async def _check_executions(records: Records, patient: Patient) -> list[Finding]:
    unfinished, told = [], []
    for execution in await records.history.unfinished():
        try:
            unfinished.append(await records.executions.load(execution))
        except (ValueError, LookupError) as flaw:
            told.append(_tell_damaged(execution, flaw))
    abandoned = [stored for stored in unfinished if not _is_driven(records, stored)]
    told += [_tell_abandoned(stored, patient) for stored in abandoned]
    if told:
        return told
    driven = sized(len(unfinished), "execution")
    words = f"{driven} under way, each driven by a living process" if unfinished else "none is open"
    return [Finding(Check.EXECUTIONS, Level.OK, words)]


def _is_driven(records: Records, stored: Stored) -> bool:
    return records.locks is None or records.locks.is_alive(stored.execution.owner)


def _tell_damaged(execution: str, flaw: Exception) -> Finding:
    return Finding(
        Check.EXECUTIONS,
        Level.PROBLEM,
        f"execution {execution} cannot be read: {flaw}",
        "It is left alone, and other executions go on. Put a backup of the database in its place, "
        "or end what it has on Coval:",
        (f"campaignd cancel --tag {tag_of(execution)}",),
    )


def _tell_abandoned(stored: Stored, patient: Patient) -> Finding:
    execution = stored.execution
    words = f"the process of execution {execution.id} of {execution.campaign} is gone, and "
    if execution.state is ExecutionState.FINISHED:
        left = sum(not launch.is_settled for launch in stored.launches)
        words += f"{sized(left, 'launch')} of it may still go on"
    else:
        words += f"it is {execution.state}, without a verdict"
    advice, command = "Continue it:", patient.command("resume", execution.id)
    return Finding(Check.EXECUTIONS, Level.WARNING, words, advice, (command,))


async def _check_deliveries(records: Records) -> list[Finding]:
    messages = await records.history.undelivered(SystemClock().now() - RECENT)
    given_up = [m for m in messages if m.state in {DeliveryState.FAILED, DeliveryState.DISABLED}]
    waiting = [m for m in messages if m not in given_up]
    seen = []
    if waiting:
        words = f"{sized(len(waiting), 'webhook message')} not delivered yet{_last(waiting)}"
        advice = "The next command that drives an execution tries again; this one tries now:"
        seen.append(Finding(Check.DELIVERIES, Level.WARNING, words, advice, (RETRY,)))
    if given_up:
        count = sized(len(given_up), "webhook message")
        words = f"{count} given up within {RECENT.days} days{_last(given_up)}"
        advice = "Mend the receiver or the address, then send them again:"
        seen.append(Finding(Check.DELIVERIES, Level.WARNING, words, advice, (RETRY,)))
    return seen or [Finding(Check.DELIVERIES, Level.OK, "every webhook message is delivered")]


def _last(messages: list[Undelivered]) -> str:
    details = [message.detail for message in messages if message.detail]
    return f"; the last try of one: {details[-1]}" if details else ""


def _sized(count: int) -> str:
    mib = count / MIB
    return f"{mib:.1f} MiB" if mib < LITTLE_SPACE / MIB else f"{mib / 1024:.0f} GiB"
