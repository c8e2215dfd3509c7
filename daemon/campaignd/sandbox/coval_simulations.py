"""Coval's `/simulations` and the metric outputs under them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from campaignd.sandbox import speech
from campaignd.sandbox.calls import Answer, Call
from campaignd.sandbox.courses import PlannedSimulation
from campaignd.sandbox.filters import FieldValue, Kind
from campaignd.sandbox.listing import Listing, Request, Row, answer_list, read_request
from campaignd.sandbox.moments import write_moment
from campaignd.sandbox.outputs import Output, Outputs
from campaignd.sandbox.refusals import invalid, unknown
from campaignd.sandbox.runs import Run
from campaignd.sandbox.terms import ULID
from campaignd.sandbox.world import World

SIMULATIONS = Listing(
    items="simulations",
    fields={
        "status": Kind.STATUS,
        "agent_id": Kind.TEXT,
        "persona_id": Kind.TEXT,
        "test_set_id": Kind.TEXT,
        "test_case_id": Kind.TEXT,
        "run_id": Kind.TEXT,
        "external_conversation_id": Kind.TEXT,
        "mutation_id": Kind.TEXT,
        "mutation_name": Kind.TEXT,
        "create_time": Kind.TIME,
        "metric.{metric_id}": Kind.VALUE,
    },
    orders=("create_time", "status"),
    largest_page=1000,
    metric_include="metric_values",
)
OUTPUTS = Listing(
    items="metrics",
    fields={
        "status": Kind.STATUS,
        "metric_id": Kind.TEXT,
        "metric_name": Kind.TEXT,
        "value": Kind.VALUE,
        "create_time": Kind.TIME,
        "start_time": Kind.TIME,
        "end_time": Kind.TIME,
    },
    orders=("metric_name", "create_time", "value", "start_time", "end_time"),
    default_order="metric_name",
    largest_page=1000,
)
_HEAVY = frozenset({"result", "runtime_metadata"})
_HIDDEN_WITH_METRICS: Answer = {
    "test_case_id": None,
    "mutation_id": None,
    "mutation_name": None,
    "source": None,
    "destination": None,
    "has_audio": False,
    "is_public": False,
}


class BatchBody(BaseModel):
    """The body of `POST /metrics/outputs:batchGet`."""

    metric_output_ids: list[Annotated[str, Field(min_length=26, max_length=26)]] = Field(
        min_length=1, max_length=100
    )


class CovalSimulations:
    """Answers requests about simulations. Every method may raise Refused."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._outputs = Outputs(world)

    def list_simulations(self, call: Call) -> Answer:
        request = read_request(SIMULATIONS, call)
        stuck = self._world.scenario.lists.repeat_page_token
        token = call.asked("page_token") if stuck else None
        return answer_list(request, self._rows(request, call.now), stuck_token=token)

    def read_simulation(self, call: Call) -> Answer:
        run, simulation = self._simulation(call)
        body = _body(run, simulation, call.now)
        return {"simulation": body | {"transcript": self._transcript(run, simulation, call.now)}}

    def list_outputs(self, call: Call) -> Answer:
        request = read_request(OUTPUTS, call)
        hidden = _hidden_by_view(call)
        run, simulation = self._simulation(call)
        outputs = self._outputs.of(run, simulation, call.now)
        rows = (_output_row(place, item, hidden) for place, item in enumerate(outputs))
        return answer_list(request, rows)

    def read_output(self, call: Call) -> Answer:
        """Answer with one output for a 26-character id, with all for a metric's id."""
        run, simulation = self._simulation(call)
        wanted = call.path["metric_output_id"]
        outputs = list(self._outputs.of(run, simulation, call.now))
        if not ULID.fullmatch(wanted):
            found = [item for item in outputs if item.metric_id == wanted]
            if not found:
                raise unknown("metric", wanted)
            return {"metric_outputs": [_write_output(item) for item in found]}
        for item in outputs:
            if item.output_id == wanted:
                return {"metric": _write_output(item)}
        raise unknown("metric output", wanted)

    def batch_get(self, call: Call) -> Answer:
        try:
            wanted = BatchBody.model_validate(call.json()).metric_output_ids
        except ValidationError:
            raise invalid("metric_output_ids", "1 to 100 ids of 26 characters are needed") from None
        found = (self._outputs.find(output_id, call.now) for output_id in dict.fromkeys(wanted))
        return {"metric_outputs": [_write_output(item) for item in found if item is not None]}

    def _simulation(self, call: Call) -> tuple[Run, PlannedSimulation]:
        simulation_id = call.path["simulation_id"]
        found = self._world.simulation(simulation_id, call.now)
        if found is None:
            raise unknown("simulation", simulation_id)
        return found

    def _rows(self, request: Request, now: datetime) -> Iterator[Row]:
        wanted = request.only("run_id")
        for run in self._world.runs(now):
            if now < run.course.queued_at or (wanted is not None and run.run_id not in wanted):
                continue
            for simulation in run.course.simulations:
                yield self._row(run, simulation, request, now)

    def _row(self, run: Run, simulation: PlannedSimulation, request: Request, now: datetime) -> Row:
        def show() -> Answer:
            body = _body(run, simulation, now)
            if request.wants_metrics:
                values = self._numbers(run, simulation, now)
                return body | _HIDDEN_WITH_METRICS | {"metric_values": values}
            return body

        return Row(
            read=lambda field: self._read_field(run, simulation, field, now),
            place=run.place * 1_000_000 + simulation.place,
            show=show,
        )

    def _read_field(
        self, run: Run, simulation: PlannedSimulation, field: str, now: datetime
    ) -> FieldValue:
        if field == "create_time":
            return run.course.queued_at
        if field.startswith("metric."):
            return self._read_metric(run, simulation, field.removeprefix("metric."), now)
        text = _body(run, simulation, now).get(field)
        return text if isinstance(text, str) else None

    def _read_metric(
        self, run: Run, simulation: PlannedSimulation, metric_id: str, now: datetime
    ) -> FieldValue:
        if metric_id not in run.launch.metrics:
            return None
        value = self._outputs.value(run, simulation, metric_id, now)
        return tuple(value) if isinstance(value, list) else value

    def _numbers(self, run: Run, simulation: PlannedSimulation, now: datetime) -> dict[str, float]:
        values = {
            metric_id: self._outputs.value(run, simulation, metric_id, now)
            for metric_id in run.launch.metrics
        }
        return {key: value for key, value in values.items() if isinstance(value, float)}

    def _transcript(
        self, run: Run, simulation: PlannedSimulation, now: datetime
    ) -> list[dict[str, Any]] | None:
        if run.simulation_status(simulation, now) != "COMPLETED":
            return None
        values = [
            self._world.measures.value(simulation.trial, metric_id, metric)
            for metric_id, metric in run.launch.metrics.items()
        ]
        return speech.converse(simulation.trial, went_well="NO" not in values)


