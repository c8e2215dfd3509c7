"""Coval's token paging."""

from collections.abc import AsyncGenerator, Mapping
from typing import TypeVar

from campaignd.adapters.http.calls import Call
from campaignd.adapters.http.lane import Lane
from campaignd.adapters.http.wire import WireDocument
from campaignd.engine.faults import AnswerUnusable

LARGE_PAGE = 1000
"""For runs, simulations and metric outputs."""
SMALL_PAGE = 100
"""For everything else."""
MOST_PAGES = 1000


class WirePage(WireDocument):
    next_page_token: str | None = None


_Page = TypeVar("_Page", bound=WirePage)


async def read_pages(
    lane: Lane, path: str, params: Mapping[str, str], document: type[_Page]
) -> AsyncGenerator[_Page]:
    """Every page, empty ones too. AnswerUnusable where the tokens would never end."""
    seen: set[str] = set()
    token = ""
    while token not in seen:
        seen.add(token)
        query = {**params, "page_token": token} if token else params
        page = await lane.read(Call("GET", path, query), document)
        yield page
        token = page.next_page_token or ""
        if not token:
            return
        if len(seen) >= MOST_PAGES:
            raise _endless(lane, path, f"more than {MOST_PAGES} pages")
    raise _endless(lane, path, f"page token {token!r} came twice")


def _endless(lane: Lane, path: str, why: str) -> AnswerUnusable:
    return AnswerUnusable(lane.vendor, f"GET {path}", f"the listing does not end: {why}")
