"""HTML from text that may be hostile: whatever a report holds is shown, never run."""

import re
from collections.abc import Iterable, Sequence
from html import escape

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def literal(words: str) -> str:
    """Return words of elsewhere so that Streamlit's Markdown shows them as they are.

    A report, a file's name or an error that quotes either may hold links, pictures that a browser would fetch
    from whoever wrote them, colours and icons.

    Source: CommonMark, "Backslash escapes": any ASCII punctuation character may be escaped.
    """
    return _PUNCTUATION.sub(r"\\\1", words)


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


def badge(words: str, kind: str = "plain") -> Html:
    """Return a few words set apart; `kind` is "plain" or "warning"."""
    return tag("span", words, class_=f"badge {kind}")


def table(
    caption: str, headers: Sequence[str], rows: Iterable[tuple[str, Sequence[str | Html]]], kind: str
) -> Html:
    """Return a table whose first column heads its rows; on a narrow screen each row becomes a card.

    Roles are written out because cards (`display: block`) would make browsers forget that it is a table.

    Args:
        caption: what it shows; "" for none.
        headers: one for each column.
        rows: each with the id of its element.
        kind: class that its columns' widths go by.
    """
    head = tag("tr", *(tag("th", header, role="columnheader", scope="col") for header in headers), role="row")
    body = (tag("tr", *_cells(headers, cells), role="row", id=row_id) for row_id, cells in rows)
    return tag(
        "div",
        tag(
            "table",
            *([tag("caption", caption)] if caption else []),
            tag("thead", head, role="rowgroup"),
            tag("tbody", *body, role="rowgroup"),
            role="table",
        ),
        class_=f"insight-table {kind}",
    )


def _cells(headers: Sequence[str], row: Sequence[str | Html]) -> Iterable[Html]:
    first, *others = row
    yield tag("th", first, role="rowheader", scope="row")
    for header, cell in zip(headers[1:], others, strict=True):
        yield tag("td", tag("div", cell), role="cell", data_label=header)
