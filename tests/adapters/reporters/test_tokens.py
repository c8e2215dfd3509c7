from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from campaignd.adapters.reporters.screen import Screen
from campaignd.adapters.reporters.tokens import TokenSummary, render_tokens

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LIVE = TokenSummary(
    id="k4iibphj25ebmolp",
    name="ci",
    state="live",
    scopes=("read", "trigger"),
    campaigns=("payments-*", "checkout"),
    created_at=NOW - timedelta(days=3),
    expires_at=NOW + timedelta(days=87),
)
FOR_EVER = replace(LIVE, name="root", campaigns=(), expires_at=None)
EXPIRED = replace(LIVE, name="old", state="expired", expires_at=NOW - timedelta(hours=1))
REVOKED = replace(LIVE, name="gone", state="revoked", revoked_at=NOW - timedelta(minutes=5))
LISTED = """\
ci  live
  read, trigger for payments-*, checkout
  k4iibphj25ebmolp, made 3d ago, expires in 87d
root  live
  read, trigger for all campaigns
  k4iibphj25ebmolp, made 3d ago, never expires
old  expired
  read, trigger for payments-*, checkout
  k4iibphj25ebmolp, made 3d ago, expired 1h ago
gone  revoked
  read, trigger for payments-*, checkout
  k4iibphj25ebmolp, made 3d ago, revoked 5m ago
"""


def test_tokens_are_listed_with_what_they_allow_and_how_long() -> None:
    assert render_tokens((LIVE, FOR_EVER, EXPIRED, REVOKED), NOW, Screen(80)) == LISTED


@pytest.mark.parametrize("width", [80, 44, 20])
def test_a_list_stays_inside_the_screen(width: int) -> None:
    drawn = render_tokens((LIVE, REVOKED), NOW, Screen(width))
    assert all(cell_len(line) <= width for line in drawn.splitlines())
    assert "payments-*" in drawn


def test_where_there_are_none_the_list_says_how_to_make_one() -> None:
    assert "`campaignd token create NAME` makes one" in render_tokens((), NOW, Screen(80))
