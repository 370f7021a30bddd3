"""A browser tab without a browser: speaks the shim's side of the protocol."""

import http.client
import json
import secrets
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.transport import protocol, xsrf
from app.transport.protocol import Message


class Answer:
    """What one response said."""

    def __init__(self) -> None:
        self.control: dict[str, Any] = {}
        self.messages: list[ForwardMsg] = []

    @property
    def status(self) -> str | None:
        return self.control.get("status")

    @property
    def text(self) -> list[str]:
        """The lines of markdown in it."""
        return [
            message.delta.new_element.markdown.body
            for message in self.messages
            if message.delta.new_element.WhichOneof("type") == "markdown"
        ]


class Tab:
    """One tab of one browser.

    `port` may be changed at any time to ask another instance; `on_part` is called with each part of an answer
    when it comes.
    """

    timeout_s = 60.0
    cookie: str
    on_part: Callable[[bytes], object] = staticmethod(lambda _part: None)

    def __init__(
        self, port: int, cookie: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.port = port
        self.headers = headers or {}
        self.cookie = cookie or self.open_page()
        self.nonce, self.epoch = secrets.token_hex(16), secrets.token_hex(16)
        self.sequence = self.version = 0
        self.session_id = ""
        self.widgets: dict[str, str] = {}

    def open_page(self, path: str = "/") -> str:
        """Load the page without cookies, and return the header that a browser would send from then on."""
        self.cookie = ""
        _, headers, _ = self.ask("GET", path)
        return cookies_in(headers)

    def ask(
        self, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case; of several alike, each on a line) and content of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout_s)
        own = {"Cookie": self.cookie} if self.cookie else {}
        connection.request(method, path, body, {**own, **self.headers, **headers})
        response = connection.getresponse()
        parts = []
        while part := response.read1():
            self.on_part(part)
            parts.append(part)
        connection.close()
        named: dict[str, list[str]] = {}
        for name, value in response.getheaders():
            named.setdefault(name.lower(), []).append(value)
        return response.status, {name: "\n".join(values) for name, values in named.items()}, b"".join(parts)

    def post(
        self, operation: str = "run", body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        return self.ask("POST", "/_stcore/message", body, **{**self.headline(operation), **headers})

    def headline(self, operation: str) -> dict[str, str]:
        """The headers that say what a POST is about."""
        return {
            "X-St-Http": operation,
            "X-St-Session": self.nonce,
            "X-St-Epoch": self.epoch,
            "X-St-Seq": str(self.sequence),
            "X-St-First": str(100 * self.sequence),
            "X-St-Version": str(self.version),
            "X-Xsrftoken": xsrf.token_in(self.cookie),
        }

    def rerun(
        self, press: str = "", fragment_id: str = "", *, repeat: bool = False, **headers: str
    ) -> Answer:
        """Rerun the page, with the button labelled `press` pressed, and return what came of it."""
        return self.send(self.rerun_message(press, fragment_id), repeat=repeat, **headers)

    def rerun_message(self, press: str = "", fragment_id: str = "") -> BackMsg:
        """The message that asks for a run, with the button labelled `press` pressed."""
        message = BackMsg()
        message.rerun_script.fragment_id = fragment_id
        if press:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = self.widgets[press], True
        return message

    def send(self, *messages: BackMsg, repeat: bool = False, **headers: str) -> Answer:
        self.sequence += 0 if repeat else 1
        batch = [Message(0, message.SerializeToString()) for message in messages]
        status, _, content = self.post("run", protocol.encode_batch(batch), **headers)
        assert status == 200, (status, content)
        return self.read(content)

    def poll(self, **headers: str) -> Answer:
        status, _, content = self.post("poll", b"", **headers)
        assert status == 200, (status, content)
        return self.read(content)

    def upload(self, name: str, data: bytes, **headers: str) -> tuple[int, str]:
        """The status of putting a file, and its id."""
        file_id = str(uuid.uuid4())
        boundary = secrets.token_hex(8)
        disposition = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        body = f"--{boundary}\r\n{disposition}\r\n\r\n".encode() + data + f"\r\n--{boundary}--".encode()
        named = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "X-Xsrftoken": xsrf.token_in(self.cookie),
        }
        path = f"/_stcore/upload_file/{self.session_id}/{file_id}"
        return self.ask("PUT", path, body, **{**named, **headers})[0], file_id

    def read(self, content: bytes) -> Answer:
        """What an answer says; its version and widgets are kept."""
        result = Answer()
        for kind, payload in protocol.decode_frames(content):
            if kind == 0:
                result.control.update(json.loads(payload))
            else:
                result.messages.append(ForwardMsg.FromString(payload))
        self.version = result.control.get("version") or self.version
        for message in result.messages:
            self._note(message)
        return result

    def _note(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        if (kind_of_widget := element.WhichOneof("type")) in {"button", "checkbox", "file_uploader"}:
            widget = getattr(element, kind_of_widget)
            self.widgets[widget.label] = widget.id
        if message.WhichOneof("type") == "new_session":
            self.session_id = message.new_session.initialize.session_id


def cookies_in(headers: Mapping[str, str]) -> str:
    """The Cookie header that follows from an answer's headers."""
    given = headers.get("set-cookie", "")
    return "; ".join(cookie.partition(";")[0] for cookie in given.split("\n") if cookie)
