"""What every store promises, asked of each of them."""

import os
import uuid

import pytest

from app.transport import Conflict, DynamoDBStore, FileStore, MemoryStore


@pytest.fixture(params=["memory", "file", "dynamodb"])
def store(request, tmp_path, clock):
    if request.param == "memory":
        return MemoryStore(clock=clock)
    if request.param == "file":
        return FileStore(tmp_path, clock=clock)
    return DynamoDBStore(request.getfixturevalue("dynamodb"), "sessions", clock=clock)


@pytest.fixture
def name():
    return f"session/{uuid.uuid4()}"


@pytest.fixture
def later(clock):
    return int(clock()) + 3600


def test_an_absent_name_has_no_record(store, name):
    assert store.get(name) is None


def test_what_was_put_comes_back_with_version_and_expiry(store, name, later):
    assert store.put(name, b"one", expected=0, expires_at=later) == 1
    record = store.get(name)
    assert (record.version, record.value, record.expires_at) == (1, b"one", later)


def test_an_empty_value_is_a_value(store, name, later):
    store.put(name, b"", expected=0, expires_at=later)
    assert store.get(name).value == b""


def test_each_write_counts_one_version_up(store, name, later):
    for version in range(3):
        store.put(name, b"%d" % version, expected=version, expires_at=later)
    assert (store.get(name).version, store.get(name).value) == (3, b"2")


@pytest.mark.parametrize("expected", [0, 2, 7])
def test_a_write_over_another_version_changes_nothing(store, name, later, expected):
    store.put(name, b"one", expected=0, expires_at=later)
    with pytest.raises(Conflict):
        store.put(name, b"two", expected=expected, expires_at=later)
    assert store.get(name).value == b"one"


def test_a_write_over_a_version_that_never_was_conflicts(store, name, later):
    with pytest.raises(Conflict):
        store.put(name, b"two", expected=1, expires_at=later)
    assert store.get(name) is None


def test_a_record_is_gone_when_its_time_is_up(store, name, clock, later):
    store.put(name, b"one", expected=0, expires_at=later)
    clock.now = later
    assert store.get(name) is None


def test_an_expired_record_gives_way_to_a_first_version(store, name, clock, later):
    store.put(name, b"one", expected=0, expires_at=later)
    clock.now = later + 1
    assert store.put(name, b"new", expected=0, expires_at=later + 3600) == 1
    assert store.get(name).value == b"new"


def test_an_expired_record_cannot_be_replaced_as_if_it_lived(store, name, clock, later):
    store.put(name, b"one", expected=0, expires_at=later)
    clock.now = later + 1
    with pytest.raises(Conflict):
        store.put(name, b"two", expected=1, expires_at=later + 3600)


def test_a_deleted_name_is_absent_and_may_be_deleted_again(store, name, later):
    store.put(name, b"one", expected=0, expires_at=later)
    store.delete(name)
    store.delete(name)
    assert store.get(name) is None


def test_names_do_not_mix(store, name, later):
    store.put(name, b"one", expected=0, expires_at=later)
    assert store.get(f"{name}/x") is None


@pytest.mark.parametrize("size", [349_999, 350_000, 350_001, 1_200_000])
def test_a_value_above_the_item_limit_comes_back_whole(store, name, later, size):
    value = os.urandom(size)
    store.put(name, value, expected=0, expires_at=later)
    assert store.get(name).value == value


def test_one_of_two_writers_of_the_same_version_wins(store, name, later, together):
    def write(index):
        try:
            store.put(name, bytes([index]) * 400_000, expected=0, expires_at=later)
        except Conflict:
            return False
        return True

    outcome = together(write, 2)
    assert sorted(outcome) == [False, True]
    assert store.get(name).value == bytes([outcome.index(True)]) * 400_000


class TestPartsInDynamoDB:
    @pytest.fixture
    def store(self, dynamodb, clock):
        return DynamoDBStore(dynamodb, "sessions", clock=clock)

    @pytest.fixture
    def items(self, dynamodb, name):
        def items():
            return dynamodb.query(
                TableName="sessions",
                KeyConditionExpression="id = :id",
                ExpressionAttributeValues={":id": {"S": name}},
            )["Items"]

        return items

    def test_every_item_carries_the_expiry_that_ttl_reads(self, store, name, later, items):
        store.put(name, bytes(800_000), expected=0, expires_at=later)
        assert [item["expires_at"]["N"] for item in items()] == [str(later)] * 4

    def test_a_new_version_leaves_no_part_of_the_old(self, store, name, later, items):
        store.put(name, bytes(800_000), expected=0, expires_at=later)
        store.put(name, bytes(400_000), expected=1, expires_at=later)
        assert len(items()) == 3
        store.put(name, b"small", expected=2, expires_at=later)
        assert len(items()) == 1

    def test_a_lost_race_leaves_no_part_of_the_loser(self, store, name, later, items):
        store.put(name, b"winner", expected=0, expires_at=later)
        with pytest.raises(Conflict):
            store.put(name, bytes(800_000), expected=0, expires_at=later)
        assert len(items()) == 1

    def test_deleting_removes_every_part(self, store, name, later, items):
        store.put(name, bytes(800_000), expected=0, expires_at=later)
        store.delete(name)
        assert items() == []

    def test_a_record_whose_part_is_gone_counts_as_absent(self, store, name, later, items, dynamodb):
        store.put(name, bytes(800_000), expected=0, expires_at=later)
        part = next(item for item in items() if item["part"]["S"].endswith("/2"))
        dynamodb.delete_item(TableName="sessions", Key={"id": part["id"], "part": part["part"]})
        assert store.get(name) is None

    def test_a_write_repeated_by_the_client_after_a_lost_answer_is_no_conflict(
        self, store, name, later, dynamodb
    ):
        sent = []

        def send_twice(request, **_):
            if request.headers.get("X-Amz-Target", b"").endswith(b"PutItem") and not sent:
                sent.append(dynamodb._endpoint.http_session.send(request))

        dynamodb.meta.events.register("before-send.dynamodb", send_twice)
        try:
            assert store.put(name, b"one", expected=0, expires_at=later) == 1
        finally:
            dynamodb.meta.events.unregister("before-send.dynamodb", send_twice)
        assert sent
        assert store.get(name).value == b"one"
