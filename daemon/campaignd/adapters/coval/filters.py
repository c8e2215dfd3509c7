"""Coval's filter language, as far as it is documented: quoted comparisons joined by AND."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from campaignd.core.coval import Run, RunQuery

# How a quote or a backslash would be escaped is not documented: neither is ever sent.
_SENDABLE = re.compile(r"[A-Za-z0-9._: -]+")


@dataclass(frozen=True, slots=True)
class Condition:
    """Raises ValueError for a value that the language cannot carry."""

    field: str
    operator: str
    value: str

    def __post_init__(self) -> None:
        if not _SENDABLE.fullmatch(self.value):
            raise ValueError(f"Coval cannot filter {self.field} by {self.value!r}")

    def __str__(self) -> str:
        return f'{self.field}{self.operator}"{self.value}"'


def equals(field: str, value: str) -> Condition:
    return Condition(field, "=", value)


def since(field: str, moment: datetime) -> Condition:
    return Condition(field, ">=", _floor(moment).strftime("%Y-%m-%dT%H:%M:%SZ"))


def join(conditions: Iterable[Condition]) -> str:
    return " AND ".join(str(condition) for condition in conditions)


def run_conditions(query: RunQuery) -> list[Condition]:
    exact = {"tag": query.tag, "agent_id": query.agent_id, "test_set_id": query.test_set_id}
    moments = {"create_time": query.created_since, "update_time": query.updated_since}
    return [
        *(equals(field, value) for field, value in exact.items() if value is not None),
        *(since(field, moment) for field, moment in moments.items() if moment is not None),
    ]


def may_match(query: RunQuery, run: Run) -> bool:
    """False if the run contradicts the query; what a list item does not tell cannot."""
    return (
        (query.tag is None or run.tags is None or query.tag in run.tags)
        and query.agent_id in {None, run.agent_id or query.agent_id}
        and query.test_set_id in {None, run.test_set_id or query.test_set_id}
        and _is_since(query.created_since, run.create_time)
        and _is_since(query.updated_since, run.update_time)
    )


def _is_since(bound: datetime | None, moment: datetime | None) -> bool:
    return bound is None or moment is None or moment >= _floor(bound)


def _floor(moment: datetime) -> datetime:
    # Whole seconds: Coval may show times without the fractions it compares.
    return moment.astimezone(UTC).replace(microsecond=0)
