"""Tells a result from a medicine: "potassium 4,2 mmol/L" and "albumine 31 g/L" are measured, not taken."""

import re

_MEASURED = re.compile(
    r"[ \t:=]*[<>≤≥]?[ \t]*\d+(?:[.,]\d+)?[ \t]*(?:(?:[kmµμnp]?g|[mµμnp]?mol|m?eq|m?ui|u)[ \t]*/[ \t]*d?l\b"
    r"|mm[ \t]*hg\b|ml[ \t]*/[ \t]*min)"
)


def is_result(folded: str, end: int) -> bool:
    """Return whether the name that ends at `end` of a folded text is followed by a measured value."""
    return bool(_MEASURED.match(folded, end))
