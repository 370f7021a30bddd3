"""What every store promises about the pieces of large files, and what it does to stay small."""

import os
import uuid

import pytest

from app.transport import DynamoDBStore, FileStore, MemoryStore
from app.transport.stores import MAX_PIECE_BYTES, StoreBusyError
from app.transport.stores.batches import Batches


@pytest.fixture(params=["memory", "file", "dynamodb"])
def store(request, tmp_path, clock):
    if request.param == "memory":
        return MemoryStore(clock=clock)
    if request.param == "file":
        return FileStore(tmp_path, clock=clock)
    return DynamoDBStore(request.getfixturevalue("dynamodb"), "sessions", clock=clock)


@pytest.fixture
def later(clock):
    return int(clock()) + 3600


@pytest.fixture
def pieces():
    """More than one batch of them, the first as heavy as a piece may be."""
    prefix = uuid.uuid4()
    return {f"{prefix}/{number}": os.urandom(9) for number in range(24)} | {
        f"{prefix}/first": os.urandom(MAX_PIECE_BYTES)
    }


def test_pieces_come_back_and_absent_ones_are_left_out(store, later, pieces):
    store.put_pieces(pieces, expires_at=later)
    assert store.get_pieces([*pieces, "absent"]) == pieces


def test_no_pieces_are_no_work(store, later):
    store.put_pieces({}, expires_at=later)
    store.delete_pieces([])
    assert store.get_pieces([]) == {}
    assert store.prolong([], expires_at=later)


def test_a_piece_written_twice_is_the_last_one(store, later, pieces):
    store.put_pieces(pieces, expires_at=later)
    name = next(iter(pieces))
    store.put_pieces({name: b"new"}, expires_at=later)
    assert store.get_pieces([name]) == {name: b"new"}


def test_deleted_pieces_are_gone_and_may_be_deleted_again(store, later, pieces):
    store.put_pieces(pieces, expires_at=later)
    kept = next(iter(pieces))
    gone = [name for name in pieces if name != kept]
    store.delete_pieces(gone)
    store.delete_pieces(gone)
    assert store.get_pieces(list(pieces)) == {kept: pieces[kept]}


def test_pieces_are_gone_when_their_time_is_up(store, later, pieces, clock):
    store.put_pieces(pieces, expires_at=later)
    clock.now = later
    assert store.get_pieces(list(pieces)) == {}


def test_prolonged_records_live_longer_and_stay_as_they_were(store, later, pieces, clock):
    name = f"session/{uuid.uuid4()}"
    store.put(name, b"old", expected=0, expires_at=later)
    store.put(name, b"new", expected=1, expires_at=later)
    store.put_pieces(pieces, expires_at=later)
    assert store.prolong([name, *pieces], expires_at=later + 60)
    clock.now = later + 59
    assert store.get_pieces(list(pieces)) == pieces
    record = store.get(name)
    assert (record.version, record.value, record.expires_at) == (2, b"new", later + 60)
    clock.now = later + 60
    assert store.get(name) is None


def test_what_is_gone_cannot_be_prolonged(store, later, pieces, clock):
    store.put_pieces(pieces, expires_at=later)
    assert not store.prolong([*pieces, "absent"], expires_at=later + 60)
    clock.now = later + 61
    assert not store.prolong(list(pieces), expires_at=later + 3600)
    assert store.get_pieces(list(pieces)) == {}


class TestMemory:
    def test_what_expired_leaves_with_a_later_write(self, clock, later):
        store = MemoryStore(max_bytes=100, clock=clock)
        store.put("a", bytes(60), expected=0, expires_at=later)
        clock.now = later + 60
        store.put("b", bytes(60), expected=0, expires_at=later + 3600)
        assert store.get("b").value == bytes(60)

    def test_what_would_expire_first_makes_way(self, clock, later):
        store = MemoryStore(max_bytes=100, clock=clock)
        for number in range(4):
            store.put(str(number), bytes(40), expected=0, expires_at=later - number)
        assert [number for number in range(4) if store.get(str(number))] == [0, 3]


