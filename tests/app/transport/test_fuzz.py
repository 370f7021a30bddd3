"""Whatever comes in: every request gets an answer in time, none of them a crash or another's data.

FUZZ_EXAMPLES tells how many of each kind to try; a long run is FUZZ_EXAMPLES=5000.
"""

import http.client
import json
import os
import secrets
import socket
import string
from contextlib import suppress

import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.proto.BackMsg_pb2 import BackMsg

from app.transport import FileStore, MemoryStore, Seal, protocol, xsrf
from app.transport.protocol import Message
from app.transport.vault import Vault
from tests.app.transport.tab import Tab

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
PATIENCE_S = 20
MARK = "nobody-else-may-read-" + secrets.token_hex(8)

fuzzed = settings(
    max_examples=EXAMPLES,
    suppress_health_check=list(HealthCheck),
    derandomize="FUZZ_EXAMPLES" not in os.environ,
)


RATES = ("browser", "client", "everybody", "browser_sessions", "sessions")


@pytest.fixture(scope="module")
def store_directory(tmp_path_factory):
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def instance(start, store_directory):
    generous = {name: [1e6, 1_000_000] for name in RATES}
    options = json.dumps({"client.showErrorDetails": "none"})
    (instance,) = start(
        "widgets.py", 1, store=store_directory, LIMITS=json.dumps(generous), PAGE_OPTIONS=options
    )
    return instance


@pytest.fixture(scope="module")
def victim(instance):
    """A session that nobody else may read or change."""
    tab = Tab(instance.port)
    tab.rerun()
    message = tab.rerun_message("Add")
    state = message.rerun_script.widget_states.widgets.add()
    state.id, state.string_value = ids(tab.rerun())["text_input"], MARK
    assert tab.send(message).status == "done"
    return tab


@pytest.fixture(scope="module")
def attacker(instance):
    """A browser that knows the protocol and has a session of its own."""
    tab = Tab(instance.port)
    tab.ids = list(ids(tab.rerun()).values())
    return tab


@pytest.fixture(scope="module")
def liar(instance):
    """Another one, whose session is in whatever state its lies have brought it to."""
    tab = Tab(instance.port)
    tab.rerun()
    return tab


@pytest.fixture(autouse=True)
def unharmed(instance, victim):
    """After each test the instance lives, has crashed nowhere, and the victim's session is as it was."""
    yield
    assert instance.is_alive
    assert "count=2" in victim.rerun().text[-1]
    output = instance.output.read_text()
    # What a page raises is logged as Streamlit logs it. Everything else is ours.
    for sign in ("a run failed", "Exception in ASGI", "never retrieved", "Error processing back message"):
        assert sign not in output, output[-3000:]
    assert MARK not in output


def ids(answer):
    """The widgets' ids in an answer, by kind."""
    elements = [message.delta.new_element for message in answer.messages]
    kinds = [(element, element.WhichOneof("type")) for element in elements]
    found = {kind: getattr(getattr(element, kind), "id", "") for element, kind in kinds if kind}
    return {kind: id_ for kind, id_ in found.items() if id_}


