"""What is left of an error that a provider, or anybody, sends to the callback's address."""

import pytest

from app.transport.callback import cut


def query(text: str, path: str = "/deep/oauth2callback") -> bytes:
    return bytes(cut({"type": "http", "path": path, "query_string": text.encode()})["query_string"])


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ("error=access_denied&error_description=Jean+Dupont&state=x", b"error=access_denied"),
        ("error=Jean+Dupont", b"error=unknown_error"),
        ("error=&error_description=Jean", b"error=unknown_error"),
        ("error=Jean&error=access_denied", b"error=unknown_error"),
    ],
)
def test_of_an_error_a_name_is_left_that_a_standard_gives(asked: str, left: bytes) -> None:
    assert query(asked) == left


def test_an_answer_without_an_error_is_passed_on_as_it_came() -> None:
    assert query("code=a%2Fb&state=c") == b"code=a%2Fb&state=c"


def test_other_addresses_may_be_asked_for_an_error() -> None:
    assert query("error=Jean", path="/media/x") == b"error=Jean"


def test_what_is_no_request_is_passed_on() -> None:
    assert cut({"type": "lifespan"}) == {"type": "lifespan"}
