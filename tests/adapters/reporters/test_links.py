import pytest

from campaignd.adapters.reporters.links import web_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        pytest.param(
            "https://app.coval.dev/runs/1?a=b#c", "https://app.coval.dev/runs/1?a=b#c", id="https"
        ),
        pytest.param("http://127.0.0.1:8321/", "http://127.0.0.1:8321/", id="http"),
        pytest.param(
            "https://example.com/\x00a\u202eb", "https://example.com/ab", id="unseen signs"
        ),
    ],
)
def test_a_web_address_can_be_linked_to(url: str, address: str) -> None:
    assert web_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(None, id="none"),
        pytest.param("javascript:alert(1)", id="a script"),
        pytest.param("java\nscript:alert(1)", id="a script in two lines"),
        pytest.param("\x01javascript:alert(1)", id="a script behind a control character"),
        pytest.param("data:text/html,x", id="a page in itself"),
        pytest.param("http://[", id="a broken address"),
        pytest.param("https:///path", id="no host"),
        pytest.param("//example.com", id="no scheme"),
        pytest.param("/etc/passwd", id="a path"),
        pytest.param("https://example.com/" + "a" * 2000, id="longer than what is shown"),
    ],
)
def test_anything_else_cannot(url: str | None) -> None:
    assert web_address(url) is None
