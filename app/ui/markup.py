"""HTML from text that may be hostile: whatever a report holds is shown, never run."""

from collections.abc import Iterable, Sequence
from html import escape

from app.insights.models import Item


class Html(str):
    """Text that is already HTML. Only this module and its callers' literals make it; the rest is escaped."""

    __slots__ = ()


def html(text: str | Html) -> Html:
    """Return `text` safe to put between tags or inside a quoted attribute."""
    return text if isinstance(text, Html) else Html(escape(text, quote=True))


def tag(name: str, *content: str | Html, **attributes: str) -> Html:
    """Return an element; `class_` and `data_label` stand for `class` and `data-label`."""
    pairs = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{pairs}>{''.join(html(part) for part in content)}</{name}>")


def join(parts: Iterable[str | Html]) -> Html:
    """Return the parts one after the other, each escaped unless it is HTML."""
    return Html("".join(html(part) for part in parts))


def citation(item: Item) -> Html:
    """Return the words that prove an item, or the warning that they aren't in the text."""
    words = tag("q", " ".join(item.citation.split()), class_="citation")
    return words if item.span else join([words, " ", badge("non retrouvé dans le texte", "warning")])


def badge(words: str, kind: str = "plain") -> Html:
    """Return a few words set apart; `kind` is "plain" or "warning"."""
    return tag("span", words, class_=f"badge {kind}")


def table(caption: str, headers: Sequence[str], rows: Iterable[Sequence[str | Html]]) -> Html:
    """Return a table whose first column heads its rows; on a narrow screen each row becomes a card.

    Roles are written out because cards (`display: block`) would make browsers forget that it is a table.
    """
    head = tag("tr", *(tag("th", header, role="columnheader", scope="col") for header in headers), role="row")
    body = (tag("tr", *_cells(headers, row), role="row") for row in rows)
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption),
            tag("thead", head, role="rowgroup"),
            tag("tbody", *body, role="rowgroup"),
            role="table",
        ),
        class_="insight-table",
    )


def _cells(headers: Sequence[str], row: Sequence[str | Html]) -> Iterable[Html]:
    first, *others = row
    yield tag("th", first, role="rowheader", scope="row")
    for header, cell in zip(headers[1:], others, strict=True):
        yield tag("td", tag("div", cell), role="cell", data_label=header)
