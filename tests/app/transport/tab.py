"""A browser tab without a browser: speaks the shim's side of the protocol."""

import http.client
import json
import secrets
import uuid

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.transport import protocol, xsrf
from app.transport.protocol import Message


class Tab:
    """One tab of one browser.

    `port` may be changed at any time to ask another instance; `on_part` is called with each part of an answer
    when it comes.
    """

    def __init__(self, port, cookie=None, headers=None):
        self.port = port
        self.on_part = lambda _part: None
        self.headers = headers or {}
        self.cookie = cookie or self.open_page()
        self.nonce, self.epoch = secrets.token_hex(16), secrets.token_hex(16)
        self.sequence = self.version = 0
        self.session_id = ""
        self.widgets = {}

    def open_page(self, path="/"):
        """Load the page and return the Cookie header that a browser would send from then on."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path, headers=self.headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        return "; ".join(c.split(";")[0] for c in response.headers.get_all("Set-Cookie", []))

    def ask(self, method, path, body=b"", **headers):
        """Status, headers (lower case) and content of the answer to one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        own = {"Cookie": self.cookie} if getattr(self, "cookie", None) else {}
        connection.request(method, path, body, {**own, **self.headers, **headers})
        response = connection.getresponse()
        parts = []
        while part := response.read1():
            self.on_part(part)
            parts.append(part)
        connection.close()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, b"".join(parts)

    def post(self, operation="run", body=b"", **headers):
        named = {
            "X-St-Http": operation,
            "X-St-Session": self.nonce,
            "X-St-Epoch": self.epoch,
            "X-St-Seq": str(self.sequence),
            "X-St-First": str(100 * self.sequence),
            "X-St-Version": str(self.version),
            "X-Xsrftoken": xsrf.token_in(self.cookie),
        }
        return self.ask("POST", "/_stcore/message", body, **{**named, **headers})

    def rerun(self, press="", fragment_id="", *, repeat=False, **headers):
        """Rerun the page, with the button labelled `press` pressed, and return what came of it."""
        return self.send(self.rerun_message(press, fragment_id), repeat=repeat, **headers)

    def rerun_message(self, press="", fragment_id=""):
        """The message that asks for a run, with the button labelled `press` pressed."""
        message = BackMsg()
        message.rerun_script.fragment_id = fragment_id
        if press:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = self.widgets[press], True
        return message

    def send(self, *messages, repeat=False, **headers):
        self.sequence += 0 if repeat else 1
        batch = [Message(0, message.SerializeToString()) for message in messages]
        status, _, content = self.post("run", protocol.encode_batch(batch), **headers)
        assert status == 200, (status, content)
        return self.read(content)

    def poll(self, **headers):
        status, _, content = self.post("poll", **headers)
        assert status == 200, (status, content)
        return self.read(content)

    def upload(self, name, data, **headers):
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

    def read(self, content):
        """What an answer says; its version and widgets are kept."""
        result = Answer()
        for kind, payload in protocol.decode_frames(content):
            if kind == 0:
                result.control.update(json.loads(payload))
            else:
                result.messages.append(ForwardMsg.FromString(payload))
        self.version = result.control.get("version") or self.version
        for message in result.messages:
            element = message.delta.new_element
            if (kind_of_widget := element.WhichOneof("type")) in {"button", "checkbox"}:
                widget = getattr(element, kind_of_widget)
                self.widgets[widget.label] = widget.id
            if message.WhichOneof("type") == "new_session":
                self.session_id = message.new_session.initialize.session_id
        return result


class Answer:
    """What one response said."""

    def __init__(self):
        self.control = {}
        self.messages = []

    @property
    def status(self):
        return self.control.get("status")

    @property
    def text(self):
        """The lines of markdown in it."""
        return [
            message.delta.new_element.markdown.body
            for message in self.messages
            if message.delta.new_element.WhichOneof("type") == "markdown"
        ]
