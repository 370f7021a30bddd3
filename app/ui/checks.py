"""What the reader should look at first: unproven items, and drugs that no list holds."""

from collections.abc import Iterable

from app.insights.models import Age, Drug, Item, Lab, Omission, SexMention
from app.ui.markup import Html, citation, join, tag


def to_check(unproven: Iterable[Item], omissions: Iterable[Omission]) -> Html:
    """Return both lists; empty when there is nothing to check."""
    unproven, omissions = tuple(unproven), tuple(omissions)
    parts = []
    if unproven:
        parts.append(_listed("Non retrouvé dans le texte", (_unproven(item) for item in unproven)))
    if omissions:
        parts.append(
            _listed("Cité dans le texte, absent de l'extraction", (_omitted(item) for item in omissions))
        )
    return tag("section", *parts, class_="to-check", aria_label="À vérifier") if parts else Html("")


def _listed(title: str, lines: Iterable[Html]) -> Html:
    return join([tag("h4", title), tag("ul", *(tag("li", line) for line in lines))])


def _unproven(item: Item) -> Html:
    return join([tag("strong", _name(item)), " : ", citation(item)])


def _name(item: Item) -> str:
    if isinstance(item, Drug):
        return item.name.upper()
    if isinstance(item, Lab):
        return item.test
    return "Âge" if isinstance(item, Age) else "Sexe" if isinstance(item, SexMention) else "Énoncé"


def _omitted(omission: Omission) -> Html:
    name = " ".join(omission.name.split()).upper()
    return join([tag("strong", name), f" ({omission.dci}) : ", citation(omission)])
