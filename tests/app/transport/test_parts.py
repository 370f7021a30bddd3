"""Uploads in parts, in any order and on any instance, against a store in this process."""

import asyncio
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from app.transport import FileStore, MemoryStore, Seal
from app.transport.blobs import Blobs
from app.transport.parts import PART_BYTES, Part, Parts, RefusedPartError, count
from app.transport.uploads import SharedUploads
from app.transport.vault import Vault

TOKEN = "t" * 22
SIZE = 2 * PART_BYTES + 1_234_567
CONTENT = random.Random(0).randbytes(SIZE)  # noqa: S311 - repeatable


class Instance:
    """What one process has of uploads, and a browser that asks it."""

    def __init__(self, store, clock, seals=(b"k" * 32,)):
        seal = Seal(list(seals))
        self.blobs = Blobs(Vault(store, seal, lifetime_s=3600, clock=clock))
        self.uploads = SharedUploads("/up", self.blobs, 2 * SIZE)
        self._parts = Parts(self.uploads, seal)
        self.admitted = 0
        self.is_owner = True

    def put(self, part, body, *, receipt="", token=TOKEN, size=SIZE, session="s", file="f", browser="b"):
        """Status of the answer, and the receipt or the reason."""
        headers = {
            "x-st-upload": token,
            "x-st-size": str(size),
            "x-st-part": str(part),
            "x-st-receipt": receipt,
        }
        scope = {
            "type": "http",
            "method": "PUT",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def admit():
            self.admitted += 1
            return self.is_owner

        answer = asyncio.run(self._parts.answer(Request(scope, receive), session, file, browser, admit))
        return answer.status_code, answer.headers.get("x-st-receipt") or answer.body.decode()

    def finish(self, receipts, name="é.bin", **put):
        body = json.dumps({"name": name, "type": "text/x", "receipts": receipts})
        return self.put("end", body.encode(), **put)

    def files(self, session="s"):
        return self.uploads.get_files(session, ["f"])


@pytest.fixture
def store(clock):
    return MemoryStore(clock=clock)


@pytest.fixture
def instances(store, clock):
    return [Instance(store, clock) for _ in range(3)]


def content(index):
    return CONTENT[index * PART_BYTES : (index + 1) * PART_BYTES]


def put_all(instance, **put):
    return [instance.put(index, content(index), **put)[1] for index in range(count(SIZE))]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), max_size=6), st.randoms(use_true_random=False)
)
def test_parts_make_the_file_in_any_order_and_however_often_and_not_before_all_are_there(clock, sent, chance):
    store = MemoryStore(clock=clock)
    instances = [Instance(store, clock) for _ in range(3)]
    receipts = {}
    for index, instance in sent:
        shown = (
            f"{(k := chance.choice(list(receipts)))}:{receipts[k]}"
            if receipts and chance.random() < 0.5
            else ""
        )
        status, receipts[index] = instances[instance].put(index, content(index), receipt=shown)
        assert status == 204
    status, _ = instances[1].finish([receipts[index] for index in sorted(receipts)])
    if set(receipts) == {0, 1, 2}:
        assert status == 204
        assert instances[2].files() == [UploadedFileRec("f", "é.bin", "text/x", CONTENT)]
    else:
        assert status == 409
        assert instances[2].files() == []


def test_a_receipt_stands_for_the_session_and_is_asked_for_only_once(instances):
    _, receipt = instances[0].put(0, content(0))
    instances[1].put(1, content(1), receipt=f"0:{receipt}")
    assert [instance.admitted for instance in instances[:2]] == [1, 0]


@pytest.mark.parametrize(
    "other", [{"session": "x"}, {"file": "x"}, {"browser": "x"}, {"token": "x" * 22}, {"size": SIZE + 1}]
)
def test_a_receipt_of_another_upload_counts_for_nothing(instances, other):
    receipts = put_all(instances[0])
    assert instances[1].finish(receipts, **other)[0] == 409
    instances[1].put(1, content(1), receipt=f"0:{receipts[0]}", **{**other, "size": SIZE})
    assert instances[1].admitted == ("size" not in other)


