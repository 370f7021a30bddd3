"""What some log groups hold of a span of time, in the order of time, a page of each group at a time."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter

from ops.logs.group import Event, Group

_time = attrgetter("timestamp")


def read(groups: Sequence[Group], start_ms: int, end_ms: int | None = None) -> Iterator[list[Event]]:
    """Yield the groups' events in the order of their times, in batches.

    Holds one page of each group, however long the span is.

    Args:
        groups: Each is asked over its own connection.
        start_ms: First millisecond since 1970.
        end_ms: Last one; None for all there are.

    Raises:
        LogsError: As `Group.answer`. What was yielded before is right.
    """
    return merged([pages(group, start_ms, end_ms) for group in groups])


def pages(group: Group, start_ms: int, end_ms: int | None = None) -> Iterator[list[Event]]:
    """Ask a group, and return what yields its events, a page at a time.

    The next page is under way while one is worked on.
    """
    group.ask(start_ms, end_ms)
    return _answers(group, start_ms, end_ms)


def _answers(group: Group, start_ms: int, end_ms: int | None) -> Iterator[list[Event]]:
    while True:
        page = group.answer()
        if page.next_token:
            group.ask(start_ms, end_ms, page.next_token)
        if page.events:
            yield page.events
        if not page.next_token:
            return


def merged(sources: Sequence[Iterator[list[Event]]]) -> Iterator[list[Event]]:
    """Yield what several sources yield, in the order of time over all of them.

    A batch goes up to the moment for which every source that has more to say has said all.
    """
    if len(sources) == 1:
        yield from sources[0]
        return
    held: dict[Iterator[list[Event]], list[Event]] = {source: [] for source in sources}
    while True:
        for source, events in list(held.items()):
            if not events:
                page = next(source, None)
                if page is None:
                    del held[source]
                else:
                    held[source] = sorted(page, key=_time)
        if not held:
            return
        until = min(events[-1].timestamp for events in held.values())
        batch: list[Event] = []
        for source, events in held.items():
            cut = bisect_right(events, until, key=_time)
            batch += events[:cut]
            held[source] = events[cut:]
        batch.sort(key=_time)
        yield batch
