"""Who asks, for routes: `caller: Annotated[Caller, asking(Scope.READ)]`."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from campaignd.core.tokens import LOOPBACK, Caller, Scope, spell_scopes
from campaignd.web.problems import Problem

# The guard has seen to it before; this is how OpenAPI learns of it.
_BEARER = HTTPBearer(
    scheme_name="token",
    bearerFormat="cd_<id>_<secret>",
    description=(
        "A token that `campaignd token create` made. Scopes: read, trigger, submit, admin; each "
        "includes those before it."
    ),
    auto_error=False,
)


def asking(scope: Scope) -> Any:
    """Depend on a caller who has a scope; all others get a 403 problem that names it."""

    def ask(
        request: Request,
        _seen: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ) -> Caller:
        caller: Caller = request.scope["state"]["caller"]
        if not caller.may(scope):
            raise _missing(scope, caller)
        return caller

    return Depends(ask)


def _missing(scope: Scope, caller: Caller) -> Problem:
    return Problem(
        403,
        "A scope is missing",
        _advise(scope, caller),
        "/problems/missing-scope",
        {"scope": scope},
    )


def _advise(scope: Scope, caller: Caller) -> str:
    if caller == LOOPBACK:
        return (
            "without a token one can only read; "
            f"`campaignd token create NAME --scope {scope}` makes one"
        )
    held = ", ".join(spell_scopes(caller.scopes))
    return f"the token {caller.name!r} has the scope {held}; this needs {scope}"
