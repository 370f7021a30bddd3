"""Elements of WordprocessingML by their names without namespace."""

from typing import Any


def local_name(element: Any) -> str:
    """Return the name of an element; comments and entities have none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def child(element: Any | None, name: str) -> Any | None:
    """Return the first child of that name, if there is one."""
    if element is None:
        return None
    return next((inner for inner in element if local_name(inner) == name), None)


def attribute(element: Any, name: str) -> str | None:
    """Return an attribute, whatever its namespace."""
    return next((held for key, held in element.attrib.items() if key.rpartition("}")[2] == name), None)


def value(element: Any | None, *path: str) -> str | None:
    """Return the `val` of the element at the end of `path`, if it is there."""
    for name in path:
        element = child(element, name)
    return None if element is None else attribute(element, "val")
