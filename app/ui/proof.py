"""Items and the words that prove them, each a link to the other: a click goes there, and another comes back.

Plain links to fragments: they need no round trip and no script, take the keyboard, and the browser's own
"back" undoes them. The style of what is aimed at is `:target`'s.
"""

from collections.abc import Iterable

from app.insights.corrections import Entry
from app.insights.models import Item
from app.ui.language import t
from app.ui.markup import Html, badge, join, tag


def item_id(key: str) -> str:
    """Return the id of the element that shows the item called `key`."""
    return f"item-{_name(key)}"


def passage_id(key: str) -> str:
    """Return the id of the passage of the report that proves the item called `key`."""
    return f"text-{_name(key)}"


def citation(item: Item, key: str) -> Html:
    """Return the words that prove an item, leading to their place; or that they aren't in the text."""
    # Quotation marks of a style sheet are no part of the link for a pointer.
    words = tag("span", f"«\u00a0{' '.join(item.citation.split())}\u00a0»", lang="fr")
    if item.span is None:
        return join(
            [tag("span", words, class_="citation"), " ", badge(t("non retrouvé dans le texte"), "warning")]
        )
    where = t("Voir dans le texte")
    return tag("a", words, class_="citation", href=f"#{passage_id(key)}", title=where, target="_self")


def proof(entry: Entry) -> Html:
    """Return what proves an entry: the words that were extracted, whatever a reader made of them."""
    return citation(entry.was, entry.key) if entry.was else badge(t("ajouté par vous"))


def corrected(entry: Entry, was: str) -> Html:
    """Return a note that an entry is corrected, with what was extracted; nothing when it isn't."""
    if not entry.is_corrected:
        return Html("")
    return join([" ", badge(t("corrigé par vous")), tag("span", t("extrait : {was}", was=was), class_="was")])


def passage(words: str, keys: Iterable[str], kind: str, label: str) -> Html:
    """Return marked words of the report, leading back to the first item that they prove."""
    first, *others = keys
    anchors = (tag("span", id=passage_id(key)) for key in others)
    link = tag("a", words, href=f"#{item_id(first)}", target="_self")
    return tag("mark", *anchors, link, class_=kind, title=label, id=passage_id(first))


def _name(key: str) -> str:
    return key.replace("/", "-").replace("+", "n")