def test_a_receipt_of_another_part_counts_for_nothing(instances):
    receipts = put_all(instances[0])
    assert instances[0].finish([receipts[1], receipts[0], receipts[2]])[0] == 409
    assert instances[0].finish(receipts[:2])[0] == 409
    assert instances[0].finish([*receipts, receipts[0]])[0] == 409


@pytest.mark.parametrize("index", ["", "-1", "²", "1" * 20, "1" * 5000])
def test_a_receipt_of_no_part_that_there_can_be_counts_for_nothing(instances, index):
    _, receipt = instances[0].put(0, content(0))
    assert instances[1].put(1, content(1), receipt=f"{index}:{receipt}")[0] == 204
    assert instances[1].admitted == 1


def test_a_receipt_outlives_a_new_key(store, clock, instances):
    receipts = put_all(instances[0])
    renewed = Instance(store, clock, seals=(b"n" * 32, b"k" * 32))
    assert renewed.finish(receipts)[0] == 204


def test_a_session_of_nobody_here_takes_no_part_and_no_file(instances):
    receipts = put_all(instances[0])
    instances[1].is_owner = False
    assert instances[1].put(0, content(0))[0] == 403
    assert instances[1].finish(receipts)[0] == 403
    assert instances[2].files() == []


def test_a_file_can_be_finished_twice(instances):
    receipts = put_all(instances[0])
    assert [instance.finish(receipts)[0] for instance in instances] == [204] * 3
    assert instances[0].files()[0].data == CONTENT


@pytest.mark.parametrize(
    ("part", "body", "put", "status"),
    [
        ("0", b"short", {}, 400),
        ("0", bytes(PART_BYTES + 1), {}, 413),
        ("3", b"", {}, 400),
        ("-1", b"", {}, 400),
        ("x", b"", {}, 400),
        ("0", b"", {"size": 0}, 400),
        ("0", b"", {"size": 201 * 1024 * 1024}, 413),
        ("0", b"", {"size": "many"}, 400),
        ("0", b"", {"token": "short"}, 400),
        ("0", b"", {"token": "../" * 8}, 400),
        ("end", b"no json", {}, 400),
        ("end", b"[]", {}, 400),
        ("end", b'{"name": 1, "type": "", "receipts": []}', {}, 400),
        ("end", b'{"name": "", "type": "", "receipts": "no"}', {}, 400),
        ("end", b'{"name": "", "type": "", "receipts": [""]}', {}, 409),
    ],
)
def test_what_the_shim_would_not_send_is_refused(instances, part, body, put, status):
    assert instances[0].put(part, body, **put)[0] == status


def test_a_file_too_large_is_refused_in_streamlit_s_words(instances):
    assert instances[0].put(0, b"", size=201 * 1024 * 1024) == (413, "File too large")


@given(st.dictionaries(st.sampled_from(["x-st-upload", "x-st-size", "x-st-part", "x-st-receipt"]), st.text()))
def test_no_headers_break_the_reading_of_a_part(headers):
    try:
        part = Part.read(headers)
    except RefusedPartError:
        return
    assert part.index is None or 0 < part.length <= PART_BYTES


class TestForgetting:
    def test_whole_and_unfinished_files_of_a_session_go_at_once_on_any_instance(self, instances, store):
        instances[0].finish(put_all(instances[0]))
        instances[0].put(0, content(0), file="unfinished")
        small = UploadedFileRec("small", "a", "b", b"c")
        instances[0].uploads.add_file("s", small)
        instances[0].uploads.add_file("other", small)
        instances[2].uploads.forget_session("s")
        assert instances[1].files() == []
        assert instances[1].uploads.get_files("s", ["small"]) == []
        assert instances[1].uploads.get_files("other", ["small"]) == [small]
        instances[2].uploads.forget_session("other")
        assert store._records == {}

    def test_files_in_use_are_found_however_long_ago_they_were_sent(self, instances, store, clock):
        instances[0].finish(put_all(instances[0]))
        for _ in range(10):
            clock.now += 1500
            assert instances[1].files()[0].data == CONTENT
        instances[2].uploads.forget_session("s")
        assert store._records == {}

    def test_a_session_without_files_can_be_forgotten(self, instances):
        instances[0].uploads.forget_session("s")


