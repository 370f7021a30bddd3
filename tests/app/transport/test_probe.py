"""One round trip, as a deployment asks for it before users come."""

import pytest

from app.transport import RoundTripError, round_trip


def test_a_page_that_works_makes_the_round_trip(start):
    (instance,) = start("counter.py", 1)
    round_trip(instance.port)


def test_a_page_with_a_mistake_in_its_syntax_is_told_as_that(start, tmp_path):
    page = tmp_path / "page.py"
    page.write_text("import streamlit as st\nst.write('unclosed)\n")
    (instance,) = start(page, 1)
    with pytest.raises(RoundTripError, match=r"^the page does not compile$"):
        round_trip(instance.port)


def test_a_page_that_raises_is_told_by_the_kind_of_its_exception_only(start):
    (instance,) = start("raises.py", 1)
    with pytest.raises(RoundTripError, match=r"^the page raised ValueError$"):
        round_trip(instance.port)