def ask(port, method, path, headers, body):
    """Status and content of the answer, which must come in time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def assert_harmless(status, content):
    assert status < 500
    assert MARK.encode() not in content


# --- what is sent ---------------------------------------------------------------------------------

tokens = st.text(string.ascii_letters + string.digits + "-_./%:;,=\"'{}[] é\t", max_size=80)
header_names = st.sampled_from(
    [
        *("X-St-Http", "X-St-Session", "X-St-Epoch", "X-St-Seq", "X-St-Version", "X-St-Attempt", "X-St-Run"),
        *("X-St-Received", "X-Xsrftoken", "Cookie", "Origin", "Host", "Sec-Fetch-Site", "Content-Type"),
        *("X-Forwarded-Proto", "X-Amzn-Request-Context", "Range", "If-None-Match", "Accept-Encoding"),
    ]
)
methods = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "X"])
places = st.sampled_from(
    [
        *("/", "/_stcore/message", "/_stcore/upload_file/", "/_stcore/health", "/_stcore/host-config"),
        *("/media/", "/static/", "/events", "/component/", "/app/static/", "//", "/_stcore/metrics"),
        *("/oauth2callback", "/auth/", "/_stcore/bidi-components/", "/_stcore/script-health-check"),
        *("/..", "/%2e%2e/"),
    ]
)
SCALARS = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
}
# Texts that are something to somebody: a date, JSON, a number out of range, JSON too deep to parse.
texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["{}", "[]", "null", "[" * 100_000, '{"edited_rows":{"9":{"a":1}}}', "2026-99-99"]),
)


@st.composite
def filled(draw, kind, known=(), depth=4):
    """A message of type `kind` with anything in it; ids are often among those that are `known`."""
    message = kind()
    fields = list(kind.DESCRIPTOR.fields)
    for field in draw(st.lists(st.sampled_from(fields), max_size=5)) if fields else []:
        put(draw, message, field, known, depth)
    return message


def put(draw, message, field, known, depth):
    if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
        if depth and not field.message_type.GetOptions().map_entry:
            place = getattr(message, field.name)
            child = place.add() if field.is_repeated else place
            child.CopyFrom(draw(filled(type(child), known, depth - 1)))
        return
    value = draw(scalar(field, known))
    if field.is_repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def scalar(field, known):
    if field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.cpp_type != FieldDescriptor.CPPTYPE_STRING:
        return SCALARS[field.cpp_type]
    if field.type == FieldDescriptor.TYPE_BYTES:
        return st.binary(max_size=50)
    return st.sampled_from([*known, "x"]) if field.name == "id" else texts


# --- over HTTP ------------------------------------------------------------------------------------


@fuzzed
@given(methods, places, tokens, st.dictionaries(header_names, tokens, max_size=6), st.binary(max_size=300))
def test_any_request_gets_an_answer(instance, method, place, rest, headers, body):
    path = place + rest.encode("ascii", "ignore").decode().replace(" ", "%20").replace("\t", "%09")
    named = {name: value.strip().encode("latin-1", "ignore") for name, value in headers.items()}
    assert_harmless(*ask(instance.port, method, path, named, body))


@fuzzed
@given(st.binary(min_size=1, max_size=2000), st.booleans())
def test_bytes_that_are_no_request_harm_nothing(instance, garbage, looks_like_one):
    with socket.create_connection(("127.0.0.1", instance.port), timeout=PATIENCE_S) as connection:
        connection.sendall((b"POST /_stcore/message HTTP/1.1\r\n" if looks_like_one else b"") + garbage)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionResetError):
            while chunk := connection.recv(65536):
                answer += chunk
    assert not answer.startswith(b"HTTP/1.1 5")


@fuzzed
@given(st.data())
def test_a_browser_that_lies_in_its_headers_learns_nothing(instance, victim, liar, data):
    known = [victim.nonce, victim.epoch, victim.session_id, liar.nonce, "run", "poll", "follow"]
    values = st.one_of(st.sampled_from(known), st.integers(-1, 10**13).map(str), tokens)
    headers = {
        "X-St-Http": data.draw(st.sampled_from(["run", "poll", "follow"])),
        "X-St-Session": data.draw(st.sampled_from([victim.nonce, liar.nonce])),
        "X-St-Epoch": data.draw(st.sampled_from([victim.epoch, liar.epoch])),
        "X-St-Seq": data.draw(st.sampled_from([str(victim.sequence), "0", "1", "999999999999"])),
        "X-St-Version": data.draw(st.sampled_from([str(victim.version), "0", "1", "999999999999"])),
        "X-Xsrftoken": xsrf.token_in(liar.cookie),
        "Cookie": liar.cookie,
    }
    name = data.draw(st.sampled_from(list(headers)))
    headers[name] = data.draw(values).strip().encode("latin-1", "ignore").decode("latin-1")
    body = protocol.encode_batch([Message(0, liar.rerun_message().SerializeToString())])
    assert_harmless(*ask(instance.port, "POST", "/_stcore/message", headers, body))


@fuzzed
@given(st.data())
def test_any_message_of_the_browser_gets_an_answer(attacker, data):
    messages = data.draw(st.lists(filled(BackMsg, attacker.ids), min_size=1, max_size=3))
    attacker.sequence += 1
    batch = protocol.encode_batch([Message(0, message.SerializeToString()) for message in messages])
    status, _, content = attacker.post("run", batch)
    assert_harmless(status, content)
    assert status == 400 or attacker.read(content).status in {"done", "more"}


@fuzzed
@given(st.binary(max_size=300), st.integers(0, 3))
def test_any_body_gets_an_answer(attacker, body, cut):
    attacker.sequence += 1
    whole = protocol.encode_batch([Message(0, body)])
    status, _, content = attacker.post("run", whole[: len(whole) - cut] if cut else body)
    assert_harmless(status, content)
    attacker.read(content if status == 200 else b"")


@fuzzed
@given(st.sampled_from(["PUT", "DELETE"]), st.data())
def test_any_upload_gets_an_answer(instance, attacker, victim, method, data):
    session = data.draw(st.sampled_from([attacker.session_id, victim.session_id, "x", ""]))
    boundary = data.draw(st.sampled_from(["b", "", "x" * 200]))
    part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'
    body = data.draw(st.one_of(st.binary(max_size=300), st.binary(max_size=50).map(lambda x: part + x)))
    end = data.draw(st.sampled_from([b"", b"\r\n--b--", b"\r\n--b--\r\n", b"\r\n--b"]))
    form = "multipart/form-data"
    kind = data.draw(st.sampled_from([f"{form}; boundary={boundary}", form, "x"]))
    headers = {"Cookie": attacker.cookie, "X-Xsrftoken": xsrf.token_in(attacker.cookie), "Content-Type": kind}
    path = f"/_stcore/upload_file/{session}/{data.draw(st.sampled_from(['id', '', 'a/b', '%00', '..']))}"
    status, content = ask(instance.port, method, path, headers, body + end)
    assert_harmless(status, content)
    assert session != victim.session_id or status >= 400


# --- what lies in the store -----------------------------------------------------------------------

NAMES = ["session/a", "session/b", "run/a"]


@given(st.sampled_from(NAMES), st.integers(1, 3), st.binary(max_size=200), st.data())
def test_a_record_that_was_touched_is_as_good_as_absent(name, version, content, data):
    store = MemoryStore()
    vault = Vault(store, Seal([b"k" * 32]), lifetime_s=1000)
    for expected in range(version):
        vault.write(name, content, expected=expected)
    sealed = bytearray(store.get(name).value)
    position = data.draw(st.integers(0, len(sealed) - 1))
    change = data.draw(st.sampled_from(["flip", "cut", "grow", "move", "age"]))
    if change == "flip":
        sealed[position] ^= 1 << data.draw(st.integers(0, 7))
    elif change == "cut":
        del sealed[position:]
    elif change == "grow":
        sealed += data.draw(st.binary(min_size=1, max_size=20))
    place = next(other for other in NAMES if other != name) if change == "move" else name
    there = store.get(place)
    times = 1 if change == "age" else 0
    if place == name:
        store.delete(name)
        there = None
    for expected in range((version if place == name else 1) - 1 + times):
        store.put(place, b"", expected=expected, expires_at=2**40)
    held = store.get(place)
    store.put(place, bytes(sealed), expected=held.version if held else 0, expires_at=2**40)
    found = vault.read(place)
    assert found is None or (change == "move" and there is not None)


# A repeated request looks for its first attempt for more than a second.
@settings(fuzzed, max_examples=EXAMPLES // 10)
@given(st.floats(0, 1), st.binary(max_size=30), st.booleans())
def test_a_store_full_of_damage_costs_a_session_and_nothing_else(
    instance, store_directory, place, damage, is_repeated
):
    tab = Tab(instance.port)
    before = set(store_directory.iterdir())
    tab.rerun()
    tab.rerun("Add")
    own = sorted(file for file in set(store_directory.iterdir()) - before if file.suffix != ".lock")
    for file in own:
        raw = bytearray(file.read_bytes())
        # The version and the expiry in front are the store's; what is sealed is ours.
        position = 16 + int(place * (len(raw) - 16))
        file.write_bytes(bytes(raw[:position]) + damage)
    tab.sequence += 1
    headers = {"X-St-Attempt": "1"} if is_repeated else {}
    body = protocol.encode_batch([Message(0, tab.rerun_message("Add").SerializeToString())])
    status, _, content = tab.post("run", body, **headers)
    assert status == 200
    assert tab.read(content).status in {"done", "expired", "running"}
    assert FileStore(store_directory).get("absent") is None
