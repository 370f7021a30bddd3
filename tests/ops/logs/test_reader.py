import threading

import hypothesis
import hypothesis.strategies as st
import pytest

from ops.logs import reader
from ops.logs.errors import GroupNotFoundError, LogsError, PassingError
from ops.logs.group import Event
from tests.fakes.logs import FakeLogs
from tests.ops.logs.worlds import group_of

sources = st.lists(
    st.lists(st.integers(0, 50), max_size=30)
    .map(sorted)
    .flatmap(
        lambda stamps: st.integers(1, 7).map(
            lambda size: [stamps[first : first + size] for first in range(0, len(stamps), size)]
        )
    ),
    max_size=4,
)


@hypothesis.given(sources)
def test_groups_are_merged_in_the_order_of_time_and_none_is_lost(pages: list[list[list[int]]]) -> None:
    iterators = [
        iter([[Event(stamp, f"{number}") for stamp in page] for page in source])
        for number, source in enumerate(pages)
    ]
    merged = [event for batch in reader.merged(iterators) for event in batch]
    stamps = [event.timestamp for event in merged]
    assert stamps == sorted(stamp for source in pages for page in source for stamp in page)
    for number, source in enumerate(pages):
        own = [event.timestamp for event in merged if event.message == f"{number}"]
        assert own == [stamp for page in source for stamp in page]


def test_a_span_holds_one_page_of_each_group_in_memory() -> None:
    taken = []

    def source():
        for first in range(0, 100, 10):
            taken.append(first)
            yield [Event(stamp, "") for stamp in range(first, first + 10)]

    batches = reader.merged([source(), source()])
    next(batches)
    assert len(taken) == 2


def test_all_pages_are_read_and_the_next_is_asked_for_before_one_is_shown(fake: FakeLogs) -> None:
    fake.page = 3
    for number in range(8):
        fake.put("g", f"{number}", ago_s=60 - number)
    batches = reader.read([group_of(fake)], 0)
    first = next(batches)
    assert [event.message for event in first] == ["0", "1", "2"]
    rest = [event.message for batch in batches for event in batch]
    assert rest == ["3", "4", "5", "6", "7"]
    assert [bool(question.get("nextToken")) for question in fake.asked] == [False, True, True]


def test_a_span_ends_where_it_is_told_to(fake: FakeLogs) -> None:
    for ago_s in (30, 20, 10):
        fake.put("g", f"{ago_s}", ago_s=ago_s)
    now = fake.now_ms
    read = reader.read([group_of(fake)], now - 25_000, now - 15_000)
    assert [event.message for batch in read for event in batch] == ["20"]


@pytest.mark.parametrize("trouble", ["throttled", "broken", "dropped"])
def test_what_passes_is_waited_for(fake: FakeLogs, trouble: str) -> None:
    fake.put("g", "kept")
    setattr(fake, trouble, 2)
    pauses: list[float] = []
    group = group_of(fake, sleep=pauses.append)
    assert [event.message for batch in reader.read([group], 0) for event in batch] == ["kept"]
    assert len(pauses) == 2


def test_what_does_not_pass_is_told_after_some_attempts(fake: FakeLogs) -> None:
    fake.put("g", "kept")
    fake.throttled = 100
    group = group_of(fake, attempts=3)
    with pytest.raises(PassingError, match="throttles logs:FilterLogEvents: it was asked 3 times") as raised:
        list(reader.read([group], 0))
    assert raised.value.what == "throttled"


@pytest.mark.parametrize("trouble", [{"slow_s": 5}, {"endless": True}, {"throttled": 1000}])
def test_a_stop_ends_the_wait_whatever_is_waited_for(fake: FakeLogs, trouble: dict[str, float]) -> None:
    fake.put("g", "kept")
    vars(fake).update(trouble)
    group = group_of(fake)
    stop = threading.Timer(0.2, group.give_up)
    stop.start()
    with pytest.raises(PassingError):
        list(reader.read([group], 0))
    stop.join()


def test_a_clock_that_is_wrong_is_corrected_by_the_services(fake: FakeLogs) -> None:
    fake.ahead_s = 3600
    fake.put("g", "kept", ago_s=5)
    group = group_of(fake)
    assert [event.message for batch in reader.read([group], 0) for event in batch] == ["kept"]
    assert abs(group.connection.ahead_s - 3600) < 2


def test_half_a_character_does_not_hide_all_the_others(fake: FakeLogs) -> None:
    fake.put("g", "half \ud83d, then whole \U0001f600")
    read = reader.read([group_of(fake)], 0)
    assert [event.message for batch in read for event in batch] == ["half ?, then whole \U0001f600"]


def test_an_unknown_group_is_said(fake: FakeLogs) -> None:
    with pytest.raises(GroupNotFoundError, match="no log group nowhere"):
        list(reader.read([group_of(fake, "nowhere")], 0))


def test_a_filter_that_the_service_refuses_is_told_in_its_words(fake: FakeLogs) -> None:
    fake.put("g", "kept")
    fake.patterns = False
    with pytest.raises(LogsError, match=r"the filter '@x': Invalid character\(s\) in term '@'\. Nothing was"):
        list(reader.read([group_of(fake, pattern="@x")], 0))


def test_expired_credentials_are_looked_for_again(fake: FakeLogs) -> None:
    fake.put("g", "kept")
    fake.keys = {"OTHER"}
    group = group_of(fake, renew=lambda: fake.keys.add("KEY"))
    assert [event.message for batch in reader.read([group], 0) for event in batch] == ["kept"]


def test_credentials_that_stay_expired_are_said(fake: FakeLogs) -> None:
    fake.keys = {"OTHER"}
    group = group_of(fake)
    with pytest.raises(PassingError, match="credentials don't work: ExpiredTokenException"):
        list(reader.read([group], 0))


def test_a_service_out_of_reach_is_said(fake: FakeLogs) -> None:
    group = group_of(fake, attempts=2)
    fake.dropped = 100
    with pytest.raises(PassingError, match="does not answer"):
        list(reader.read([group], 0))
