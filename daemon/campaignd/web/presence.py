"""Callers who wait: until something happens, they hang up, or the service stops."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import anyio
from fastapi import Request
from starlette.types import Receive

from campaignd.web import refusals
from campaignd.web.problems import Problem

T = TypeVar("T")


class Closing:
    """Ends what waits for long, once the service stops."""

    def __init__(self) -> None:
        self._scopes: set[anyio.CancelScope] = set()
        self._is_closed = False

    def close(self) -> None:
        """End all that waits, and all that begins to wait from now on."""
        self._is_closed = True
        for scope in self._scopes:
            scope.cancel()

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Leave the block early when the service stops."""
        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            if self._is_closed:
                scope.cancel()
            try:
                yield
            finally:
                self._scopes.discard(scope)


async def while_connected(request: Request, work: Callable[[], Awaitable[T]]) -> T:
    """Work for as long as the caller is there; give up at the next pause once it is gone."""
    outcome = list[T]()
    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancel_when_gone, request.receive, tasks.cancel_scope)
        try:
            outcome.append(await work())
        except Exception as error:  # noqa: BLE001  # a task group would wrap it
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    if not outcome:
        raise refusals.hung_up()
    return outcome[0]


async def cancel_when_gone(receive: Receive, scope: anyio.CancelScope) -> None:
    """Cancel what is done for a caller once it is gone, has its answer, or sends too much."""
    with suppress(Problem):
        while (await receive())["type"] != "http.disconnect":
            pass
    scope.cancel()
