"""What a person means by a moment: "2h", "yesterday 14:00", 2026-11-01T10:00Z."""

import contextlib
import datetime
import re

from ops.logs.errors import LogsError

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w)")
_NO_WORDS = re.compile(r"\d{4}-|\d+$")
# What dateparser reads: the languages of those who run this.
_LANGUAGES = ["en", "fr"]


def moment(text: str, *, now: datetime.datetime) -> datetime.datetime:
    """Return the moment that a text means.

    Args:
        text: "90s", "30m", "2h", "3d" and "1w" are so long ago. ISO 8601 says which zone it means, else it is
            this machine's. Anything else is English or French: "yesterday 14:00", "2 hours ago", "hier 8h".
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
    if read is None:
        raise LogsError(
            f'I read {text!r} as no date; try 2h, "yesterday 14:00" or 2026-11-01T10:00Z. Nothing was read.'
        )
    return read if read.tzinfo else read.astimezone()


def _in_words(text: str, now: datetime.datetime) -> datetime.datetime | None:
    # Takes a fifth of a second.
    import dateparser  # type: ignore[import-untyped]  # it has no types

    local = now.astimezone().replace(tzinfo=None)
    settings = {"RELATIVE_BASE": local, "PREFER_DATES_FROM": "past", "PREFER_DAY_OF_MONTH": "first"}
    read: datetime.datetime | None = dateparser.parse(text, languages=_LANGUAGES, settings=settings)
    return read
