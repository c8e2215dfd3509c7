from hashlib import sha256
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from campaignd.adapters.campaign_files import load_campaign, load_campaign_text
from campaignd.core.mistakes import CampaignInvalid

HEAD = "version: 1\nname: smoke\n"
SOUND = f"""{HEAD}\
agents: {{checkout: {{coval: gk3jK9mPq2xRt5vW8yZaBc}}}}
personas: {{impatient: hL4kL0nQr3ySt6vX9zAcDd}}
test_sets: {{basics: aB1cD2eF}}
"""


def test_a_loaded_campaign_carries_its_text_and_revision(tmp_path: Path) -> None:
    path = tmp_path / "smoke.yaml"
    path.write_text(SOUND)
    loaded = load_campaign(path, {})
    assert loaded.campaign.name == "smoke"
    assert loaded.text == SOUND
    assert loaded.revision == sha256(SOUND.encode()).hexdigest()
    assert loaded.source == str(path)
    assert load_campaign_text(loaded.text, loaded.source, loaded.inputs) == loaded


_WORDS = st.sampled_from(
    [
        "version", "name", "agents", "personas", "matrix", "include", "gates", "mean", "inputs",
        "${inputs.a}", "all", "1", "90%", "a", "~", "cotool", "report", "webhooks", "schedule",
    ]
)  # fmt: skip
_NODES = st.recursive(
    _WORDS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(_WORDS, inner), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(_WORDS, _NODES, max_size=6))
def test_any_campaign_like_file_is_loaded_or_refused(parts: dict[str, str]) -> None:
    text = HEAD + "".join(f"{key}: {value}\n" for key, value in parts.items())
    _load_or_refuse(text)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_loaded_or_refused(text: str) -> None:
    _load_or_refuse(text)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(SOUND)), st.text(max_size=3), st.integers(0, 5))
def test_a_sound_file_with_any_slip_is_loaded_or_refused(at: int, slip: str, cut: int) -> None:
    _load_or_refuse(SOUND[:at] + slip + SOUND[at + cut :])


def _load_or_refuse(text: str) -> None:
    try:
        load_campaign_text(text, "f", {})
    except CampaignInvalid as refusal:
        assert refusal.mistakes  # noqa: PT017  either is right, but an empty refusal is not