def _body(run: Run, simulation: PlannedSimulation, now: datetime) -> dict[str, Any]:
    status = run.simulation_status(simulation, now)
    trial = simulation.trial
    return {
        "name": f"simulations/{simulation.simulation_id}",
        "simulation_id": simulation.simulation_id,
        "run_id": run.run_id,
        "status": status,
        "create_time": write_moment(run.course.queued_at),
        "has_audio": status == "COMPLETED",
        "agent_id": trial.cell.agent_id,
        "persona_id": trial.cell.persona_id,
        "test_set_id": trial.cell.test_set_id,
        "test_case_id": trial.case.case_id,
        "source": None,
        "destination": None,
        "error_message": _error_message(simulation, status),
        "mutation_id": trial.mutation_id,
        "mutation_name": _mutation_name(run, simulation),
        "notes": None,
        "is_public": False,
    }


def _mutation_name(run: Run, simulation: PlannedSimulation) -> str | None:
    mutation_id = simulation.trial.mutation_id
    return None if mutation_id is None else run.launch.mutations[mutation_id].name


def _error_message(simulation: PlannedSimulation, status: str) -> str | None:
    if status == "CANCELLED" and simulation.outcome != "CANCELLED":
        return "Simulation was cancelled."
    return simulation.error if status == simulation.outcome else None


def _hidden_by_view(call: Call) -> frozenset[str]:
    views: dict[str, frozenset[str]] = {"FULL": frozenset(), "BASIC": _HEAVY}
    view = call.asked("view") or "FULL"
    if view not in views:
        raise invalid("view", f"'{view}' is neither FULL nor BASIC")
    return views[view]


def _output_row(place: int, output: Output, hidden: frozenset[str]) -> Row:
    def show() -> Answer:
        body = _write_output(output)
        return {key: item for key, item in body.items() if key not in hidden}

    return Row(read=lambda field: _read_output_field(output, field), place=place, show=show)


def _read_output_field(output: Output, field: str) -> FieldValue:
    match field:
        case "status" | "metric_id":
            return str(getattr(output, field))
        case "metric_name":
            return output.metric.name
        case "create_time":
            return output.created_at
        case "value":
            return tuple(output.value) if isinstance(output.value, list) else output.value
        case _:
            return None


def _write_output(output: Output) -> Answer:
    judged = output.explanation is not None
    return {
        "metric_output_id": output.output_id,
        "metric_id": output.metric_id,
        "metric_version_ulid": None,
        "value": output.value,
        "status": output.status,
        "status_reason": output.reason,
        "explanation": output.explanation,
        "subvalues_by_timestamp": None,
        "result": {"llm": {"answer_explanation": output.explanation}} if judged else None,
        "runtime_metadata": None,
    }
