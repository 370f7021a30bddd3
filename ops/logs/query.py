"""What was asked for, checked before anything is asked of AWS."""

import datetime
import re
from dataclasses import dataclass

from ops.logs import times
from ops.logs.errors import LogsError
from ops.logs.output import FORMATS, Selection
from ops.logs.records import LEVELS, level_named

SINCE = "1h"
SOURCES = {"function": "/aws/lambda/{}", "api": "/aws/apigateway/{}"}

# Lambda's: CloudWatch looks for it in its index of words, as the whole that it is.
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Options:
    """The options of `invoke logs`, as they were typed."""

    since: str | None = None
    until: str | None = None
    sources: str | None = None
    groups: tuple[str, ...] = ()
    filter: str | None = None
    grep: str | None = None
    request: str | None = None
    level: str | None = None
    output: str = "text"
    follow: bool = False
    live: bool = False
    summary: bool = False
    by_request: bool = False


@dataclass(frozen=True)
class Query:
    """What is read and shown.

    Attributes:
        groups: Name => what its events are marked with.
        pattern: CloudWatch's filter pattern; "" for none.
        selection: What of it is shown.
        form: How: one of `output.FORMATS`.
        start_ms: First millisecond since 1970.
        end_ms: Last one; None for all there are.
        by_request: Whether events are shown request by request.
    """

    groups: dict[str, str]
    pattern: str
    selection: Selection
    form: str
    start_ms: int
    end_ms: int | None
    by_request: bool = False

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        """What events are marked with in text: nothing when all are of one group."""
        return tuple(self.groups.items()) if len(self.groups) > 1 else ()


def read(options: Options, *, app_name: str, now: float) -> Query:
    """Return what the options ask for.

    Args:
        options: As they were typed.
        app_name: The stage's, which names its groups.
        now: Seconds since 1970, by the clock that events are told by.

    Raises:
        LogsError: They ask for what there is not, or for two things that exclude each other.
    """
    _refuse_contradictions(options)
    start_ms, end_ms = _span(options, now)
    return Query(
        groups=_groups(options, app_name),
        pattern=_pattern(options),
        selection=Selection(_severity(options.level), _grep(options.grep), _request(options)),
        form=_one_of(options.output, FORMATS, "--output"),
        start_ms=start_ms,
        end_ms=end_ms,
        by_request=options.by_request,
    )


def refuse_the_future(asked: Query, *, now: float) -> None:
    """Refuse to read what has not come yet.

    Args:
        asked: What is to be read.
        now: Seconds since 1970 by the service's clock: this machine's may be hours off.

    Raises:
        LogsError: The span begins later than now.
    """
    since = datetime.datetime.fromtimestamp(asked.start_ms / 1000, datetime.UTC)
    if since.timestamp() > now + 60:
        raise LogsError(
            f"--since ({_shown(since)}) has not come yet. Nothing was read. Name a moment before now."
        )


def _refuse_contradictions(options: Options) -> None:
    both = [
        (options.follow and options.until, "--follow goes on until Ctrl-C, and --until names an end"),
        (options.follow and options.summary, "--follow has no end, and --summary sums up a span"),
        (options.live and options.summary, "--live has no end, and --summary sums up a span"),
        (options.live and (options.since or options.until), "--live begins now and shows nothing earlier"),
        (options.summary and options.output == "raw", "--summary has nothing raw: --output text or json"),
        (options.groups and options.sources, "--group names groups, and so does --source"),
    ]
    for is_so, why in both:
        if is_so:
            raise LogsError(f"{why}. Nothing was read. Leave one of them out.")


def _span(options: Options, now: float) -> tuple[int, int | None]:
    present = datetime.datetime.fromtimestamp(now, datetime.UTC)
    since = times.moment(SINCE if options.since is None else options.since, now=present)
    until = None if options.until is None else times.moment(options.until, now=present)
    if until and until < since:
        raise LogsError(
            f"--until ({_shown(until)}) is before --since ({_shown(since)}). Nothing was read. "
            f"Swap them, or name an earlier --since."
        )
    return _milliseconds(since), None if until is None else _milliseconds(until)


def _groups(options: Options, app_name: str) -> dict[str, str]:
    if options.groups:
        ends = {name: name.rpartition("/")[2] for name in options.groups}
        # The function's and the API's end alike.
        return ends if len(set(ends.values())) == len(ends) else {name: name for name in ends}
    if options.sources is None:
        chosen = list(SOURCES)
    else:
        chosen = [_one_of(name.strip(), SOURCES, "--source") for name in options.sources.split(",")]
    return {SOURCES[name].format(app_name): name for name in chosen}


def _pattern(options: Options) -> str:
    if options.filter is not None and not options.filter.strip():
        raise LogsError("--filter is empty, and would let everything pass. Nothing was read. Leave it out.")
    if options.filter:
        return options.filter
    # CloudWatch finds a whole id by itself; the beginning of one is looked for here.
    request = _request(options)
    return f'"{request}"' if _REQUEST_ID.fullmatch(request) else ""


def _request(options: Options) -> str:
    """Return the id that was typed as Lambda writes it; the API's distinguish capital letters."""
    typed = options.request or ""
    return typed.lower() if _REQUEST_ID.fullmatch(typed.lower()) else typed


def _severity(level: str | None) -> int:
    if level is None:
        return 0
    name = level_named(level)
    if name is None:
        raise LogsError(f"--level takes {', '.join(LEVELS)}, not {level!r}. Nothing was read.")
    return LEVELS[name]


def _grep(pattern: str | None) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if pattern else None
    except re.error as error:
        raise LogsError(
            f"--grep takes a regular expression, and {pattern!r} is none: {error}. Nothing was read."
        ) from error


def _one_of(value: str, known: object, option: str) -> str:
    names: list[str] = list(known)  # type: ignore[call-overload]  # any container of names
    if value not in names:
        raise LogsError(f"{option} takes {', '.join(names)}, not {value!r}. Nothing was read.")
    return value


def _shown(moment: datetime.datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _milliseconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * 1000)
