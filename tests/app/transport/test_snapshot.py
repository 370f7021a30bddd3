import dataclasses
import pickle

import pytest

from app.transport.snapshot import Beginning, Snapshot, State, UnreadableSnapshotError


def make_snapshot(**changes):
    state = State(values={"key": b"pickle"}, callbacks={"w"}, deferred={"id": "place"})
    whole = Snapshot("epoch", 4, "run", [b"frame"], {"email": "a@b"}, {"w": b"proto"}, state, [])
    return dataclasses.replace(whole, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"frames": None},
        {"beginnings": [Beginning(None, b"request"), Beginning(None, b"next", "fragment")]},
        {"beginnings": [Beginning(State(values={"a": b"1"}), b"request")]},
    ],
)
def test_a_snapshot_survives_the_way(changes):
    original = make_snapshot(**changes)
    assert Snapshot.decode(original.encode()) == original


def test_a_snapshot_of_another_format_is_refused():
    with pytest.raises(UnreadableSnapshotError):
        Snapshot.decode(pickle.dumps({"format": 999}))
