import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.transport.ranges import MAX_RANGE_BYTES, UnsatisfiableRangeError, bounded, span

SIZE = 10_000_000


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-", 0, 3_000_000),
        ("bytes=0-0", 0, 1),
        ("bytes=5-99", 5, 100),
        ("Bytes = 9000000-", 9_000_000, SIZE),
        ("bytes=9999999-20000000", SIZE - 1, SIZE),
        ("bytes=-500", SIZE - 500, SIZE),
        ("bytes=-9000000", 1_000_000, 4_000_000),
        ("bytes=-20000000", 0, 3_000_000),
    ],
)
def test_a_range_brings_what_was_asked_for_up_to_what_one_answer_carries(header, start, end):
    part = span(header, SIZE)
    assert (part.start, part.end) == (start, end)
    assert part.content_range == f"bytes {start}-{end - 1}/{SIZE}"


@pytest.mark.parametrize(
    "header",
    ["bytes=10000000-", "bytes=5-4", "bytes=-0", "bytes=a-b", "bytes=0-1,3-4", "chars=0-1", "bytes", ""],
)
def test_what_streamlit_refuses_is_refused(header):
    with pytest.raises(UnsatisfiableRangeError):
        span(header, SIZE)


def test_an_empty_file_has_no_range():
    with pytest.raises(UnsatisfiableRangeError):
        span("bytes=0-", 0)


@given(st.text())
def test_no_header_breaks_the_reading_of_one(header):
    try:
        part = span(header, SIZE)
    except UnsatisfiableRangeError:
        return
    assert 0 <= part.start < part.end <= SIZE
    assert part.end - part.start <= MAX_RANGE_BYTES


@given(st.integers(1, 30_000_000), st.data())
def test_ranges_asked_for_one_after_another_make_the_file(size, data):
    offset = 0
    while offset < size:
        last = data.draw(st.one_of(st.just(""), st.integers(offset, 40_000_000)))
        part = span(f"bytes={offset}-{last}", size)
        assert part.start == offset
        offset = part.end


@pytest.mark.parametrize(
    ("header", "modest"),
    [
        ("bytes=0-", "bytes=0-2999999"),
        ("bytes=7-5000000", "bytes=7-3000006"),
        ("bytes=7-9", "bytes=7-9"),
        ("bytes=-9", "bytes=-9"),
        ("bytes=0-1,5-6", "bytes=0-1,5-6"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_range_passed_on_asks_for_no_more_than_one_answer_brings(header, modest):
    assert bounded(header) == modest
