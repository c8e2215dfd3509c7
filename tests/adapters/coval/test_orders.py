from dataclasses import replace

import pytest

from campaignd.adapters.coval.orders import launch_body
from campaignd.core.coval import LaunchOrder, RunOptions

KEY = "01k9q4tz7m3wx8v2b6ncrdefgj-1-1"
PLAIN = LaunchOrder(
    agent_id="Ag7Kq2Vx9Lm4Tz1Wb8Nc5R",
    persona_id="Pe3Hn6Yd0Sf8Jr2Ku5Gv1X",
    test_set_id="tS4n9Qa2",
    metric_ids=(),
    mutation_ids=(),
    options=RunOptions(iterations=3, concurrency=5),
    display_name=f"nightly checkout {KEY}",
    tags=("campaignd", "cd-01k9"),
    launch_key=KEY,
)


def test_a_plain_launch_sends_no_more_than_it_must() -> None:
    assert launch_body(PLAIN) == {
        "agent_id": "Ag7Kq2Vx9Lm4Tz1Wb8Nc5R",
        "persona_id": "Pe3Hn6Yd0Sf8Jr2Ku5Gv1X",
        "test_set_id": "tS4n9Qa2",
        "options": {"iteration_count": 3, "concurrency": 5},
        "metadata": {
            "display_name": f"nightly checkout {KEY}",
            "created_by": "campaignd",
            "tags": ["campaignd", "cd-01k9"],
            "customer": {"launch_key": KEY, "source": "campaignd"},
        },
    }


def test_metrics_and_mutations_are_sent_where_given() -> None:
    body = launch_body(replace(PLAIN, metric_ids=("m1", "m2"), mutation_ids=("x",)))
    assert (body["metric_ids"], body["mutation_ids"]) == (["m1", "m2"], ["x"])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            RunOptions(sample_size=20, sample_seed=0),
            {"sub_sample_size": 20, "sub_sample_seed": 0},
            id="sample with seed zero",
        ),
        pytest.param(RunOptions(sample_size=20), {"sub_sample_size": 20}, id="sample"),
        pytest.param(RunOptions(sample_seed=7), {}, id="seed without sample"),
        pytest.param(
            RunOptions(test_case_ids=("c1", "c2")), {"test_case_ids": ["c1", "c2"]}, id="cases"
        ),
    ],
)
def test_options_are_sent_where_they_mean_something(
    options: RunOptions, expected: dict[str, object]
) -> None:
    common = {"iteration_count": 1, "concurrency": 5}
    assert launch_body(replace(PLAIN, options=options))["options"] == {**common, **expected}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("n" * 200, "n" * 200, id="just fits"),
        pytest.param("n" * 201, "n" * 199 + "…", id="too long"),
        pytest.param(f"{'n' * 300} {KEY}", f"{'n' * (198 - len(KEY))}… {KEY}", id="key at the end"),
    ],
)
def test_a_long_name_is_cut_but_keeps_its_key(name: str, expected: str) -> None:
    metadata = launch_body(replace(PLAIN, display_name=name))["metadata"]
    assert isinstance(metadata, dict)
    assert metadata["display_name"] == expected
    assert len(expected) == 200
