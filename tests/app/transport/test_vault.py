import pytest

from app.transport import Conflict, MemoryStore, Seal
from app.transport.blobs import Blob, Blobs
from app.transport.vault import Vault

LIFETIME_S = 3600


@pytest.fixture
def store(clock):
    return MemoryStore(clock=clock)


@pytest.fixture
def vault(store, clock):
    return Vault(store, Seal([b"k" * 32]), lifetime_s=LIFETIME_S, clock=clock)


def copy(store, source, target, version):
    record = store.get(source)
    for expected in range(version):
        store.put(target, record.value, expected=expected, expires_at=record.expires_at)


def test_what_was_written_is_read_and_does_not_lie_open_in_the_store(vault, store):
    vault.write("session/a", b"patient" * 100, expected=0)
    assert vault.read("session/a").content == b"patient" * 100
    assert b"patient" not in store.get("session/a").value


def test_a_record_copied_to_another_name_counts_as_absent(vault, store):
    vault.write("session/a", b"x", expected=0)
    copy(store, "session/a", "session/b", 1)
    assert vault.read("session/b") is None


def test_an_older_record_put_back_as_the_newest_counts_as_absent(vault, store):
    vault.write("session/a", b"old", expected=0)
    old = store.get("session/a")
    vault.write("session/a", b"new", expected=1)
    store.put("session/a", old.value, expected=2, expires_at=old.expires_at)
    assert vault.read("session/a") is None


def test_a_record_lives_a_lifetime_from_its_last_write(vault, clock):
    vault.write("session/a", b"x", expected=0)
    clock.now += LIFETIME_S - 1
    vault.write("session/a", b"y", expected=1)
    clock.now += LIFETIME_S - 1
    assert vault.read("session/a").content == b"y"
    clock.now += 2
    assert vault.read("session/a") is None


def test_writing_over_another_version_conflicts(vault):
    vault.write("session/a", b"x", expected=0)
    with pytest.raises(Conflict):
        vault.write("session/a", b"y", expected=0)


class TestBlobs:
    BLOB = Blob({"name": "é.txt", "type": None}, b"\x00content")

    def test_a_file_saved_on_one_instance_loads_on_another(self, vault):
        Blobs(vault).save("media/1", self.BLOB)
        assert Blobs(vault).load("media/1") == self.BLOB

    def test_a_file_in_use_outlives_its_first_lifetime(self, vault, clock):
        blobs = Blobs(vault)
        for _ in range(5):
            blobs.save("media/1", self.BLOB)
            clock.now += LIFETIME_S * 0.4
        assert Blobs(vault).load("media/1") == self.BLOB

    def test_a_file_that_is_there_is_not_written_again(self, vault):
        Blobs(vault).save("media/1", self.BLOB)
        Blobs(vault).save("media/1", self.BLOB)
        assert vault.read("media/1").version == 1

    def test_a_forgotten_file_is_gone_and_can_be_saved_again(self, vault):
        blobs = Blobs(vault)
        blobs.save("media/1", self.BLOB)
        blobs.forget("media/1")
        assert blobs.load("media/1") is None
        blobs.save("media/1", self.BLOB)
        assert blobs.load("media/1") == self.BLOB
