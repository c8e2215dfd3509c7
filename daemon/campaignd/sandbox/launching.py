"""Checks a launch as the vendor does, and makes of it what is to be run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from campaignd.sandbox import chance
from campaignd.sandbox.directory import Directory
from campaignd.sandbox.population import SandboxMetric, SandboxMutation
from campaignd.sandbox.refusals import Objection, Refused, unknown
from campaignd.sandbox.trials import Case, Cell

LaunchId = Annotated[str, Field(min_length=22, max_length=22)]
LaunchMutation = Annotated[str, Field(min_length=26, max_length=26)]
Tag = Annotated[str, Field(max_length=200)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=20, strict=False)]


class _Json(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class LaunchOptions(_Json):
    iteration_count: int = Field(default=1, ge=1, le=50)
    concurrency: int = Field(default=1, ge=1, le=100)
    sub_sample_size: int = Field(default=0, ge=0)
    sub_sample_seed: int | None = Field(default=None, ge=0, le=2**31 - 1)
    test_case_ids: (
        Annotated[tuple[str, ...], Field(min_length=1, max_length=100, strict=False)] | None
    ) = None


class LaunchMetadata(_Json):
    customer: dict[str, Any] | None = None
    created_by: str | None = None
    display_name: str | None = Field(default=None, max_length=200)
    template_name: str | None = Field(default=None, max_length=200)
    tags: Tags | None = None


class LaunchBody(_Json):
    """The body of `POST /runs`, field by field; what is not documented is ignored."""

    agent_id: LaunchId
    persona_id: LaunchId
    test_set_id: Annotated[str, Field(min_length=8, max_length=8)]
    metric_ids: Annotated[tuple[LaunchId, ...], Field(strict=False)] | None = None
    mutation_id: LaunchMutation | None = None
    mutation_ids: (
        Annotated[tuple[LaunchMutation, ...], Field(max_length=100, strict=False)] | None
    ) = None
    config_overrides: dict[str, Any] | None = None
    options: LaunchOptions = LaunchOptions()
    metadata: LaunchMetadata = LaunchMetadata()


class TagsBody(_Json):
    """The body of `PATCH /runs/{run_id}`."""

    tags: Tags


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch that was accepted."""

    cell: Cell
    cases: tuple[Case, ...]
    mutations: Mapping[str, SandboxMutation]
    metrics: Mapping[str, SandboxMetric]
    iterations: int
    concurrency: int
    display_name: str
    tags: tuple[str, ...]
    customer: dict[str, Any]
    created_by: str | None


def accept_launch(body: object, directory: Directory, now: datetime) -> Launch:
    """Check a launch body. Refused with 400 or 404 where it cannot be launched."""
    asked = _read(LaunchBody, body)
    _check_residents(asked, directory)
    objections = [
        *_contradictions(asked),
        *_strange_metrics(asked, directory),
        *_useless_mutations(asked, directory),
        *_strange_cases(asked, directory),
    ]
    if objections:
        raise Refused(400, "Request validation failed", *objections)
    metadata = asked.metadata
    return Launch(
        cell=Cell(asked.agent_id, asked.persona_id, asked.test_set_id),
        cases=_chosen_cases(asked, directory),
        mutations=_mutations(asked, directory),
        metrics=_metrics(asked, directory),
        iterations=asked.options.iteration_count,
        concurrency=asked.options.concurrency,
        display_name=metadata.display_name or f"Simulation Run {now:%Y-%m-%d %H:%M}",
        tags=tidy_tags(metadata.tags or ()),
        customer=metadata.customer or {},
        created_by=metadata.created_by,
    )


def read_tags(body: object) -> tuple[str, ...]:
    """Check a replacement of a run's tags. Refused with 400 where it is not allowed."""
    return tidy_tags(_read(TagsBody, body).tags)


def tidy_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Trim tags and drop the empty and repeated ones."""
    return _once(tuple(filter(None, (tag.strip() for tag in tags))))


def _read(model: type[Any], body: object) -> Any:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        objections = [
            Objection(".".join(map(str, item["loc"])), item["msg"])
            for item in error.errors(include_url=False, include_input=False)
        ]
        raise Refused(400, "Request validation failed", *objections) from None


def _check_residents(asked: LaunchBody, directory: Directory) -> None:
    if directory.agent(asked.agent_id) is None:
        raise unknown("agent", asked.agent_id)
    if directory.persona(asked.persona_id) is None:
        raise unknown("persona", asked.persona_id)
    if directory.test_set(asked.test_set_id) is None:
        raise unknown("test set", asked.test_set_id)


def _contradictions(asked: LaunchBody) -> Iterator[Objection]:
    if asked.mutation_id is not None and asked.mutation_ids:
        yield Objection("mutation_ids", "mutually exclusive with mutation_id")
    if asked.options.test_case_ids and asked.options.sub_sample_size:
        yield Objection("options.test_case_ids", "mutually exclusive with sub_sample_size")


def _strange_metrics(asked: LaunchBody, directory: Directory) -> Iterator[Objection]:
    for metric_id in _metric_ids(asked, directory):
        if directory.metric(metric_id) is None:
            yield Objection("metric_ids", f"Metric '{metric_id}' does not exist")


def _useless_mutations(asked: LaunchBody, directory: Directory) -> Iterator[Objection]:
    for mutation_id in _mutation_ids(asked):
        mutation = directory.mutation(asked.agent_id, mutation_id)
        if mutation is None:
            yield Objection("mutation_ids", f"Agent has no mutation '{mutation_id}'")
        elif mutation.deleted:
            yield Objection("mutation_ids", f"Mutation '{mutation_id}' is deleted")


def _strange_cases(asked: LaunchBody, directory: Directory) -> Iterator[Objection]:
    for case_id in asked.options.test_case_ids or ():
        if directory.case(asked.test_set_id, case_id) is None:
            yield Objection(
                "options.test_case_ids", f"Test case '{case_id}' is not in this test set"
            )


def _mutations(asked: LaunchBody, directory: Directory) -> Mapping[str, SandboxMutation]:
    found = ((key, directory.mutation(asked.agent_id, key)) for key in _mutation_ids(asked))
    return {key: mutation for key, mutation in found if mutation is not None}


def _metrics(asked: LaunchBody, directory: Directory) -> Mapping[str, SandboxMetric]:
    found = ((key, directory.metric(key)) for key in _metric_ids(asked, directory))
    return {key: metric for key, metric in found if metric is not None}


def _mutation_ids(asked: LaunchBody) -> tuple[str, ...]:
    return _once(asked.mutation_ids or ((asked.mutation_id,) if asked.mutation_id else ()))


def _metric_ids(asked: LaunchBody, directory: Directory) -> tuple[str, ...]:
    return _once(asked.metric_ids or directory.metrics_of(asked.agent_id))


def _chosen_cases(asked: LaunchBody, directory: Directory) -> tuple[Case, ...]:
    options = asked.options
    if options.test_case_ids:
        named = (directory.case(asked.test_set_id, item) for item in _once(options.test_case_ids))
        return tuple(filter(None, named))
    cases = directory.cases(asked.test_set_id)
    if not options.sub_sample_size:
        return cases
    lot = (options.sub_sample_size, options.sub_sample_seed)
    drawn = sorted(cases, key=lambda case: chance.share("sample", *lot, case.case_id))
    return tuple(sorted(drawn[: options.sub_sample_size], key=lambda case: case.position))


def _once(items: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
