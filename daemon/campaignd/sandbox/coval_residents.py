"""Coval's agents, mutations, personas, test sets, test cases and metrics."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from campaignd.sandbox import chance, speech
from campaignd.sandbox.calls import Answer, Call
from campaignd.sandbox.filters import FieldValue, Kind
from campaignd.sandbox.listing import Listing, Row, answer_list, read_request
from campaignd.sandbox.moments import ORIGIN, read_moment, write_moment
from campaignd.sandbox.population import (
    Resident,
    SandboxAgent,
    SandboxMetric,
    SandboxMutation,
    SandboxPersona,
    SandboxTestSet,
)
from campaignd.sandbox.refusals import unknown
from campaignd.sandbox.trials import Case
from campaignd.sandbox.world import World

_TIMES = {"create_time": Kind.TIME, "update_time": Kind.TIME}
_TIME_ORDERS = ("create_time", "update_time")
AGENTS = Listing(
    items="agents",
    fields={"model_type": Kind.TEXT, "display_name": Kind.TEXT, **_TIMES},
    orders=(*_TIME_ORDERS, "display_name", "model_type"),
    spoken_orders=True,
)
MUTATIONS = Listing(items="mutations", fields={}, orders=("create_time",))
PERSONAS = Listing(
    items="personas",
    fields={"name": Kind.TEXT, **_TIMES},
    orders=(*_TIME_ORDERS, "name"),
    spoken_orders=True,
)
TEST_SETS = Listing(
    items="test_sets",
    fields={"test_set_type": Kind.TEXT, "display_name": Kind.TEXT, **_TIMES},
    orders=(*_TIME_ORDERS, "display_name"),
    default_order="-update_time",
    last_token="",
)
TEST_CASES = Listing(
    items="test_cases",
    fields={"test_set_id": Kind.TEXT, "input_type": Kind.TEXT, **_TIMES},
    orders=_TIME_ORDERS,
    last_token="",
)
METRICS = Listing(
    items="metrics",
    fields={"metric_type": Kind.TEXT, "metric_name": Kind.TEXT, **_TIMES},
    orders=(*_TIME_ORDERS, "metric_name"),
    default_order="create_time desc",
    spoken_orders=True,
)
_ORIGIN = write_moment(ORIGIN)
_METRIC_TYPES = {
    "binary": "METRIC_LLM_BINARY",
    "number": "METRIC_CUSTOM_TRACE",
    "category": "METRIC_CATEGORICAL",
    "set": "METRIC_TOOLCALL",
    "composite": "METRIC_COMPOSITE_EVALUATION",
    "match": "METRIC_TRANSCRIPT_REGEX",
}


class CovalResidents:
    """Answers requests about what runs refer to. Every method may raise Refused."""

    def __init__(self, world: World) -> None:
        self._directory = world.directory

    def list_agents(self, call: Call) -> Answer:
        return self._list(AGENTS, call, self._directory.known.agents, _write_agent)

    def read_agent(self, call: Call) -> Answer:
        agent_id = call.path["agent_id"]
        agent = self._directory.agent(agent_id)
        if agent is None:
            raise unknown("agent", agent_id)
        return {"agent": _write_agent(agent_id, agent)}

    def list_mutations(self, call: Call) -> Answer:
        agent_id = call.path["agent_id"]
        agent = self._directory.agent(agent_id)
        if agent is None:
            raise unknown("agent", agent_id)
        request = read_request(MUTATIONS, call)
        gone = self._directory.known.deleted
        shown = {
            key: item
            for key, item in agent.mutations.items()
            if not item.deleted and key not in gone
        }
        rows = _rows(_write_mutation(agent_id, key, item) for key, item in shown.items())
        return answer_list(request, rows) | {"total_count": len(shown)}

    def read_mutation(self, call: Call) -> Answer:
        agent_id, mutation_id = call.path["agent_id"], call.path["mutation_id"]
        mutation = self._directory.mutation(agent_id, mutation_id)
        if mutation is None:
            raise unknown("mutation", mutation_id)
        return {"mutation": _write_mutation(agent_id, mutation_id, mutation)}

    def list_personas(self, call: Call) -> Answer:
        return self._list(PERSONAS, call, self._directory.known.personas, _write_persona)

    def read_persona(self, call: Call) -> Answer:
        persona_id = call.path["persona_id"]
        persona = self._directory.persona(persona_id)
        if persona is None:
            raise unknown("persona", persona_id)
        return {"persona": _write_persona(persona_id, persona)}

    def list_test_sets(self, call: Call) -> Answer:
        return self._list(TEST_SETS, call, self._directory.known.test_sets, _write_test_set)

    def read_test_set(self, call: Call) -> Answer:
        test_set_id = call.path["test_set_id"]
        test_set = self._directory.test_set(test_set_id)
        if test_set is None:
            raise unknown("test set", test_set_id)
        count = {"test_case_count": test_set.cases}
        return {"test_set": _write_test_set(test_set_id, test_set) | count}

    def list_test_cases(self, call: Call) -> Answer:
        request = read_request(TEST_CASES, call)
        wanted = request.only("test_set_id") or self._directory.known.test_sets
        cases = (
            case
            for test_set_id in wanted
            if self._directory.test_set(test_set_id)
            for case in self._directory.cases(test_set_id)
        )
        return answer_list(request, _rows(map(_write_case, cases)))

    def read_test_case(self, call: Call) -> Answer:
        case_id = call.path["test_case_id"]
        case = self._directory.find_case(case_id)
        if case is None:
            raise unknown("test case", case_id)
        return {"test_case": _write_case(case)}

    def list_metrics(self, call: Call) -> Answer:
        return self._list(METRICS, call, self._directory.known.metrics, _write_metric)

    def read_metric(self, call: Call) -> Answer:
        metric_id = call.path["metric_id"]
        metric = self._directory.metric(metric_id)
        if metric is None:
            raise unknown("metric", metric_id)
        return {"metric": _write_metric(metric_id, metric)}

    def _list(
        self,
        listing: Listing,
        call: Call,
        known: Mapping[str, Any],
        write: Callable[[str, Any], Answer],
    ) -> Answer:
        request = read_request(listing, call)
        shown = (
            write(key, item)
            for key, item in known.items()
            if key not in self._directory.known.deleted
        )
        return answer_list(request, _rows(shown))


def _rows(bodies: Iterable[Answer]) -> Iterable[Row]:
    return (_row(place, body) for place, body in enumerate(bodies))


def _row(place: int, body: Answer) -> Row:
    return Row(read=lambda field: _read_field(body, field), place=place, show=lambda: body)


def _read_field(body: Answer, field: str) -> FieldValue:
    value = body.get(field)
    if field in _TIMES:
        return read_moment(str(value))
    return tuple(value) if isinstance(value, list) else value


def _write_agent(agent_id: str, agent: SandboxAgent) -> Answer:
    return _origins(agent) | {
        "id": agent_id,
        "customer_agent_id": agent_id,
        "display_name": agent.name,
        "model_type": agent.model_type,
        "prompt": agent.description,
        "metadata": {},
        "workflows": {},
        "metric_ids": list(agent.metrics),
        "test_set_ids": [],
        "tags": list(agent.tags),
    }


def _write_mutation(agent_id: str, mutation_id: str, mutation: SandboxMutation) -> Answer:
    return _origins(mutation) | {
        "id": mutation_id,
        "agent_id": agent_id,
        "display_name": mutation.name,
        "description": mutation.description,
        "config_overrides": {},
        "parameter_values": {},
        "status": "DELETED" if mutation.deleted else "ACTIVE",
    }


def _write_persona(persona_id: str, persona: SandboxPersona) -> Answer:
    return _origins(persona) | {
        "resource_name": f"personas/{persona_id}",
        "id": persona_id,
        "name": persona.name,
        "persona_prompt": persona.description,
        "voice_name": "aria",
        "language_code": persona.language,
        "tags": list(persona.tags),
    }


def _write_test_set(test_set_id: str, test_set: SandboxTestSet) -> Answer:
    return _origins(test_set) | {
        "name": f"test-sets/{test_set_id}",
        "id": test_set_id,
        "slug": f"set-{test_set_id.lower()}",
        "display_name": test_set.name,
        "description": test_set.description,
        "test_set_type": "SCENARIO",
        "tags": list(test_set.tags),
    }


def _write_case(case: Case) -> Answer:
    return _authors(_ORIGIN) | {
        "name": f"test-cases/{case.case_id}",
        "id": case.case_id,
        "test_set_id": case.test_set_id or None,
        "input_str": speech.describe_case(case),
        "input_type": "SCENARIO",
        "expected_behaviors": speech.expected_behaviors(case),
        "description": speech.wish_of(case).capitalize(),
    }


def _write_metric(metric_id: str, metric: SandboxMetric) -> Answer:
    body = _origins(metric) | {
        "name": f"metrics/{metric_id}",
        "id": metric_id,
        "metric_name": metric.name,
        "description": metric.description,
        "metric_type": _METRIC_TYPES[metric.type],
        "categories": list(metric.categories) or None,
        "min_value": metric.min,
        "max_value": metric.max,
        "unit": metric.unit,
        "tags": list(metric.tags),
        "current_version": {
            "ulid": chance.ulid(metric.update_time, "metric version", metric_id),
            "version_number": 1 if metric.update_time == ORIGIN else 2,
            "change_type": "save",
        },
    }
    if metric.target_condition is not None:
        body["target_condition"] = metric.target_condition.model_dump(
            mode="json", exclude_none=True
        )
    return body


def _origins(item: Resident | SandboxMutation) -> Answer:
    return _authors(write_moment(item.update_time))


def _authors(update_time: str) -> Answer:
    return {
        "created_at": _ORIGIN,
        "created_by": None,
        "updated_at": update_time,
        "updated_by": None,
        "create_time": _ORIGIN,
        "update_time": update_time,
    }
