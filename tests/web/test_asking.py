"""Routes say which scope they ask for, and OpenAPI learns of tokens."""

from typing import Annotated

import pytest
from fastapi import FastAPI

from campaignd.core.tokens import LOOPBACK, Caller, Scope
from campaignd.web.asking import asking
from campaignd.web.problems import Problem


def ask(caller: Caller, scope: Scope) -> Caller:
    answered: Caller = asking(scope).dependency(_Request(caller), None)
    return answered


class _Request:
    def __init__(self, caller: Caller) -> None:
        self.scope = {"state": {"caller": caller}}


@pytest.mark.parametrize("wanted", [Scope.TRIGGER, Scope.SUBMIT, Scope.ADMIN])
def test_a_missing_scope_is_named_with_what_there_is(wanted: Scope) -> None:
    reader = Caller("ci", frozenset({Scope.READ}))
    with pytest.raises(Problem, match=f"'ci' has the scope read; this needs {wanted}") as caught:
        ask(reader, wanted)
    assert (caught.value.status, caught.value.extra) == (403, {"scope": wanted})


def test_without_a_token_one_is_told_how_to_make_one() -> None:
    assert ask(LOOPBACK, Scope.READ) == LOOPBACK
    with pytest.raises(Problem, match="`campaignd token create NAME --scope trigger` makes one"):
        ask(LOOPBACK, Scope.TRIGGER)


def test_openapi_learns_that_a_token_is_needed() -> None:
    app = FastAPI()

    @app.get("/who")
    async def who(caller: Annotated[Caller, asking(Scope.READ)]) -> str:
        return caller.name

    schema = app.openapi()
    assert schema["paths"]["/who"]["get"]["security"] == [{"token": []}]
    scheme = schema["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert "parameters" not in schema["paths"]["/who"]["get"]
