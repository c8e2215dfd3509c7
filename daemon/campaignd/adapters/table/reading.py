"""From a table to the evidence of the executions in it, or to all its mistakes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from campaignd.adapters.table.cells import STATUS_OF, CellRows, VariantRows, simulate
from campaignd.adapters.table.columns import LOST, RUNS, STATUSES, TIMED_OUT, Metrics
from campaignd.adapters.table.flaws import Flaws
from campaignd.adapters.table.meters import COMPLAINTS, cotool_metrics, make_meters
from campaignd.adapters.table.records import Record, Records
from campaignd.adapters.table.runs import RunRows
from campaignd.adapters.table.values import read_aggregate, read_name, read_value
from campaignd.core.coval import Value
from campaignd.core.evidence import BASE, Evidence
from campaignd.core.metrics import SIMULATIONS
from campaignd.core.mistakes import suggest
from campaignd.core.scalars import shown
from campaignd.engine.faults import TableInvalid
from campaignd.engine.records import Tabled

_LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The campaign's metrics by name, and its agents that Cotool scores.

    `is_strict`: metrics of other names are mistakes, else they are left out and noted.
    """

    metrics: Metrics
    scored: tuple[str, ...] = ()
    is_strict: bool = True


def read_table(file: BinaryIO, source: str, vocabulary: Vocabulary) -> Sequence[Tabled]:
    """Read a table, execution by execution in the order they turn up; at least one.

    `source` names the file in messages. Raises TableInvalid with all mistakes, up to a limit.
    """
    flaws = Flaws(source)
    records = Records(file, flaws)
    reading = _Reading(records, flaws, vocabulary)
    for record in records:
        reading.take(record)
    if not flaws.count and not reading.executions:
        flaws.add(1, 1, "there are no rows below the header")
    if flaws.count:
        raise TableInvalid(flaws.told)
    return [gathered.tabled(vocabulary) for gathered in reading.executions.values()]


class _Gathered:
    """What the table says of one execution."""

    def __init__(self, execution: str | None) -> None:
        self.execution = execution
        self.cells: dict[tuple[str, str, str], CellRows] = {}
        self.runs: dict[tuple[str, str], RunRows] = {}
        self.strangers: dict[str, None] = {}

    def cell(self, place: tuple[str, str, str]) -> CellRows:
        cell = self.cells.get(place)
        if cell is None:
            cell = self.cells[place] = CellRows(*place)
        return cell

    def tabled(self, vocabulary: Vocabulary) -> Tabled:
        cells = self.cells.values()
        evidence = Evidence(
            cells=tuple(cell.evidence() for cell in cells),
            simulations=tuple(simulation for cell in cells for simulation in cell.simulations()),
            scores=tuple(run.evidence() for run in self.runs.values()),
            scored=vocabulary.scored,
        )
        return Tabled(self.execution, evidence, tuple(_notes(self.strangers)))


def _notes(strangers: Iterable[str]) -> Iterable[str]:
    names = ", ".join(strangers)
    if names:
        yield f"left out, because the campaign does not declare them: {names}"


