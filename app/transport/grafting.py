"""Giving an object the content of another, so that whoever holds it sees it.

Callbacks and fragments hold objects of `st.session_state`: `on_click=st.session_state.cart.append`. A silent
replay makes such a callback around the object that is there during the replay. When the state is put back
after it, that very object must stay in its place.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

_MUTATORS: Final = {
    dict: ("clear", "update"),
    list: ("clear", "extend"),
    set: ("clear", "update"),
    deque: ("clear", "extend"),
}
# Source: CPython, Include/object.h, Py_TPFLAGS_HEAPTYPE: not built into the interpreter or an extension.
_HEAP_TYPE: Final = 1 << 9
_HOOKS: Final = ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__")


def graft(old: Any, new: Any) -> Any:
    """`old` with the content of `new`, which shares nothing with it; `new` where that cannot be done.

    It can for lists, dicts, sets and plain objects of one class, also within one another, each in the place
    of the one that it replaces.
    """
    return _Graft().onto(old, new)


class _Graft:
    """One grafting. What `new` holds in two places becomes one object, as it was."""

    def __init__(self) -> None:
        self._done: dict[int, Any] = {}  # by the id of what is new, which lives as long as the whole
        self._taken: set[int] = set()

    def onto(self, old: Any, new: Any) -> Any:
        if id(new) in self._done:
            return self._done[id(new)]
        if type(old) is not type(new) or id(old) in self._taken or not _can_be_filled(new):
            return new
        self._done[id(new)] = old
        self._taken.add(id(old))
        self._fill(old, new)
        return old

    def _fill(self, old: Any, new: Any) -> None:
        if isinstance(new, dict):
            items = {key: self.onto(old[key], value) if key in old else value for key, value in new.items()}
            old.clear()
            old.update(items)
        elif isinstance(new, list | deque):
            pairs = zip([*old, *[None] * len(new)], new, strict=False)
            values = [self.onto(*pair) for pair in pairs]
            old.clear()
            old.extend(values)
        elif isinstance(new, set):
            old.clear()
            old.update(new)
        if hasattr(new, "__dict__"):
            self._fill(vars(old), vars(new))


def _can_be_filled(value: Any) -> bool:
    kind = type(value)
    if kind in _MUTATORS:
        return True
    if isinstance(value, type) or not hasattr(value, "__dict__"):
        return False
    # One that says how it is to be pickled has more to it than its attributes.
    if any(getattr(kind, name, None) is not getattr(object, name, None) for name in _HOOKS):
        return False
    return _is_plain_container(kind) or _is_made_in_python(kind)


def _is_plain_container(kind: type) -> bool:
    """Whether it is a list, dict or set with more attributes, which is filled as such."""
    return any(
        issubclass(kind, base) and all(getattr(kind, name) is getattr(base, name) for name in names)
        for base, names in _MUTATORS.items()
    )


def _is_made_in_python(kind: type) -> bool:
    return all(base.__flags__ & _HEAP_TYPE for base in kind.__mro__[:-1])