def test_files_sent_all_at_once_to_as_many_instances_are_all_listed(tmp_path, clock, together):
    instances = [Instance(FileStore(tmp_path, clock=clock), clock) for _ in range(16)]
    files = [UploadedFileRec(str(number), "a", "b", b"c") for number in range(16)]
    together(lambda number: instances[number].uploads.add_file("s", files[number]), 16)
    instances[0].uploads.forget_session("s")
    assert [path for path in tmp_path.iterdir() if path.suffix != ".lock"] == []


def test_a_large_file_in_use_is_prolonged_without_its_bytes(instances, clock, store):
    instances[0].finish(put_all(instances[0]))
    written = []
    for _ in range(10):
        clock.now += 1500
        before = {name: record.value for name, record in store._records.items()}
        assert instances[1].files()[0].data == CONTENT
        written += [len(r.value) for name, r in store._records.items() if before.get(name) != r.value]
    assert sum(written) < 2000


def test_a_file_that_nobody_uses_is_gone_after_its_lifetime(instances, clock):
    instances[0].finish(put_all(instances[0]))
    clock.now += 3601
    assert instances[1].files() == []


class CountingStore(MemoryStore):
    """Counts the bytes of pieces that are read."""

    read = 0

    def get_pieces(self, names):
        found = super().get_pieces(names)
        self.read += sum(map(len, found.values()))
        return found


class TestWhatIsLoaded:
    """Where the files of a widget may have twice SIZE."""

    @pytest.fixture
    def store(self, clock):
        return CountingStore(clock=clock)

    @pytest.fixture
    def files(self, instances):
        """The ids of three."""
        names = ["f", "g", "h"]
        for name in names:
            assert instances[0].finish(put_all(instances[0], file=name), file=name)[0] == 204
        return names

    def test_nothing_of_files_that_are_too_large_together(self, instances, store, files):
        records = instances[1].uploads.get_files("s", files)
        assert [(record.file_id, len(record.data), bytes(record.data)) for record in records] == [
            (name, SIZE, b"") for name in files
        ]
        assert (store.read, instances[1].uploads.held_bytes) == (0, 0)

    def test_all_of_files_that_are_not(self, instances, store, files):
        records = instances[1].uploads.get_files("s", files[:2])
        assert [record.data for record in records] == [CONTENT, CONTENT]
        assert store.read >= 2 * SIZE
        assert instances[1].uploads.held_bytes == 2 * SIZE

    def test_a_file_that_is_here_already_counts(self, instances, store, files):
        instances[1].uploads.get_files("s", files[:2])
        before = store.read
        records = instances[1].uploads.get_files("s", files)
        assert [bytes(record.data) for record in records] == [CONTENT, CONTENT, b""]
        assert (store.read, [len(record.data) for record in records]) == (before, [SIZE] * 3)

    def test_what_no_run_holds_any_more_is_let_go_of(self, instances, files):
        uploads = instances[1].uploads
        uploads.get_files("s", files[:2])
        uploads.release("s", {files[0]})
        assert uploads.held_bytes == SIZE
        assert [record.data for record in uploads.get_files("s", files[:2])] == [CONTENT, CONTENT]

    def test_a_file_that_no_run_has_asked_for_is_not_held(self, instances):
        uploads = instances[0].uploads
        uploads.add_file("s", UploadedFileRec("small", "a", "b", b"content"))
        assert uploads.held_bytes == 0
        assert uploads.get_files("s", ["small"])[0].data == b"content"
