"""Coval's `/runs`: launch, list, read, tag, cancel and delete."""

from datetime import datetime
from typing import Any

from campaignd.sandbox.calls import Answer, Call
from campaignd.sandbox.filters import FieldValue, Kind
from campaignd.sandbox.launching import accept_launch, read_tags
from campaignd.sandbox.listing import Listing, Request, Row, answer_list, read_request
from campaignd.sandbox.moments import write_moment
from campaignd.sandbox.refusals import invalid, unknown
from campaignd.sandbox.results import Results
from campaignd.sandbox.runs import Run
from campaignd.sandbox.world import World

RUNS = Listing(
    items="runs",
    fields={
        "status": Kind.STATUS,
        "agent_id": Kind.TEXT,
        "persona_id": Kind.TEXT,
        "test_set_id": Kind.TEXT,
        "create_time": Kind.TIME,
        "update_time": Kind.TIME,
        "created_by": Kind.TEXT,
        "tag": Kind.TAG,
        "metric.{metric_id}": Kind.VALUE,
    },
    orders=("create_time", "update_time", "status", "agent_id", "persona_id", "test_set_id"),
    largest_page=1000,
    metric_include="metric_averages",
)
_NOT_IN_SUMMARY = frozenset({"tags", "metadata", "progress"})


class CovalRuns:
    """Answers requests about runs. Every method may raise Refused."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._results = Results(world)

    def launch_run(self, call: Call) -> Answer:
        launch = accept_launch(call.json(), self._world.directory, call.now)
        run = self._world.launch(launch, call.now)
        return {
            "run": {
                "name": f"runs/{run.run_id}",
                "run_id": run.run_id,
                "status": "PENDING",
                "create_time": write_moment(run.created_at),
            }
        }

    def list_runs(self, call: Call) -> Answer:
        lists = self._world.scenario.lists
        request = read_request(RUNS, call)
        if lists.tag_filter == "refused" and _asks_for_tags(request):
            raise invalid("filter", "Unknown field 'tag'")
        rows = (self._row(run, request, call.now) for run in self._world.runs(call.now))
        token = call.asked("page_token") if lists.repeat_page_token else None
        return answer_list(request, rows, stuck_token=token)

    def read_run(self, call: Call) -> Answer:
        run = self._run(call)
        return {"run": self._body(run, call.now) | {"results": self._results.write(run, call.now)}}

    def tag_run(self, call: Call) -> Answer:
        run = self._run(call)
        return {"run": self._body(self._world.tag(run, read_tags(call.json()), call.now), call.now)}

    def end_run(self, call: Call) -> Answer:
        run = self._run(call)
        if call.now >= run.deleted_at:
            raise unknown("run", run.run_id)
        self._world.end(run, call.now)
        return {}

    def list_tags(self, call: Call) -> Answer:
        names = {tag for run in self._world.runs(call.now) for tag in run.tags}
        return {"tags": [{"tag": name, "color": None} for name in sorted(names)]}

    def _run(self, call: Call) -> Run:
        run_id = call.path["run_id"]
        run = self._world.run(run_id, call.now)
        if run is None:
            raise unknown("run", run_id)
        return run

    def _row(self, run: Run, request: Request, now: datetime) -> Row:
        return Row(
            read=lambda field: self._read_field(run, field, now),
            place=run.place,
            show=lambda: self._item(run, request, now),
        )

    def _read_field(self, run: Run, field: str, now: datetime) -> FieldValue:
        cell = run.launch.cell
        match field:
            case "status":
                return run.status(now)
            case "create_time":
                return run.created_at
            case "update_time":
                return run.updated_at(now)
            case "agent_id" | "persona_id" | "test_set_id":
                return str(getattr(cell, field))
            case "created_by":
                return run.launch.created_by
            case "tag":
                return () if self._hides_tags() else run.tags
            case _:
                return self._read_metric(run, field.removeprefix("metric."), now)

    def _hides_tags(self) -> bool:
        return self._world.scenario.lists.tag_filter == "finds_nothing"

    def _read_metric(self, run: Run, metric_id: str, now: datetime) -> FieldValue:
        if metric_id not in run.launch.metrics:
            return None
        average = self._results.averages(run, now).get(metric_id)
        return average if average is not None else self._results.texts(run, metric_id, now) or None

    def _item(self, run: Run, request: Request, now: datetime) -> Answer:
        body = self._body(run, now)
        if self._world.scenario.lists.items == "summary":
            body = {key: value for key, value in body.items() if key not in _NOT_IN_SUMMARY}
        if request.wants_metrics:
            body["metric_averages"] = self._results.averages(run, now)
        return body

    def _body(self, run: Run, now: datetime) -> dict[str, Any]:
        cell, status = run.launch.cell, run.status(now)
        return {
            "name": f"runs/{run.run_id}",
            "run_id": run.run_id,
            "display_name": run.launch.display_name,
            "is_public": False,
            "status": status,
            "create_time": write_moment(run.created_at),
            "update_time": write_moment(run.updated_at(now)),
            "agent_id": cell.agent_id,
            "persona_id": cell.persona_id,
            "test_set_id": cell.test_set_id,
            "tags": list(run.tags),
            "progress": run.progress(now),
            "results": None,
            "metadata": run.launch.customer,
            "error": run.fate.error if status == "FAILED" else None,
            "error_status": _error_status(run, status),
        }


def _asks_for_tags(request: Request) -> bool:
    return any(condition.field == "tag" for group in request.groups for condition in group)


def _error_status(run: Run, status: str) -> str | None:
    if status == "COMPLETED":
        return "EXECUTION_FAILURE" if run.has_failed_simulations() else "SUCCESS"
    return "FAILED" if status == "FAILED" else None
