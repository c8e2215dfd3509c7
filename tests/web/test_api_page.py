"""What the page on the API promises is what there is."""

import re
from pathlib import Path

from tests.web.routes.test_scopes import GUARDED
from tests.web.test_schema import ROUTES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/api.md").read_text(encoding="utf-8")
SOURCES = [*(ROOT / "daemon/campaignd").rglob("*.py")]
NEVER_SEEN = {"hung-up"}


def test_the_table_has_every_route_with_its_scope() -> None:
    rows = re.findall(r"^\| `([A-Z]+) (/\S+)` \| (?:`(\w+)`|none) \|", PAGE, re.MULTILINE)
    known = {route.replace("/api/v1", ""): GUARDED.get(route) for route in ROUTES}
    known["GET /metrics"] = GUARDED["GET /api/v1/campaigns"]
    assert {f"{verb} {path}": scope or None for verb, path, scope in rows} == known


def test_the_table_has_every_type_of_problem() -> None:
    table = PAGE.partition("| status | type |")[2]
    told = set(
        re.findall(
            r"`([a-z-]+)`", "".join(re.findall(r"^\| [\d, ]+ \| (.+?) \|", table, re.MULTILINE))
        )
    )
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES)
    made = set(re.findall(r'"/problems/([a-z-]+)"', code)) | set(
        re.findall(r'conflict\("([a-z-]+)"', code)
    )
    assert told == made - NEVER_SEEN
