"""What a posology means, whatever its words: "1 cp matin et soir", "1-0-1" and "2 fois par jour" are one.

Nothing is assumed but what every reader assumes: a moment without a number is one unit. What is not written
stays None.
"""

import re
from dataclasses import dataclass, replace

from app.insights.dosing import amounts, forms, rhythms
from app.insights.dosing.amounts import Amount, Quantity
from app.insights.dosing.rhythms import Rhythm
from app.insights.evidence import plain
from app.insights.models import Drug

_UNITS_TOLD = re.compile(r"\d ?(?:ui|u|unites?)\b")

_CONCENTRATION = re.compile(r"/ ?ml\b")


@dataclass(frozen=True)
class Dosing:
    """A posology in numbers: what one unit holds, how many are taken at once, how often, and as what."""

    strength: Amount | None
    quantity: Quantity | None
    rhythm: Rhythm
    form: str | None
    route: str | None
    prolonged: bool


def understand(drug: Drug) -> Dosing:
    """Return what the posology of `drug` means; form and route may stand anywhere in its words."""
    dose, said = amounts.spelled(plain(drug.dose or "")), amounts.spelled(plain(drug.frequency or ""))
    # "100 U/mL" says what a pen holds, not what is taken.
    strength = None if _CONCENTRATION.search(dose) else amounts.strength(dose)
    quantity = amounts.quantity(dose)
    if strength is None or (strength.dimension == "UI" and _UNITS_TOLD.search(said)):
        # "6 UI le matin, 8 UI le midi", "0-0-20 UI": what is counted are the units themselves.
        said = said if strength is None else f"{dose} {said}"
        strength = amounts.ONE_UNIT if _UNITS_TOLD.search(said) else None
    rhythm = rhythms.read(said, quantity)
    # A line that is taken over quotes the words that say so: "traitement habituel inchangé".
    told = (drug.name, drug.dose, drug.frequency, drug.citation)
    words = amounts.spelled(plain(" ".join(filter(None, told))))
    return Dosing(
        strength=strength,
        quantity=rhythm.quantity or quantity,
        rhythm=replace(rhythm, as_needed=rhythm.as_needed or drug.as_needed),
        form=forms.form(words),
        route=route(drug),
        prolonged=forms.is_prolonged(words),
    )


def route(drug: Drug) -> str | None:
    """Return the way in, as a reader corrected it or as the citation tells, or None."""
    return drug.route or forms.route(amounts.spelled(plain(drug.citation)))