class _Reading:
    def __init__(self, records: Records, flaws: Flaws, vocabulary: Vocabulary) -> None:
        self.executions: dict[str, _Gathered] = {}
        self._records, self._flaws = records, flaws
        self._metrics = vocabulary.metrics
        self._is_strict = vocabulary.is_strict
        self._meters = make_meters(vocabulary.metrics)
        self._cotool = cotool_metrics(vocabulary.metrics)
        self._known = frozenset({*vocabulary.metrics, SIMULATIONS, ""})
        self._numbers: dict[str, int] = {"": 0}

    def take(self, record: Record) -> None:
        execution, agent, persona, test_set, *_ = record
        gathered = self.executions.get(execution)
        if gathered is None:
            gathered = self.executions[execution] = _Gathered(execution or None)
        number = self._numbers.get(record[6])
        if number is None:
            number = self._read_iteration(record[6])
        if not self._fits(gathered, record):
            return
        if record[8] in self._cotool:
            self._take_run(gathered, record, number)
        elif _is_of_cell(record):
            self._take_cell(gathered.cell((agent, persona, test_set)), record)
        else:
            self._take_simulation(gathered.cell((agent, persona, test_set)), record, number)

    def _fits(self, gathered: _Gathered, record: Record) -> bool:
        """Whether a row says what it is about; what is wrong with it is told."""
        metric, status = record[8], record[7]
        if status not in STATUS_OF:
            hint = suggest(status.upper(), STATUSES) or f"write {', '.join(STATUSES)}"
            self._flaw("status", f"there is no status {shown(status)}", hint)
            return False
        if metric not in self._known and not (metric == RUNS and _is_of_cell(record)):
            self._tell_stranger(gathered, metric)
            return False
        wanted = ("agent",) if metric in self._cotool else ("agent", "persona", "test_set")
        missing = [name for name, text in zip(wanted, record[1:4], strict=False) if not text]
        for column in missing:
            self._flaw(column, f"the {column} is missing")
        return not missing

    def _read_iteration(self, text: str) -> int:
        """Read an iteration; 0, where there is none, and after a mistake."""
        good = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER and int(text) > 0
        if not good:
            self._flaw("iteration", f"an iteration is a number from 1 on, found {shown(text)}")
            return 0
        self._numbers[text] = int(text)
        return self._numbers[text]

    def _take_simulation(self, cell: CellRows, record: Record, number: int) -> None:
        metric = record[8]
        rows = cell.variant(record[4] or BASE)
        case = read_name(record[5])
        if case is None and number and record[7] == LOST:
            rows.unseen[metric].append(number)
            return
        self._take_value(cell, rows, record, (case, number or rows.next_iteration(metric, case)))

    def _take_value(
        self, cell: CellRows, rows: VariantRows, record: Record, place: tuple[str | None, int]
    ) -> None:
        status, metric, line = record[7], record[8], self._records.line
        simulation = rows.simulations.get(place)
        is_new = simulation is None
        if simulation is None:
            simulation = simulate(cell.key, record[4] or BASE, place, status, line)
            rows.simulations[place] = simulation
        elif simulation.status != STATUS_OF[status]:
            where = simulation.simulation_id
            self._flaw("status", f"this simulation has another status in {where}")
        values = cast("dict[str, Value]", simulation.values)
        if metric in self._meters:
            if metric in values:
                self._flaw("agent", f"this row stands here twice: see {simulation.simulation_id}")
            values[metric] = self._read_value(record[9], metric)
        elif not is_new:
            self._flaw("agent", f"this row stands here twice: see {simulation.simulation_id}")

    def _read_value(self, text: str, metric: str) -> Value:
        try:
            value = read_value(text)
        except ValueError as error:
            self._flaw("value", f"{metric}: {error}")
            return None
        if complaint := self._meters[metric].complain(value, self._records.line):
            self._flaw("value", complaint)
        return value

    def _take_cell(self, cell: CellRows, record: Record) -> None:
        """Take a row about a cell as a whole: a launch, or what Coval summed up itself."""
        status, metric, text = record[7], record[8], record[9]
        if text.startswith("{"):
            try:
                cell.aggregates[metric] = read_aggregate(text)
            except ValueError as error:
                self._flaw("value", f"{metric}: {error}")
        elif text in {"", TIMED_OUT}:
            cell.launches.append((status, text))
        else:
            self._flaw("value", f"a launch has no value but {TIMED_OUT!r}, found {shown(text)}")

    def _take_run(self, gathered: _Gathered, record: Record, number: int) -> None:
        agent, run_id, status, metric = record[1], read_name(record[5]), record[7], record[8]
        if run_id is None:
            self._flaw("test_case", "the id of the Cotool run is missing")
            return
        kind = self._cotool[metric].cotool
        place = (agent, run_id)
        run = gathered.runs.get(place)
        if run is None:
            run = gathered.runs[place] = RunRows(agent, run_id, len(gathered.runs), status)
        if run.status != status:
            self._flaw("status", f"the run {shown(run_id)} has another status above")
        number = number or (run.next_number(metric) if kind == "criteria" else 0)
        if run.has(metric, number):
            self._flaw("agent", f"this row of the run {shown(run_id)} stands here twice")
            return
        run.take(metric, kind, number, self._read_said(record[9], metric, kind))

    def _read_said(self, text: str, metric: str, kind: str) -> Value:
        try:
            value = read_value(text)
        except ValueError as error:
            self._flaw("value", f"{metric}: {error}")
            return None
        complaint = COMPLAINTS[kind](value)
        if complaint is None:
            return value
        self._flaw("value", f"{metric}: {complaint}")
        return None

    def _tell_stranger(self, gathered: _Gathered, metric: str) -> None:
        if not self._is_strict:
            gathered.strangers[metric] = None
            return
        known = [*self._metrics]
        hint = suggest(metric, known) or f"the campaign declares {', '.join(known) or 'none'}"
        self._flaw("metric", f"there is no metric {shown(metric)}", hint)

    def _flaw(self, column: str, message: str, hint: str | None = None) -> None:
        self._flaws.add(*self._records.place_of(column), message, hint)


def _is_of_cell(record: Record) -> bool:
    """Whether a row is about a cell as a whole."""
    _, _, persona, _, variant, case, _, _, metric, text = record
    about_all = bool(persona) and not variant and not case
    return about_all and (metric == RUNS or text.startswith("{"))
