"""Large files in the vault: read piece by piece, prolonged without their bytes, erased with their session."""

import random

import pytest
from streamlit.runtime.media_file_storage import MediaFileKind, MediaFileStorageError

from app.transport import MemoryStore, Seal
from app.transport.blobs import PIECE_BYTES, Blob, Blobs
from app.transport.media import MAX_KEPT_IDS, SharedMediaStorage, acting_session
from app.transport.vault import Vault

LIFETIME_S = 3600
CONTENT = random.Random(0).randbytes(5_000_000)  # noqa: S311 - repeatable
ABOUT = {"name": "é", "type": None}


class CountingStore(MemoryStore):
    """Notes the pieces that are read and written."""

    def __init__(self, **options):
        super().__init__(**options)
        self.read, self.written = [], []

    def get_pieces(self, names):
        self.read += names
        return super().get_pieces(names)

    def put_pieces(self, values, *, expires_at):
        self.written += values
        super().put_pieces(values, expires_at=expires_at)


@pytest.fixture
def store(clock):
    return CountingStore(clock=clock)


@pytest.fixture
def blobs(store, clock):
    """Makes what one instance has of files."""
    return lambda: Blobs(Vault(store, Seal([b"k" * 32]), lifetime_s=LIFETIME_S, clock=clock))


class TestBlobs:
    @pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES, 5_000_000])
    def test_a_file_of_any_size_comes_back_on_another_instance(self, blobs, size):
        blobs().save("a", Blob(ABOUT, CONTENT[:size]))
        assert blobs().load("a") == Blob(ABOUT, CONTENT[:size])

    @pytest.mark.parametrize(
        ("start", "end", "pieces"),
        [(0, 1, 1), (0, PIECE_BYTES, 1), (PIECE_BYTES - 1, PIECE_BYTES + 1, 2), (4_900_000, 5_000_000, 1)],
    )
    def test_a_range_reads_the_pieces_that_it_touches(self, blobs, store, start, end, pieces):
        blobs().save("a", Blob(ABOUT, CONTENT))
        other = blobs()
        assert other.read("a", other.find("a"), start, end) == CONTENT[start:end]
        assert len(store.read) == pieces

    def test_a_file_in_use_lives_on_and_its_bytes_are_written_once(self, blobs, store, clock):
        for _ in range(10):
            blobs().save("a", Blob(ABOUT, CONTENT))
            clock.now += LIFETIME_S * 0.9
        assert blobs().load("a").content == CONTENT
        assert len(store.written) == 17

    def test_a_file_unused_is_gone_and_its_pieces_go_too(self, blobs, store, clock):
        blobs().save("a", Blob(ABOUT, CONTENT))
        clock.now += LIFETIME_S
        assert blobs().load("a") is None
        clock.now += LIFETIME_S
        store.put("b", b"", expected=0, expires_at=int(clock.now) + 9)
        assert set(store._records) == {"b"}

    def test_a_file_that_lost_a_piece_is_absent(self, blobs, store):
        blobs().save("a", Blob(ABOUT, CONTENT))
        store.delete(store.written[3])
        assert blobs().load("a") is None

    def test_a_piece_put_in_place_of_another_counts_as_absent(self, blobs, store):
        blobs().save("a", Blob(ABOUT, CONTENT))
        first, second = store.written[:2]
        store.put_pieces({first: store.get(second).value}, expires_at=store.get(second).expires_at)
        assert blobs().load("a") is None

    def test_a_forgotten_file_leaves_nothing(self, blobs, store):
        blobs().save("a", Blob(ABOUT, CONTENT))
        blobs().forget("a")
        assert store._records == {}
        assert blobs().load("a") is None

    def test_noise_is_not_blown_up_and_text_shrinks(self, blobs, store):
        blobs().save("noise", Blob(ABOUT, CONTENT))
        assert sum(len(record.value) for record in store._records.values()) < 1.001 * len(CONTENT)
        blobs().save("text", Blob(ABOUT, b"patient " * 600_000))
        texts = [record.value for name, record in store._records.items() if name.startswith("text/")]
        assert sum(map(len, texts)) < 100_000


class TestMediaOfASession:
    @pytest.fixture
    def instance(self, blobs):
        return lambda: SharedMediaStorage("/media", blobs())

    @pytest.fixture
    def show(self):
        """Adds media as a session does, and returns its address."""

        def show(storage, session, content=CONTENT, kind=MediaFileKind.DOWNLOADABLE):
            token = acting_session.set(session)
            try:
                return storage.load_and_get_id(content, "text/plain", kind, "a.txt")
            finally:
                acting_session.reset(token)

        return show

    def test_what_only_one_session_made_goes_with_it(self, instance, show, store):
        here, there = instance(), instance()
        ids = [show(here, "s"), show(here, "s", b"small")]
        assert here.made_by("s") == ids
        there.forget_session("s", ids)
        assert store._records == {}
        with pytest.raises(MediaFileStorageError):
            instance().get_file(f"{ids[0]}.txt")

    @pytest.mark.parametrize("content", [CONTENT, b"small"])
    def test_what_two_sessions_made_stays_for_both(self, instance, show, content):
        here, there = instance(), instance()
        file_id = show(here, "s", content)
        assert show(there, "t", content) == file_id
        for session in ("s", "t"):
            there.forget_session(session, [file_id])
            assert instance().get_file(f"{file_id}.txt").content == content

    @pytest.mark.parametrize("content", [CONTENT, b"small"])
    def test_prolonging_does_not_bring_back_what_was_noted_before(self, instance, show, clock, content):
        here, there = instance(), instance()
        file_id = show(here, "s", content)
        show(there, "t", content)
        for _ in range(3):
            clock.now += LIFETIME_S * 0.6
            show(here, "s", content)
        there.forget_session("s", [file_id])
        assert instance().get_file(f"{file_id}.txt").content == content

    @pytest.mark.parametrize("content", [CONTENT, b"small"])
    def test_a_file_forgotten_elsewhere_can_be_made_again(self, instance, show, content):
        here, there = instance(), instance()
        file_id = show(here, "s", content)
        there.forget_session("s", [file_id])
        show(here, "t", content)
        assert instance().get_file(f"{file_id}.txt").content == content

    def test_the_list_moves_with_the_session_and_has_an_end(self, instance, show):
        storage = instance()
        storage.remember("s", [str(number) for number in range(MAX_KEPT_IDS)])
        file_id = show(storage, "s", b"one more")
        assert storage.made_by("s") == [*map(str, range(1, MAX_KEPT_IDS)), file_id]
        storage.release("s")
        assert storage.made_by("s") == []

    def test_a_file_of_no_session_is_nobody_s(self, instance, show):
        storage = instance()
        file_id = show(storage, "")
        storage.forget_session("", [file_id])
        storage.forget_session("s", [file_id])
        assert instance().get_file(file_id).content == CONTENT
