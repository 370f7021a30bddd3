"""Which medicines of the database a medicine list may hold.

Left out are homeopathy, and what the annotation rules of the reports put aside: vaccines, contrast agents and
tracers, medical gases, infusions and nutrition, solvents, dialysis, allergens for tests. A name of these in a
report is no treatment that somebody reconciles, and many of them are ordinary words ("eau", "glucose").
"""

import re
from collections.abc import Iterable

from app.insights.bdpm.files import Medicine

# Classes of the ATC: J07 vaccines, V08 and V09 imaging, V03AN gases, B05B B05D B05Z infusions and dialysis,
# V07 solvents and dressings, V04 and V01AA tests, V06 nutrition.
_CLASSES = ("J07", "V08", "V09", "V03AN", "B05A", "B05B", "B05D", "B05Z", "V07", "V04", "V01AA", "V06")
_SUBSTANCES = re.compile(
    r"préparations homéopathiques|virus\b|méran\b|\bbcg\b|anatoxine|antigène|toxoïde|polyosides?\b"
    r"|oligosides?\b|souche|recombinante adsorbée|allergéni|pollen|gado|\bio(?:dixanol|hexol|méprol"
    r"|pamidol|versol|bitridol|promide|xitalamate|xaglate)|amidotrizo|baryum"
    r"|\boxygène\b|\bair\b|\bazote\b|eau pour préparations"
    r"|exametazime|tétrofosmine|sestamibi",
    re.IGNORECASE,
)
# "[18F]", "(99m Tc)", "(223RA)": an isotope.
_ISOTOPE = re.compile(r"[\[(] ?\d{2,3} ?m? ?[a-z]{1,2}[\])]", re.IGNORECASE)
_PLANTS = "phyto"
# Nutrition and patch tests hold more than any treatment does.
_MOST_SUBSTANCES = 6


def is_reconciled(medicine: Medicine) -> bool:
    """Return whether somebody's list of medicines may hold `medicine`."""
    return not (
        "homéo" in medicine.procedure.casefold()
        or medicine.atc.startswith(_CLASSES)
        or not 1 <= len(medicine.substances()) <= _MOST_SUBSTANCES
        or any(_SUBSTANCES.search(name) or _ISOTOPE.search(name) for name in medicine.substances())
    )


def is_of_plants(medicine: Medicine) -> bool:
    """Return whether it is registered as a plant: its substance is an ordinary word ("ail", "thym")."""
    return _PLANTS in medicine.procedure.casefold()


def in_scope(medicines: Iterable[Medicine]) -> tuple[Medicine, ...]:
    """Return the medicines that a list may hold.

    Only part of the medicines carry a class: what is left out with one is left out without it as well.
    """
    medicines = tuple(medicines)
    outside = {frozenset(one.substances()) for one in medicines if one.atc.startswith(_CLASSES)}
    inside = {
        frozenset(one.substances()) for one in medicines if one.atc and not one.atc.startswith(_CLASSES)
    }
    return tuple(
        one
        for one in medicines
        if is_reconciled(one) and (one.atc or frozenset(one.substances()) not in outside - inside)
    )
