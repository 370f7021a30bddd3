"""Why a document can't be read."""


class UnreadableReportError(Exception):
    """The text can't be analysed; the message, in French, says what to do."""


class EmptyReportError(UnreadableReportError):
    """Nothing is written there."""


def spaced(number: int) -> str:
    """Return `number` with its thousands apart, as French writes them."""
    return f"{number:,}".replace(",", "\u202f")


def megabytes(size_bytes: int) -> str:
    """Return a size in Mo, as French counts bytes."""
    return f"{size_bytes / 1_000_000:.0f} Mo"
