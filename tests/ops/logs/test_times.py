import datetime
import time

import pytest

from ops.logs import times
from ops.logs.errors import LogsError

NOW = datetime.datetime(2026, 11, 26, 10, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("90s", NOW - datetime.timedelta(seconds=90)),
        ("30m", NOW - datetime.timedelta(minutes=30)),
        ("2h", NOW - datetime.timedelta(hours=2)),
        ("1.5d", NOW - datetime.timedelta(hours=36)),
        ("1w", NOW - datetime.timedelta(weeks=1)),
        ("2 hours ago", NOW - datetime.timedelta(hours=2)),
        ("2026-11-01T10:00Z", datetime.datetime(2026, 11, 1, 10, tzinfo=datetime.UTC)),
        ("2026-11-01T10:00+02:00", datetime.datetime(2026, 11, 1, 8, tzinfo=datetime.UTC)),
        ("2026-11-01 10:00", datetime.datetime(2026, 11, 1, 10).astimezone()),
        ("2026-11-01", datetime.datetime(2026, 11, 1).astimezone()),
        ("lundi 8h", datetime.datetime(2026, 11, 23, 8).astimezone()),
        ("25 novembre 8h", datetime.datetime(2026, 11, 25, 8).astimezone()),
        ("il y a 8h", NOW - datetime.timedelta(hours=8)),
        ("2 days 8h", NOW - datetime.timedelta(days=2, hours=8)),
        ("0001-01-01T00:00Z", datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)),
    ],
)
def test_a_moment_is_what_a_person_means(text: str, meant: datetime.datetime) -> None:
    assert times.moment(text, now=NOW) == meant


@pytest.mark.parametrize("text", ["yesterday 14:00", "hier 14:00"])
def test_yesterday_is_that_of_this_machine(text: str) -> None:
    day = NOW.astimezone().date() - datetime.timedelta(days=1)
    assert times.moment(text, now=NOW) == datetime.datetime.combine(day, datetime.time(14)).astimezone()


@pytest.mark.parametrize("text", ["hier 8h", "hier 8 heures", "hier à 8h", "Yesterday 8h", "yesterday 8am"])
def test_an_hour_behind_a_day_is_an_hour_of_that_day(text: str) -> None:
    day = NOW.astimezone().date() - datetime.timedelta(days=1)
    assert times.moment(text, now=NOW) == datetime.datetime.combine(day, datetime.time(8)).astimezone()


@pytest.mark.parametrize(("text", "days"), [("today", 0), ("Aujourd’hui", 0), ("yesterday", 1), ("hier", 1)])
def test_a_day_alone_begins_at_midnight(text: str, days: int) -> None:
    day = NOW.astimezone().date() - datetime.timedelta(days=days)
    assert times.moment(text, now=NOW) == datetime.datetime.combine(day, datetime.time()).astimezone()


NO_DATES = ["yesturday", "", "10", "2x", "999999999999d", "2026-13-01", "yesterday 25:00"]


@pytest.mark.parametrize("text", NO_DATES)
def test_what_is_no_date_is_quoted(text: str) -> None:
    with pytest.raises(LogsError, match="as no date; try 2h") as raised:
        times.moment(text, now=NOW)
    assert repr(text) in str(raised.value)


def test_a_year_that_no_clock_reaches_is_no_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    try:
        with pytest.raises(LogsError, match="'0001-01-01' as no date"):
            times.moment("0001-01-01", now=NOW)
    finally:
        monkeypatch.undo()
        time.tzset()
