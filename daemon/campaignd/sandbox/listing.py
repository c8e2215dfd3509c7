"""Coval's lists: filters, orders and pages, the same for every resource."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from campaignd.sandbox.calls import Answer, Call
from campaignd.sandbox.filters import (
    Comparison,
    Condition,
    FieldValue,
    Filter,
    Kind,
    is_about_metric,
    parse_filter,
    type_condition,
)
from campaignd.sandbox.refusals import invalid

_WITH_METRICS = frozenset({"create_time", "status", "agent_id", "persona_id", "test_set_id"})
_METRIC_PAGE = 100


@dataclass(frozen=True, slots=True)
class Listing:
    """What one list offers. `metric_include` is the value that `include` may have, if any.

    `last_token` is what the last page says instead of a token. `spoken_orders` also takes orders
    of the form `create_time desc`.
    """

    items: str
    fields: Mapping[str, Kind]
    orders: tuple[str, ...]
    default_order: str = "-create_time"
    largest_page: int = 100
    last_token: str | None = None
    metric_include: str | None = None
    spoken_orders: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """An item before it is chosen: its fields by name, its place among equals, its body."""

    read: Callable[[str], FieldValue]
    place: int
    show: Callable[[], Answer]


@dataclass(frozen=True, slots=True)
class Request:
    """A list request that is in order. No groups means no filter."""

    listing: Listing
    groups: tuple[tuple[Condition, ...], ...]
    order: str
    descending: bool
    offset: int
    size: int
    tags: frozenset[str]
    wants_metrics: bool

    def takes(self, row: Row) -> bool:
        wanted = not self.groups or any(
            all(condition.holds(row.read(condition.field)) for condition in group)
            for group in self.groups
        )
        return wanted and (not self.tags or self.tags.issubset(_texts(row.read("tags"))))

    def only(self, field: str) -> frozenset[str] | None:
        """Return the values a field must have for any row to be taken; None if it may be any."""
        needed = [
            {str(item.value) for item in group if (item.field, item.operator) == (field, "=")}
            for group in self.groups
        ]
        return frozenset().union(*needed) if needed and all(needed) else None


def read_request(listing: Listing, call: Call) -> Request:
    """Check a list request. Refused with 400 where something in it is not documented."""
    text = call.asked("filter")
    parsed = parse_filter(text) if text else Filter(())
    with_predicate = any(is_about_metric(item) for group in parsed.groups for item in group)
    wants_metrics = with_predicate or _included(listing, call)
    groups = tuple(
        tuple(type_condition(item, listing.fields) for item in group) for group in parsed.groups
    )
    order, descending = _order(listing, call)
    if with_predicate:
        _check_predicates(parsed)
    if wants_metrics and (order, descending) != ("create_time", True):
        raise invalid("order_by", "with metrics only -create_time is supported")
    largest = min(_METRIC_PAGE, listing.largest_page) if wants_metrics else listing.largest_page
    return Request(
        listing=listing,
        groups=groups,
        order=order,
        descending=descending,
        offset=_offset(call),
        size=_page_size(call, largest),
        tags=frozenset(call.query.get("tag_filters", ())),
        wants_metrics=wants_metrics,
    )


def answer_list(request: Request, rows: Iterable[Row], *, stuck_token: str | None = None) -> Answer:
    """Filter, order and cut. A stuck token is repeated as the next one, for ever."""
    taken = sorted(
        filter(request.takes, rows),
        key=lambda row: (_rank(row.read(request.order)), row.place),
        reverse=request.descending,
    )
    end = request.offset + request.size
    token = _write_token(end) if end < len(taken) else request.listing.last_token
    return {
        request.listing.items: [row.show() for row in taken[request.offset : end]],
        "next_page_token": stuck_token or token,
    }


def _included(listing: Listing, call: Call) -> bool:
    include = call.asked("include")
    if include is None or listing.metric_include is None:
        return False
    if include != listing.metric_include:
        raise invalid("include", f"'{include}' is not supported; use {listing.metric_include}")
    return True


def _check_predicates(parsed: Filter) -> None:
    if len(parsed.groups) > 1:
        raise invalid("filter", "a metric predicate can be joined by AND only")
    for item in parsed.groups[0]:
        if not (is_about_metric(item) or item.field in _WITH_METRICS):
            raise invalid("filter", _not_with_metrics(item))


def _not_with_metrics(item: Comparison) -> str:
    return f"'{item.field}' cannot stand beside a metric predicate"


def _order(listing: Listing, call: Call) -> tuple[str, bool]:
    text = call.asked("order_by") or listing.default_order
    field, descending = text.removeprefix("-"), text.startswith("-")
    if listing.spoken_orders and " " in text:
        field, _, direction = text.partition(" ")
        if direction not in {"asc", "desc"}:
            raise invalid("order_by", f"'{direction}' is neither asc nor desc")
        descending = direction == "desc"
    if field not in listing.orders:
        valid = ", ".join(listing.orders)
        raise invalid("order_by", f"Unknown field '{field}'. Valid fields: {valid}")
    return field, descending


def _page_size(call: Call, largest: int) -> int:
    size = call.whole_number("page_size", min(50, largest))
    if not 1 <= size <= largest:
        raise invalid("page_size", f"page_size must be between 1 and {largest}")
    return size


def _offset(call: Call) -> int:
    token = call.asked("page_token")
    if token is None:
        return 0
    try:
        offset = json.loads(base64.b64decode(token, validate=True))["offset"]
    except (ValueError, KeyError, TypeError):
        offset = -1
    if not isinstance(offset, int) or offset < 0:
        raise invalid("page_token", "this token was not given by this list")
    return offset


def _write_token(offset: int) -> str:
    return base64.b64encode(json.dumps({"offset": offset}).encode()).decode()


def _texts(value: FieldValue) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _rank(value: FieldValue) -> tuple[int, float, str]:
    """Order what is missing first, then numbers and times, then texts."""
    if isinstance(value, datetime):
        return 1, value.timestamp(), ""
    if isinstance(value, int | float):
        return 1, float(value), ""
    if value is None:
        return 0, 0.0, ""
    return 2, 0.0, value if isinstance(value, str) else " ".join(value)
