"""The shared results of a function, as two instances see them that share a store."""

import math
import secrets

import pytest

from app.transport import MemoryStore, Seal
from app.transport.caches.register import LOOK_EVERY_S, Kind, Register
from app.transport.caches.shelf import MAX_ENTRIES, MAX_INLINE_BYTES, Shelf, erase
from app.transport.vault import Vault

LIFETIME_S = 3600


@pytest.fixture
def vault(clock):
    return Vault(CountingStore(clock), Seal([secrets.token_bytes(32)]), lifetime_s=LIFETIME_S, clock=clock)


@pytest.fixture
def instances(vault):
    return [Instance(vault), Instance(vault)]


class CountingStore(MemoryStore):
    def __init__(self, clock):
        super().__init__(clock=clock)
        self.calls = 0

    def get(self, name):
        self.calls += 1
        return super().get(name)

    def put(self, *args, **options):
        self.calls += 1
        return super().put(*args, **options)


class Instance:
    """One function's shelf on one instance."""

    def __init__(self, vault, session_id=None, max_entries=math.inf, release="1"):
        self.register = Register(vault, release)
        self.changed = set()
        self.shelf = Shelf(
            vault,
            self.register,
            Kind.DATA,
            "function",
            session_id=session_id,
            max_entries=max_entries,
            changed=self.changed.add,
        )

    def get(self, key):
        self.shelf.follow()
        taken = self.shelf.take(key)
        return taken and taken[0]

    def put(self, key, content, ends_at=math.inf):
        self.shelf.follow()
        return self.shelf.put(key, content, ends_at)

    def counts(self, key, mark):
        self.shelf.follow()
        return self.shelf.counts(key, mark)

    def clear(self, key=None):
        self.shelf.follow()
        if key:
            self.shelf.forget(key)
        else:
            self.shelf.clear()

    def save(self):
        for shelf in self.changed:
            shelf.save()
        self.changed.clear()
        if self.register.has_changes:
            self.register.save()
        return self.register.version


@pytest.mark.parametrize("size", [1, MAX_INLINE_BYTES + 1, 1_000_000])
def test_a_result_is_found_by_the_next_instance(instances, size):
    first, second = instances
    content = secrets.token_bytes(size)
    first.put("k", content)
    first.save()
    assert second.get("k") == content


def test_an_instance_that_has_looked_sees_news_when_a_session_has_seen_them(instances):
    first, second = instances
    assert second.get("k") is None
    first.put("k", b"v")
    version = first.save()
    assert second.get("k") is None
    second.register.expect(version)
    assert second.get("k") == b"v"


def test_an_instance_sees_news_of_others_soon(instances, clock):
    first, second = instances
    assert second.get("k") is None
    first.put("k", b"v")
    first.save()
    clock.now += LOOK_EVERY_S
    assert second.get("k") == b"v"


def test_what_a_session_has_seen_is_not_lost_on_an_instance_that_asked_nothing(instances):
    first, second = instances
    first.put("k", b"v")
    version = first.save()
    second.register.expect(version)
    assert second.register.version == version


def test_of_two_that_compute_at_the_same_time_the_first_to_write_counts_for_both(instances):
    first, second = instances
    mine, theirs = first.put("k", b"first"), second.put("k", b"second")
    first.save()
    second.save()
    assert second.get("k") == b"first"
    assert first.counts("k", mine)
    assert not second.counts("k", theirs)


def test_results_for_other_arguments_are_kept_side_by_side(instances):
    first, second = instances
    first.put("a", b"1")
    second.put("b", b"2")
    first.save()
    version = second.save()
    first.register.expect(version)
    assert [first.get("a"), first.get("b"), second.get("a")] == [b"1", b"2", b"1"]


@pytest.mark.parametrize("key", [None, "k"])
def test_a_clear_makes_copies_elsewhere_worthless(instances, key):
    first, second = instances
    first.put("k", b"v")
    private = first.shelf.keep("p", math.inf)
    first.save()
    _, copy = second.shelf.follow() or second.shelf.take("k")
    second.clear(key)
    first.register.expect(second.save())
    assert not first.counts("k", copy)
    assert first.get("k") is None
    assert first.counts("p", private) is bool(key)


def test_a_result_made_while_others_cleared_is_cleared_too(instances):
    first, second = instances
    first.put("k", b"before")
    first.save()
    assert second.get("k") == b"before"
    second.put("other", b"computed from what is cleared meanwhile")
    first.clear()
    first.save()
    second.save()
    assert second.get("other") is None


def test_a_replaced_result_makes_copies_of_the_old_one_worthless(instances):
    first, second = instances
    old = first.put("k", b"old")
    second.register.expect(first.save())
    assert second.get("k") == b"old"
    second.put("k", b"new")
    first.register.expect(second.save())
    assert not first.counts("k", old)
    assert first.get("k") == b"new"


