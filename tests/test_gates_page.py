"""`docs/gates.md`: each example is judged as `gate try` judges it, and comes out as the page says.

An example is a YAML block that begins with its command, and the text block below it: one entry
for each result, wrapped at will. `and 19 more passed` stands for results that are not shown.
"""

import re
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from scipy.stats import binom

from campaignd.adapters.campaign_files import LoadedCampaign, load_campaign_text
from campaignd.core.gates.registry import KINDS
from campaignd.core.report import GateReport
from campaignd.core.statistics.difference_power import (
    Changes,
    agreeing_cases,
    chance_tango_proven,
    detectable_drop,
)
from campaignd.core.statistics.inference import Claim, Side
from campaignd.core.statistics.share_power import all_passing_size
from campaignd.wiring.gate_trial import try_gates

DOCS = Path(__file__).parents[1] / "docs"
TABLES = DOCS / "examples" / "gates"
PAGE = (DOCS / "gates.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"```yaml\n# (campaignd gate try [^\n]*)\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL
)
MORE = re.compile(r"and (\d+) more (passed|failed|inconclusive)")
CHANGING = 0.1
"""How many test cases in all change by themselves, as the page assumes."""


@dataclass(frozen=True)
class Example:
    command: str
    gates: str
    told: str

    @property
    def options(self) -> dict[str, str]:
        words = shlex.split(self.command)[3:]
        return dict(zip(words[::2], words[1::2], strict=True))

    @property
    def first(self) -> str:
        """Its first gate."""
        return self.gates.split("- ")[-1].strip()

    @property
    def entries(self) -> list[str]:
        """What it tells of each result, on one line."""
        return [" ".join(entry.split()) for entry in re.split(r"\n(?! )", self.told.strip())]


EXAMPLES = [Example(*found) for found in EXAMPLE.findall(PAGE)]
OTHERS = re.findall(r"```yaml\n(?!# campaignd)(.*?)```", PAGE, re.DOTALL)


def test_every_kind_has_an_example() -> None:
    shown = {kind for each in EXAMPLES for kind in re.findall(r"(\w+):", each.gates)}
    assert {kind for kind in KINDS if not re.fullmatch(r"p\d+|min", kind)} <= shown
    assert "p95" in shown


def test_no_table_lies_around_unused() -> None:
    used = {value for each in EXAMPLES for value in each.options.values()}
    assert used == {path.name for path in TABLES.iterdir()}


@pytest.mark.parametrize(
    "example",
    EXAMPLES,
    ids=[f"{number} {each.first}" for number, each in enumerate(EXAMPLES, start=1)],
)
async def test_an_example_comes_out_as_the_page_says(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(TABLES)
    baseline = example.options.get("--baseline")
    outcome = await try_gates(
        with_gates(example.options["--campaign"], example.gates),
        Path(example.options["--data"]),
        Path(baseline) if baseline else None,
    )
    found = [*(f"note: {note}" for note in outcome.notes if "waive" in note), *told(outcome.gates)]
    assert shortened(found, example.entries) == example.entries


def with_gates(file: str, gates: str) -> LoadedCampaign:
    text = (TABLES / file).read_text(encoding="utf-8")
    return load_campaign_text(f"{text}\n{gates}", file, {})


@pytest.mark.parametrize("gates", OTHERS, ids=[str(each) for each in range(len(OTHERS))])
def test_what_is_recommended_is_right_in_a_campaign(gates: str) -> None:
    assert with_gates("campaign.yaml", gates).campaign.name == "bookings"


def told(gates: Sequence[GateReport], inside: str = "") -> Iterator[str]:
    """Write results as the page does: an inner one behind a dash, a group by its name."""
    for gate in gates:
        scope = dict(gate.scope) | ({"variant": gate.variant} if gate.variant else {})
        group = ", ".join(scope.values())
        yield f"{inside}{gate.verdict}{f' ({group})' if group else ''}: {gate.reason}"
        yield from told(gate.gates, "- ")


def shortened(found: list[str], shown: list[str]) -> list[str]:
    """Count what the page does not show one by one."""
    if not MORE.fullmatch(shown[-1]):
        return found
    kept = [entry for entry in found if entry in shown]
    rest = Counter(entry.partition(" ")[0].rstrip(":") for entry in found if entry not in shown)
    return [*kept, *(f"and {count} more {verdict}" for verdict, count in rest.items())]


def rows_below(heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    table = PAGE.split(f"\n{heading}\n")[1].split("\n| --- ")[1].split("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.split("\n")[1:]
    ]


def test_what_an_observed_share_does_by_chance() -> None:
    for cases, red, green in rows_below("### Observed gates are noisy"):
        size = int(cases)
        least = -(-9 * size // 10)
        assert percent(binom.cdf(least - 1, size, 0.92)) == red
        assert percent(binom.sf(least - 1, size, 0.85)) == green


def test_how_many_cases_a_proof_takes() -> None:
    for asked, cases in rows_below("### Proving a share"):
        assert all_passing_size(share(asked), 0.95) == int(cases)
    assert "44 instead of 29" in PAGE
    assert all_passing_size(0.9, 0.99) == 44


def test_what_no_drop_can_tell_at_each_size() -> None:
    for cases, points, passes, sees in rows_below("### Ruling a drop out"):
        size, margin = int(cases), int(points.removesuffix(" points")) / 100
        ruled_out = Claim(Side.ABOVE, -margin)
        assert percent(chance_tango_proven(size, ruled_out, Changes.of(CHANGING))) == passes
        drop = detectable_drop(size, CHANGING, 0.95)
        assert drop is not None
        assert f"{drop * 100:.0f} points" == sees


def test_how_many_agreeing_cases_a_margin_takes() -> None:
    for points, cases in rows_below("### Proving that nothing is worse"):
        assert agreeing_cases(int(points.removesuffix(" points")) / 100, 0.95) == int(cases)


def share(text: str) -> float:
    return float(text.removesuffix("%")) / 100


def percent(chance: float) -> str:
    return f"{100 * chance:.0f}%"


def test_links_lead_somewhere() -> None:
    for target, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", PAGE):
        linked = DOCS / target if target else DOCS / "gates.md"
        assert linked.exists()
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}
