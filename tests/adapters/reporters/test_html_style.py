import re
from importlib.resources import files

import pytest

from campaignd.core.verdicts import Verdict


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_colours_reach_the_contrast_of_wcag_aa(scheme: str) -> None:
    colours = palette(scheme)
    tones = [name.removesuffix("-tint") for name in colours if name.endswith("-tint")]
    pairs = [(ink, paper) for ink in ("text", "quiet", "link") for paper in ("page", "card")]
    pairs += [(tone, f"{tone}-tint") for tone in tones]
    pairs += [(tone, "card") for tone in tones]
    pairs += [("text", f"{tone}-tint") for tone in tones]
    assert len(tones) == 6
    for ink, paper in pairs:
        assert contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)
    for mark in ("quiet", "text", "link"):
        assert contrast(colours[mark], colours["kept"]) >= 3, mark


def test_every_verdict_has_its_colours() -> None:
    styles = stylesheet()
    for verdict in (*Verdict, "running"):
        assert re.search(rf"\.{verdict}\b[^{{]*{{ --tone", styles)


def stylesheet() -> str:
    package = files("campaignd.adapters.reporters")
    return (package / "templates" / "report.css").read_text(encoding="utf-8")


def palette(scheme: str) -> dict[str, str]:
    light, dark, *_ = re.findall(r":root \{(.*?)\}", stylesheet(), re.DOTALL)
    found = re.findall(r"--([a-z-]+): #([0-9a-f]{6})", dark if scheme == "dark" else light)
    return dict(found)


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
