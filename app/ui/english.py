"""English."""

ENGLISH: dict[str, str] = {}
