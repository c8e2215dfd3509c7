"""How answers look in the OpenAPI schema, failures included."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from campaignd.web.problems import MEDIA_TYPE, ProblemDocument

Answers = dict[int | str, dict[str, Any]]
_REFERENCE = {"$ref": "#/components/schemas/ProblemDocument"}
_ANYWHERE = (
    HTTPStatus.MISDIRECTED_REQUEST,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_GUARDED = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)


def problems(*statuses: HTTPStatus) -> Answers:
    """Declare which problems a route may answer with, beside those that every one may."""
    return _declare(*_ANYWHERE, *_GUARDED, *statuses)


def open_problems() -> Answers:
    """Declare the problems of a route that asks for no token."""
    return _declare(*_ANYWHERE)


def write_schema(app: FastAPI) -> dict[str, Any]:
    """Write the OpenAPI document of an application, once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
        )
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas |= _problem_schemas()
        app.openapi_schema = schema
    return app.openapi_schema


def _declare(*statuses: HTTPStatus) -> Answers:
    content = {MEDIA_TYPE: {"schema": _REFERENCE}}
    return {status.value: {"description": status.phrase, "content": content} for status in statuses}


def _problem_schemas() -> dict[str, Any]:
    schema = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    inner: dict[str, Any] = schema.pop("$defs", {})
    return {**inner, ProblemDocument.__name__: schema}
