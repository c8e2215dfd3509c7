import pytest

from campaignd.settings import load_settings, unknown_variables


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param(
            "CAMPAIGND_COVAL__TIMEOT",
            "CAMPAIGND_COVAL__TIMEOT is no setting: did you mean 'CAMPAIGND_COVAL__TIMEOUT'?",
            id="a letter",
        ),
        pytest.param(
            "CAMPAIGND_COVAL_TIMEOUT",
            "CAMPAIGND_COVAL_TIMEOUT is no setting: did you mean 'CAMPAIGND_COVAL__TIMEOUT'?",
            id="one underscore",
        ),
        pytest.param("CAMPAIGND_XYZZY", "CAMPAIGND_XYZZY is no setting", id="like nothing"),
        pytest.param("CAMPAIGND_LOG", "CAMPAIGND_LOG is no setting", id="a whole section"),
    ],
)
def test_a_mistyped_variable_is_named_with_a_hint_and_otherwise_left_alone(
    name: str, hint: str
) -> None:
    (sentence,) = unknown_variables({name: "5s", "HOME": "/root"})
    assert sentence.startswith(hint)
    assert load_settings({name: "5s"}) == load_settings({})


@pytest.mark.parametrize(
    "name", ["CAMPAIGND_CONFIG", "CAMPAIGND_SECRET_CI_WEBHOOK", "COVAL_API_KEY", "PATH"]
)
def test_what_is_read_elsewhere_is_not_unknown(name: str) -> None:
    assert unknown_variables({name: "x"}) == []
