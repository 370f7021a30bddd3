"""What the reader should look at first: unproven items, and drugs that no list holds."""

from app.insights.corrections import keyed
from app.insights.dossier import Dossier
from app.insights.highlights import omission_key
from app.insights.models import Drug, Item, Lab, Omission
from app.insights.words import TESTS
from app.ui.language import t
from app.ui.markup import Html, join, tag
from app.ui.proof import citation, item_id


def to_check(dossier: Dossier) -> Html:
    """Return both lists, less what the reader took out or made good; empty when there is nothing to check."""
    case, still_open = dossier.case, dossier.open_omissions()
    unproven = [
        (key, item)
        for key, _, item in keyed(case.insights)
        if item.span is None and key not in dossier.corrections.removed
    ]
    parts = [
        _listed(t("Non retrouvé dans le texte"), [_unproven(key, item) for key, item in unproven]),
        _listed(
            t("Cité dans le texte, absent de l'extraction"),
            [
                _omitted(number, omission)
                for number, omission in enumerate(case.omissions)
                if omission in still_open
            ],
        ),
    ]
    return tag("section", *parts, class_="to-check", aria_label=t("À vérifier")) if any(parts) else Html("")


def _listed(title: str, lines: list[Html]) -> Html:
    return join([tag("h3", title, class_="caption"), tag("ul", *lines)]) if lines else Html("")


def _unproven(key: str, item: Item) -> Html:
    name = tag("a", tag("strong", _name(item)), href=f"#{item_id(key)}", target="_self")
    return tag("li", name, t(" : "), citation(item, key))


def _name(item: Item) -> str:
    if isinstance(item, Drug):
        return item.name.upper()
    return t(TESTS[item.test]) if isinstance(item, Lab) else t("Énoncé")


def _omitted(number: int, omission: Omission) -> Html:
    name, key = " ".join(omission.name.split()).upper(), omission_key(number)
    words = (tag("strong", name), f" ({omission.dci})", t(" : "), citation(omission, key))
    return tag("li", *words, id=item_id(key))
