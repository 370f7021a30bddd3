"""What a tab shows: the elements of the page, as Streamlit's frontend keeps them from message to message."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

_KEY: Final = re.compile(r"\$\$ID-[0-9a-f]+-(.*)", re.DOTALL)
_TAGS: Final = re.compile(r"<[^>]*>")
_TEXTS: Final = ("markdown", "html", "alert", "heading")


class CrashedError(Exception):
    """The page shows an exception."""


@dataclass(frozen=True)
class _Shown:
    delta: Delta
    run: str


class Screen:
    """The page of one tab.

    Attributes:
        looks: fragments that want to be run again, with the seconds until then.
    """

    def __init__(self) -> None:
        self.looks: dict[str, float] = {}
        self._shown: dict[tuple[int, ...], _Shown] = {}
        self._run = ""
        self._fragments: frozenset[str] = frozenset()

    def show(self, messages: Iterable[ForwardMsg]) -> None:
        """Show what came of a run.

        Raises:
            CrashedError: it is an exception.
        """
        for message in messages:
            match message.WhichOneof("type"):
                case "new_session":
                    self._begin(message)
                case "delta":
                    self._place(message)
                case "auto_rerun":
                    self.looks[message.auto_rerun.fragment_id] = message.auto_rerun.interval
                case "script_finished":
                    self._finish(message.script_finished)

    def widgets(self, key: str) -> Iterator[Any]:
        """Each widget whose key begins as the pattern `key` says, in the order of the page."""
        for _, element in self._elements():
            widget_id = getattr(element, "id", "")
            if (found := _KEY.fullmatch(widget_id)) and re.match(key, found[1]):
                yield element

    def has(self, key: str) -> bool:
        """Whether there is such a widget."""
        return next(self.widgets(key), None) is not None

    def tabs(self) -> list[str]:
        """The labels of the tabs that there are."""
        return [shown.delta.add_block.tab.label for _, shown in self._in_order() if _is(shown, "tab")]

    def text(self, *kinds: str) -> str:
        """What can be read, without widgets; of elements of these `kinds`, else of all."""
        found = []
        for kind, element in self._elements():
            if kind in (kinds or _TEXTS):
                found.append(_TAGS.sub(" ", element.body))
        # Markdown is told of its own signs by a backslash.
        return "\n".join(found).replace("\u00a0", " ").replace("\\", "")

    def html(self) -> Iterator[str]:
        """The bodies of HTML elements as they are."""
        return (element.body for kind, element in self._elements() if kind == "html")

    def ids(self) -> set[str]:
        """The ids of all widgets."""
        return {element.id for _, element in self._elements() if getattr(element, "id", "")}

    def _elements(self) -> Iterator[tuple[str, Any]]:
        """Kind and content of each element; a row of tabs that tells which is looked at is one as well."""
        for _, shown in self._in_order():
            if shown.delta.WhichOneof("type") == "new_element":
                element = shown.delta.new_element
                if kind := element.WhichOneof("type"):
                    yield kind, getattr(element, kind)
            elif _is(shown, "tab_container"):
                yield "tab_container", shown.delta.add_block.tab_container

    def _in_order(self) -> list[tuple[tuple[int, ...], _Shown]]:
        return sorted(self._shown.items(), key=lambda item: item[0])

    def _begin(self, message: ForwardMsg) -> None:
        self._run = message.metadata.run.script_run_id
        self._fragments = frozenset(message.metadata.run.fragment_ids)
        if not self._fragments:
            self.looks.clear()

    def _place(self, message: ForwardMsg) -> None:
        delta = message.delta
        if delta.new_element.WhichOneof("type") == "exception":
            raise CrashedError(f"{delta.new_element.exception.type}: {delta.new_element.exception.message}")
        path = tuple(message.metadata.delta_path)
        if delta.WhichOneof("type") == "new_element":
            # An element takes the place of a block with all that is in it.
            for inner in [place for place in self._shown if place[: len(path)] == path]:
                del self._shown[inner]
        self._shown[path] = _Shown(delta, self._run)

    def _finish(self, how: int) -> None:
        """Clear away what the run has not drawn again."""
        if how == ForwardMsg.FINISHED_SUCCESSFULLY:
            self._shown = {place: shown for place, shown in self._shown.items() if shown.run == self._run}
        elif how == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY:
            self._shown = {place: shown for place, shown in self._shown.items() if not self._is_stale(shown)}

    def _is_stale(self, shown: _Shown) -> bool:
        return shown.delta.fragment_id in self._fragments and shown.run != self._run


def _is(shown: _Shown, kind: str) -> bool:
    return shown.delta.WhichOneof("type") == "add_block" and shown.delta.add_block.WhichOneof("type") == kind
