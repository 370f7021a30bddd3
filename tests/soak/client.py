"""A tab of somebody who uses the page: widgets are found by their keys, whatever language they speak."""

import json
import re
import secrets
import time
import uuid
from collections.abc import Sequence
from typing import Any, Final

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileUploaderState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from app.transport import xsrf
from tests.app.transport.persistent import PersistentTab, Raw
from tests.app.transport.tab import cookies_in
from tests.soak.journal import Journal
from tests.soak.screen import Screen

# What the page has the browser remember, in app/ui/memory.py.
COOKIE: Final = "patient-insight-worklists"
_REMEMBER: Final = re.compile(r"\}\)\((\{.*\})\);\s*</script>", re.DOTALL)

# What each case of each session has in its texts, and nobody else has.
MARK: Final = re.compile(rb"zq\d{3}c\d{4}z")

# How often a reader loads the page, or sends a file, before giving up.
ATTEMPTS: Final = 12

Value = str | bool | float | list[str] | FileUploaderState


class NoPageError(Exception):
    """What a person would have loaded again and again does not come."""


class MissingError(Exception):
    """There is no such widget on the page."""


class Client(PersistentTab):
    """One tab.

    Attributes:
        screen: what it shows.
        remembered: keys of worklists that the browser remembers, oldest first.
        seen: all marks in what the server has ever sent to it.
        is_forgotten: the page has erased its session.
    """

    is_forgotten = False
    _last = ""

    def __init__(
        self, port: int, journal: Journal, cookie: str | None = None, remembered: Sequence[str] = ()
    ) -> None:
        self.journal = journal
        self.screen = Screen()
        self.remembered = list(remembered)
        self.seen: set[str] = set()
        self._values: dict[str, WidgetState] = {}
        # What loading the page takes, before the tab can be one.
        self.port, self.headers, self.cookie = port, {}, cookie or ""
        super().__init__(port, self.open_page())

    def heard(self, method: str, operation: str, status: int, took_s: float) -> None:
        """Have the request written down."""
        self.journal.request(operation or method, status, took_s)

    def open_page(self, path: str = "/") -> str:
        """Load the page, as often as it takes, and return the Cookie header from then on."""
        status, headers, content = self.insist("GET", path)
        if b"<script" not in content:
            raise NoPageError(f"the page is {status}: {content[:200]!r}")
        given = "; ".join(filter(None, (self.cookie, cookies_in(headers))))
        return "; ".join({cookie.partition("=")[0]: cookie for cookie in given.split("; ")}.values())

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Raw:
        """`Tab.ask`, with the browser's other cookie."""
        own = "; ".join(filter(None, (self.cookie, self._memory())))
        return super().ask(method, path, body, **{**headers, **({"Cookie": own} if own else {})})

    def visit(self) -> None:
        """Have the page run for the first time."""
        self.run(BackMsg())

    def set(self, key: str, value: Value) -> None:
        """Fill in a widget; the page hears of it with the next run."""
        state = _state(self.widget(key).id, value)
        self._values[state.id] = state

    def choose(self, key: str, value: Value) -> None:
        """Fill in a widget that runs the page at once."""
        self.set(key, value)
        self.run(BackMsg())

    def press(self, key: str) -> None:
        """Press a button."""
        self.run(BackMsg(), _trigger(self.widget(key).id))

    def look(self, fragment_id: str) -> None:
        """Run a fragment whose time has come."""
        message = BackMsg()
        message.rerun_script.fragment_id = fragment_id
        message.rerun_script.is_auto_rerun = True
        self.run(message)

    def told(self) -> str:
        """What the last run came to, for who looks for the reason of something."""
        return f"run {self.sequence}, {self.retries} retries, {self._last}, shown: {self.screen.text()!r}"

    def widget(self, key: str) -> Any:
        """The first widget whose key begins with `key`.

        Raises:
            MissingError: there is none.
        """
        if (found := next(self.screen.widgets(key), None)) is None:
            raise MissingError(f"no widget {key!r}; the page says: {self.screen.text('alert', 'heading')!r}")
        return found

    def drop(self, key: str, name: str, content: bytes) -> None:
        """Put a file and have the uploader hold it."""
        file_id = self._insistently_put(name, content)
        state = FileUploaderState()
        info = state.uploaded_file_info.add(name=name, size=len(content), file_id=file_id)
        info.file_urls.file_id = file_id
        info.file_urls.upload_url = info.file_urls.delete_url = self._place_of(file_id)
        self.set(key, state)

    def download(self, key: str) -> bytes:
        """Have a file made, and fetch it."""
        message = BackMsg()
        request = message.backend_operation_request
        request.request_id, request.session_id = uuid.uuid4().hex, self.session_id
        request.deferred_file.file_id = self.widget(key).deferred_file_id
        for said in self.act(message).messages:
            made = said.backend_operation_response
            if made.request_id == request.request_id:
                if not made.deferred_file.url:
                    raise NoPageError(f"no file of {key!r}: {made.error_msg}")
                return self.insist("GET", made.deferred_file.url)[2]
        raise NoPageError(f"no word of the file of {key!r}")

    def run(self, message: BackMsg, *triggers: WidgetState) -> None:
        """Run the page with all that its widgets hold."""
        message.rerun_script.widget_states.widgets.extend([*self._values.values(), *triggers])
        answer = self.act(message)
        self._last = f"{answer.control}, pressed {[state.id[-20:] for state in triggers]}"
        for said in answer.messages:
            self.seen.update(mark.decode() for mark in MARK.findall(said.SerializeToString()))
        self.screen.show(answer.messages)
        self.is_forgotten = answer.status == "forgotten"
        self._let_go(answer.messages)
        self._remember()

    def _let_go(self, messages: Sequence[ForwardMsg]) -> None:
        """Hold no value of a widget that is gone, or that the page has given another."""
        there = self.screen.ids()
        given = {widget.id for widget in map(_new_widget, messages) if getattr(widget, "set_value", False)}
        self._values = {
            name: state for name, state in self._values.items() if name in there and name not in given
        }

    def _remember(self) -> None:
        for body in self.screen.html():
            if COOKIE in body and (found := _REMEMBER.search(body)):
                told = json.loads(found[1])
                gone = {*told["forget"], *told["keep"]}
                others = [key for key in self.remembered if key not in gone]
                self.remembered = [*others, *told["keep"]][-told["most"] :]

    def _memory(self) -> str:
        return f"{COOKIE}={'.'.join(self.remembered)}" if self.remembered else ""

    def insist(self, method: str, path: str, body: bytes = b"", **headers: str) -> Raw:
        """Ask until an instance answers, as a person who loads a page again."""
        for attempt in range(ATTEMPTS):
            answer = self.asked(method, path, body, **headers)
            if 0 < answer[0] < 500 and answer[0] != 429:
                return answer
            time.sleep(min(2.0**attempt / 5, 5.0))
        raise NoPageError(f"{method} {path.partition('?')[0]}: {answer[0]} {answer[2][:200]!r}")

    def _insistently_put(self, name: str, content: bytes) -> str:
        file_id, boundary = str(uuid.uuid4()), secrets.token_hex(8)
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = f"--{boundary}\r\n{head}".encode() + content + f"\r\n--{boundary}--".encode()
        named = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "X-Xsrftoken": xsrf.token_in(self.cookie),
        }
        status, _, said = self.insist("PUT", self._place_of(file_id), body, **named)
        if status >= 300:
            raise NoPageError(f"an upload is refused: {status} {said[:200]!r}")
        return file_id

    def _place_of(self, file_id: str) -> str:
        return f"/_stcore/upload_file/{self.session_id}/{file_id}"


def _new_widget(message: ForwardMsg) -> Any:
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    return getattr(element, kind) if kind else element


def _trigger(widget_id: str) -> WidgetState:
    return WidgetState(id=widget_id, trigger_value=True)


def _state(widget_id: str, value: Value) -> WidgetState:
    state = WidgetState(id=widget_id)
    match value:
        case bool():
            state.bool_value = value
        case int() | float():
            state.double_value = value
        case str():
            state.string_value = value
        case list():
            state.string_array_value.data.extend(value)
        case FileUploaderState():
            state.file_uploader_state_value.CopyFrom(value)
    return state
