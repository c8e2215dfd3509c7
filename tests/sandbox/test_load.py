from pathlib import Path

import pytest

from campaignd.sandbox import Scenario, ScenarioInvalid, load_scenario


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trouble.yaml"


def messages_for(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioInvalid) as caught:
        load_scenario(path)
    return [message.removeprefix(f"{path}") for message in caught.value.messages]


def test_an_empty_file_is_the_default_scenario(path: Path) -> None:
    path.write_text("# nothing yet\n", encoding="utf-8")
    assert load_scenario(path) == Scenario()


def test_scalars_mean_what_they_look_like(path: Path) -> None:
    path.write_text(
        """
        seed: 7
        speed: 0.5
        strict: yes
        timing: {queue: 1.5h, simulations_within: null, simulation: [1s, 2m]}
        world:
          test_sets:
            12e45678: {name: "1.10", cases: 3}
        """,
        encoding="utf-8",
    )
    scenario = load_scenario(path)
    assert (scenario.seed, scenario.speed, scenario.strict) == (7, 0.5, True)
    assert scenario.timing.queue.total_seconds() == 5400
    assert scenario.timing.simulations_within is None
    assert scenario.world.test_sets["12e45678"].name == "1.10"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        pytest.param(
            "tming: {}", [": tming: is not a key of a scenario; did you mean 'timing'?"], id="typo"
        ),
        pytest.param(
            "failures: {runs: [{outcome: fails, shar: 1}]}",
            [": failures.runs[0].shar: is not a key of a scenario; did you mean 'share'?"],
            id="typo deep inside",
        ),
        pytest.param(
            "timing: {queue: soon, pending: 1x}",
            [
                ": timing.pending: '1x' is not a duration: write 500ms, 90s, 15m, 1.5h or 2d",
                ": timing.queue: 'soon' is not a duration: write 500ms, 90s, 15m, 1.5h or 2d",
            ],
            id="all mistakes at once",
        ),
        pytest.param(
            "effects: [{mutation: gpt-4o, rate: -0.1}]",
            [
                ": effects[0].mutation: 'gpt-4o' is not a mutation id of 26 letters and digits",
            ],
            id="a name for an id",
        ),
        pytest.param("faults: [{match: {}}]", [": faults[0].do: is needed here"], id="missing"),
        pytest.param(
            "timing: {grading: [3s, 1s]}",
            [": timing.grading: the shorter duration comes first, as in [1s, 3s]"],
            id="range the wrong way round",
        ),
        pytest.param(
            "world: {metrics: {tO8nE4kVw2yBs6mC1xFgHj: {name: Tone, type: category}}}",
            [
                ": world.metrics.tO8nE4kVw2yBs6mC1xFgHj: a metric of type category needs cat",
            ],
            id="category without categories",
        ),
        pytest.param(
            "world: {cotool: {3c90c3cc-0d44-4b50-8888-8dd25736052a: {name: A, every: 5ms}}}",
            [
                ": world.cotool.3c90c3cc-0d44-4b50-8888-8dd25736052a: every: runs that begin on",
            ],
            id="runs without a pause",
        ),
        pytest.param(
            "lists: {tag_filter: broken}",
            [
                ": lists.tag_filter: Input should be 'works', 'finds_nothing' or 'refused'",
            ],
            id="unknown word",
        ),
        pytest.param(
            "- seed",
            [": the file: needs keys with values here, as `seed: 7`"],
            id="no mapping",
        ),
        pytest.param(
            "seed: 1\nseed: 2", [':2:1: is not YAML: found duplicate key "seed"'], id="twice"
        ),
        pytest.param("seed: \x07", [": is not YAML: "], id="control character"),
        pytest.param("a: [1", [":1:6: is not YAML: expected ',' or ']', but got"], id="no YAML"),
    ],
)
def test_mistakes_are_told_with_their_place(path: Path, text: str, messages: list[str]) -> None:
    told = messages_for(path, text)
    assert len(told) == len(messages)
    for message, expected in zip(told, messages, strict=True):
        assert message.startswith(expected)


def test_a_file_that_cannot_be_read_is_told(path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match="cannot be read: No such file"):
        load_scenario(path)


def test_a_file_that_is_not_text_is_told(path: Path) -> None:
    path.write_bytes(b"seed: \xff\xfe")
    with pytest.raises(ScenarioInvalid, match="is not UTF-8 text"):
        load_scenario(path)


def test_keys_do_not_show_in_a_scenarios_words() -> None:
    scenario = Scenario.model_validate({"api_keys": {"coval": "hush-hush"}})
    assert "hush-hush" not in repr(scenario)