def test_a_result_that_can_no_longer_be_shared_is_not_left_to_others(instances):
    first, second = instances
    first.put("k", b"old")
    mark = first.shelf.keep("k", math.inf)
    first.save()
    assert second.get("k") is None
    assert first.counts("k", mark)


def test_a_result_ends_when_its_time_is_up(instances, clock):
    first, second = instances
    mark = first.put("k", b"v", ends_at=clock.now + 1.5)
    first.save()
    clock.now += 1
    assert second.get("k") == b"v"
    clock.now += 0.5
    assert second.get("k") is None
    assert not first.counts("k", mark)


def test_only_so_many_entries_as_the_page_has_set(vault):
    first, second = Instance(vault, max_entries=2), Instance(vault, max_entries=2)
    marks = [first.put(key, b"v") for key in "abc"]
    first.save()
    assert [second.get(key) for key in "abc"] == [None, b"v", b"v"]
    assert [first.counts(key, mark) for key, mark in zip("abc", marks, strict=True)] == [False, True, True]


def test_a_shelf_does_not_grow_for_ever_but_copies_here_remain(vault):
    one = Instance(vault)
    marks = {number: one.put(str(number), b"v") for number in range(MAX_ENTRIES + 1)}
    assert one.get("0") is None
    assert one.counts("0", marks[0])


def test_a_session_shares_with_no_other(vault):
    one, other = Instance(vault, "s1"), Instance(vault, "s2")
    one.put("k", b"mine")
    one.save()
    assert other.get("k") is None
    assert Instance(vault, "s1").get("k") == b"mine"


def test_another_release_starts_with_nothing(vault):
    one = Instance(vault)
    one.put("k", b"v")
    one.save()
    assert Instance(vault, release="2").get("k") is None


def test_a_hit_asks_the_store_nothing_and_a_cold_instance_asks_twice(instances, vault):
    first, second = instances
    for number in range(100):
        first.put(str(number), b"v")
    first.save()
    vault._store.calls = 0
    assert [second.get(str(number)) for number in range(100)] == [b"v"] * 100
    assert vault._store.calls == 2


def test_what_was_altered_in_the_store_is_ignored_and_replaced(instances, vault, clock):
    first, second = instances
    first.put("k", b"v")
    first.save()
    expires_at = int(clock.now) + LIFETIME_S
    for name in (first.shelf.name, first.register.name):
        version = vault._store.get(name).version
        vault._store.put(name, b"altered", expected=version, expires_at=expires_at)
    clock.now += 0.1
    assert second.get("k") is None
    second.put("k", b"again")
    second.save()
    clock.now += LOOK_EVERY_S
    assert first.get("k") == b"again"


def test_what_is_in_use_outlives_its_lifetime(vault, clock):
    one = Instance(vault)
    one.put("k", secrets.token_bytes(MAX_INLINE_BYTES + 1))
    one.save()
    for _ in range(3):
        clock.now += LIFETIME_S * 0.75
        cold = Instance(vault)
        assert cold.get("k")
        cold.save()


def test_nothing_counts_on_an_instance_that_was_frozen_for_a_lifetime(instances, clock):
    first, second = instances
    mark = first.put("k", b"v")
    first.save()
    clock.now += LIFETIME_S + 1
    assert not first.counts("k", mark)
    assert second.get("k") is None


def test_a_clear_of_everything_is_felt_by_a_copy_made_before(instances):
    first, second = instances
    mark = first.put("k", b"v")
    first.save()
    second.register.look()
    second.register.renew(Kind.DATA)
    first.register.expect(second.save())
    assert not first.counts("k", mark)
    assert first.get("k") is None


def test_two_that_clear_different_caches_at_the_same_time_both_do(instances):
    first, second = instances
    first.register.renew(Kind.DATA)
    second.register.renew(Kind.RESOURCE)
    first.save()
    first.register.expect(second.save())
    first.register.look()
    births = [(i.register.birth(Kind.DATA), i.register.birth(Kind.RESOURCE)) for i in instances]
    assert births[0] == births[1]
    assert all(births[0])


def test_an_erased_shelf_leaves_nothing(vault):
    one = Instance(vault, "s1")
    one.put("large", secrets.token_bytes(1_000_000))
    one.put("small", b"v")
    one.save()
    erase(vault, one.shelf.name)
    cold = Instance(vault, "s1")
    assert cold.get("large") is None
    assert cold.get("small") is None


def test_the_store_sees_no_name_that_an_argument_could_be_guessed_from(vault):
    one = Instance(vault)
    other = Instance(Vault(MemoryStore(), Seal([secrets.token_bytes(32)]), lifetime_s=LIFETIME_S))
    assert one.shelf.name != other.shelf.name
    assert "function" not in one.shelf.name