class TestFile:
    def test_expired_files_are_swept_by_a_later_write(self, tmp_path, clock, later):
        store = FileStore(tmp_path, clock=clock)
        store.put("a", b"", expected=0, expires_at=later)
        store.put_pieces({"b": b"", "c": b""}, expires_at=later + 90)
        clock.now = later + 70
        store.put("d", b"", expected=0, expires_at=later + 3600)
        assert sum(len(path.name) == 64 for path in tmp_path.iterdir()) == 3

    def test_what_a_killed_writer_left_is_swept_in_time(self, tmp_path, clock, later):
        store = FileStore(tmp_path, clock=clock)
        left, fresh = tmp_path / "a.new", tmp_path / "b.new"
        for path, age_s in ((left, 3600), (fresh, 10)):
            path.touch()
            os.utime(path, (later - age_s, later - age_s))
        clock.now = later
        store.put("c", b"", expected=0, expires_at=later + 3600)
        assert (left.exists(), fresh.exists()) == (False, True)


class Throttled:
    """A client of a table that takes and gives one item of each batch, as long as `patience` lasts."""

    def __init__(self, client, patience):
        self._client = client
        self._patience = patience

    def batch_get_item(self, RequestItems):  # noqa: N803 - boto3's name
        taken, left = self._cut({t: wanted["Keys"] for t, wanted in RequestItems.items()})
        answer = self._client.batch_get_item(RequestItems={t: {"Keys": keys} for t, keys in taken.items()})
        return {**answer, "UnprocessedKeys": {t: {"Keys": keys} for t, keys in left.items()}}

    def batch_write_item(self, RequestItems):  # noqa: N803 - boto3's name
        taken, left = self._cut(RequestItems)
        return {**self._client.batch_write_item(RequestItems=taken), "UnprocessedItems": left}

    def _cut(self, items):
        self._patience -= 1
        (table,) = items
        if self._patience < 0:
            return items, {}
        return {table: items[table][:1]}, {table: items[table][1:]} if items[table][1:] else {}


class TestThrottledTable:
    """moto's tables have no limit of throughput, so a client in front of one keeps items back."""

    @pytest.fixture
    def items(self, later):
        prefix = uuid.uuid4()
        return [
            {
                "id": {"S": f"{prefix}/{number}"},
                "part": {"S": "head"},
                "expires_at": {"N": str(later)},
            }
            for number in range(5)
        ]

    @pytest.fixture
    def keys(self, items):
        return [{name: item[name] for name in ("id", "part")} for item in items]

    def test_what_was_kept_back_is_asked_for_again_after_a_pause(self, dynamodb, items, keys):
        pauses = []
        Batches(Throttled(dynamodb, 3), "sessions", sleep=pauses.append).write(items)
        found = Batches(Throttled(dynamodb, 3), "sessions", sleep=pauses.append).read(keys)
        assert sorted(item["id"]["S"] for item in found) == [item["id"]["S"] for item in items]
        assert pauses == [0.0, 0.05, 0.1, 0.2] * 2

    def test_a_table_that_keeps_on_refusing_is_busy(self, dynamodb, items, keys):
        batches = Batches(Throttled(dynamodb, 3), "sessions", sleep=lambda _: None)
        batches.write(items)
        endless = Batches(Refusing(), "sessions", sleep=lambda _: None)
        with pytest.raises(StoreBusyError):
            endless.write(items)
        with pytest.raises(StoreBusyError):
            endless.read(keys)


class Refusing:
    """A client of a table that has no throughput left at all."""

    def batch_get_item(self, RequestItems):  # noqa: N803 - boto3's name
        return {"Responses": {}, "UnprocessedKeys": RequestItems}

    def batch_write_item(self, RequestItems):  # noqa: N803 - boto3's name
        return {"UnprocessedItems": RequestItems}
