import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.transport import BrokenSealError, Seal
from app.transport.seal import OLD_AFTER_S, REREAD_AFTER_S

KEY, OTHER = b"k" * 32, b"o" * 32


@pytest.fixture
def sealed():
    return Seal([KEY]).close(b"secret", name="session/a", version=3)


@given(st.binary(), st.text(), st.integers(0, 2**40))
def test_what_was_closed_opens(value, name, version):
    seal = Seal([KEY])
    assert seal.open(seal.close(value, name=name, version=version), name=name, version=version) == value


def test_the_value_cannot_be_read_from_outside(sealed):
    assert b"secret" not in sealed


def test_the_same_value_is_sealed_differently_each_time(sealed):
    assert Seal([KEY]).close(b"secret", name="session/a", version=3) != sealed


@pytest.mark.parametrize(("name", "version"), [("session/b", 3), ("session/a", 2), ("session/a", 4), ("", 3)])
def test_a_value_does_not_open_in_another_place_or_version(sealed, name, version):
    with pytest.raises(BrokenSealError):
        Seal([KEY]).open(sealed, name=name, version=version)


def test_a_value_with_any_bit_changed_does_not_open(sealed):
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(BrokenSealError):
            Seal([KEY]).open(bytes(altered), name="session/a", version=3)


def test_a_value_cut_short_does_not_open(sealed):
    for length in range(len(sealed)):
        with pytest.raises(BrokenSealError):
            Seal([KEY]).open(sealed[:length], name="session/a", version=3)


@given(st.binary(max_size=200))
def test_garbage_does_not_open(garbage):
    with pytest.raises(BrokenSealError):
        Seal([KEY]).open(garbage, name="session/a", version=3)


def test_a_retired_key_still_opens_and_the_new_one_seals(sealed):
    rotating = Seal([OTHER, KEY])
    assert rotating.open(sealed, name="session/a", version=3) == b"secret"
    fresh = rotating.close(b"new", name="session/a", version=4)
    assert Seal([OTHER]).open(fresh, name="session/a", version=4) == b"new"
    with pytest.raises(BrokenSealError):
        Seal([OTHER]).open(sealed, name="session/a", version=3)


@pytest.mark.parametrize("keys", [[], [b""], [b"short"], [KEY, b"x" * 31]])
def test_a_seal_without_whole_keys_is_refused(keys):
    with pytest.raises(ValueError, match="key"):
        Seal(keys)


def test_derived_secrets_differ_by_purpose_and_key():
    assert len({Seal([KEY]).derive("a"), Seal([KEY]).derive("b"), Seal([OTHER]).derive("a"), KEY}) == 4


class TestRereading:
    """A key that was changed while instances run."""

    @pytest.fixture
    def place(self):
        """Where the keys lie, and how often they were read again."""
        return {"keys": [KEY], "reads": 0}

    @pytest.fixture
    def seal(self, place, clock):
        def reread():
            place["reads"] += 1
            return place["keys"]

        return Seal([KEY], reread=reread, clock=clock)

    def test_an_unknown_key_is_looked_for_and_used_from_then_on(self, seal, place):
        place["keys"] = [OTHER, KEY]
        foreign = Seal([OTHER, KEY]).close(b"new", name="session/a", version=1)
        assert seal.open(foreign, name="session/a", version=1) == b"new"
        sealed = seal.close(b"more", name="session/a", version=2)
        assert Seal([OTHER]).open(sealed, name="session/a", version=2) == b"more"

    def test_foreign_values_do_not_become_a_flood_of_reads(self, seal, place, clock):
        foreign = Seal([OTHER]).close(b"new", name="session/a", version=1)
        for _ in range(100):
            with pytest.raises(BrokenSealError):
                seal.open(foreign, name="session/a", version=1)
        assert place["reads"] == 1
        clock.now += REREAD_AFTER_S
        assert not seal.refresh()
        assert place["reads"] == 2

    def test_a_key_that_was_taken_away_soon_counts_no_more(self, seal, place, clock, sealed):
        place["keys"] = [OTHER]
        clock.now += OLD_AFTER_S
        assert seal.open(sealed, name="session/a", version=3) == b"secret"
        assert place["reads"] == 0
        clock.now += 1
        seal.derive("cookies")
        for thread in threading.enumerate():
            if thread.name == "session keys":
                thread.join()
        assert seal.derive("cookies") == Seal([OTHER]).derive("cookies")
        with pytest.raises(BrokenSealError):
            seal.open(sealed, name="session/a", version=3)
        assert place["reads"] == 1

    @pytest.mark.parametrize("found", [[], [b"short"], None])
    def test_keys_that_cannot_be_read_leave_those_at_hand(self, seal, place, sealed, found):
        place["keys"] = found
        assert not seal.refresh()
        assert seal.open(sealed, name="session/a", version=3) == b"secret"
