"""What a person means by a moment: "2h", "yesterday 14:00", 2026-11-01T10:00Z."""

import contextlib
import datetime
import re

from ops.logs.errors import LogsError

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)")
_NO_WORDS = re.compile(r"\d{4}-|\d+$|.*\b(?:2[4-9]|[3-9]\d):\d")
# A day that is named alone begins at midnight, as a Monday does to dateparser.
_DAYS = {"today": 0, "aujourd'hui": 0, "yesterday": 1, "hier": 1, "avant-hier": 2}
# To dateparser, 8h is eight hours ago, also behind a day: "hier 8h".
_DAY_AND_HOUR = re.compile(
    r"(?!il y a |last |past |(?:\d+ )?(?:day|jour|hour|heure|week|semaine)s? )"
    r"((?:\d{1,2}(?:er)? )?[^\W\d][^\d]+(?:\d{4} )?)(\d{1,2}) ?(?:h|heures?)",
    re.IGNORECASE,
)
# There are no older events.
_FIRST = datetime.datetime.fromtimestamp(0, datetime.UTC)
# What dateparser reads: the languages of those who run this.
_LANGUAGES = ["en", "fr"]


def moment(text: str, *, now: datetime.datetime) -> datetime.datetime:
    """Return the moment that a text means.

    Args:
        text: "90s", "30m", "2h", "3d" and "1w" are so long ago. ISO 8601 says which zone it means, else it is
            this machine's. Anything else is English or French: "yesterday 14:00", "2 hours ago", "hier 8h".
            A day alone is its beginning, and what is before 1970 is 1970.
        now: This moment, with a time zone.

    Raises:
        LogsError: It can't be read.
    """
    text = text.strip()
    read = None
    with contextlib.suppress(ValueError, OverflowError):
        if found := _AGO.fullmatch(text):
            read = now - datetime.timedelta(seconds=float(found[1]) * _UNITS[found[2]])
        else:
            read = datetime.datetime.fromisoformat(text)
    # To dateparser a bare number is a month, and 2026-13-01 a day in January.
    if read is None and not _NO_WORDS.match(text):
        read = _in_words(text, now)
    if read is not None and read.tzinfo is None:
        read = _of_this_machine(read)
    if read is None:
        raise LogsError(
            f'I read {text!r} as no date; try 2h, "yesterday 14:00" or 2026-11-01T10:00Z. Nothing was read.'
        )
    return max(read, _FIRST)


def _of_this_machine(moment: datetime.datetime) -> datetime.datetime | None:
    with contextlib.suppress(ValueError, OverflowError):  # in the year 1 or 9999
        return moment.astimezone()
    return None


def _in_words(text: str, now: datetime.datetime) -> datetime.datetime | None:
    local = now.astimezone().replace(tzinfo=None)
    if (days := _DAYS.get(text.lower().replace("’", "'"))) is not None:
        return datetime.datetime.combine(local.date() - datetime.timedelta(days=days), datetime.time())
    if found := _DAY_AND_HOUR.fullmatch(text):
        text = f"{found[1]}{found[2]}:00"
    # Takes a fifth of a second.
    import dateparser  # type: ignore[import-untyped]  # it has no types

    settings = {"RELATIVE_BASE": local, "PREFER_DATES_FROM": "past", "PREFER_DAY_OF_MONTH": "first"}
    read: datetime.datetime | None = dateparser.parse(text, languages=_LANGUAGES, settings=settings)
    return read
