import dataclasses
import datetime
import logging
import subprocess
import sys
import threading

import numpy as np
import pytest
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFile, UploadedFileRec

from app.transport import snapshot
from app.transport.snapshot import FullRun, Snapshot, State, UnreadableSnapshotError
from tests.app.transport.gateway import ROOT

RECORD = UploadedFileRec(file_id="f1", name="a.txt", type="text/plain", data=b"content")


@pytest.fixture
def uploads():
    manager = MemoryUploadedFileManager("/upload")
    manager.add_file("s1", RECORD)
    return manager


@pytest.fixture
def load(uploads):
    def load(data):
        return snapshot.load_value(data, session_id="s1", uploads=uploads)

    return load


def make_snapshot(**changes):
    state = State(values={"key": b"pickle"}, callbacks={"w"}, deferred={"id": "place"})
    whole = Snapshot("epoch", 4, "run", [b"frame"], {"email": "a@b"}, {"w": b"proto"}, state, None)
    return dataclasses.replace(whole, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"frames": None},
        {"full_run": FullRun(None, b"request")},
        {"full_run": FullRun(State(values={"a": b"1"}), b"request")},
    ],
)
def test_a_snapshot_survives_the_way(changes):
    original = make_snapshot(**changes)
    assert Snapshot.decode(original.encode()) == original


def test_a_snapshot_of_another_format_is_refused():
    import pickle

    with pytest.raises(UnreadableSnapshotError):
        Snapshot.decode(pickle.dumps({"format": 999}))


def test_values_of_many_kinds_survive_the_way(load):
    for value in (1, "é", [1, {"a": (2, None)}], {1, 2}, b"x", 1.5, State(values={"a": b""})):
        assert load(snapshot.dump_value(value)) == value


def test_a_function_made_on_the_spot_survives_the_way(load):
    factor = 3
    assert load(snapshot.dump_value(lambda x: x * factor))(2) == 6


def test_an_uploaded_file_goes_by_reference(load):
    upload = UploadedFile(RECORD, FileURLs(file_id="f1"))
    data = snapshot.dump_value({"file": upload})
    assert b"content" not in data
    assert load(data)["file"].getvalue() == b"content"
    assert load(data)["file"].name == "a.txt"


def test_an_uploaded_file_that_is_gone_becomes_none(load, uploads):
    data = snapshot.dump_value(UploadedFile(RECORD, FileURLs(file_id="f1")))
    uploads.remove_file("s1", "f1")
    assert load(data) is None


def test_a_value_that_cannot_be_pickled_is_left_out_and_its_type_logged(caplog):
    with caplog.at_level(logging.WARNING):
        pickled = snapshot.dump_values({"patient name": threading.Lock(), "kept": 1}, {})
    assert set(pickled) == {"kept"}
    assert "lock" in caplog.text
    assert "patient" not in caplog.text


def test_an_unchanged_value_is_the_object_it_was_before():
    before = snapshot.dump_values({"a": [1, 2]}, {})
    after = snapshot.dump_values({"a": [1, 2], "b": 3}, before)
    assert after["a"] is before["a"]


def test_a_value_that_does_not_load_is_missing_and_reported(uploads):
    good = snapshot.dump_value({"a": 1})
    values, complete = snapshot.load_values({"a": good, "b": b"junk"}, session_id="s1", uploads=uploads)
    assert (values, complete) == ({"a": 1}, False)


def test_a_class_defined_in_the_script_loads_in_a_process_that_never_ran_it(load):
    script = (
        "import sys\n"
        "from app.transport import snapshot\n"
        "class Cart:\n"
        "    def total(self): return sum(self.items)\n"
        "cart = Cart(); cart.items = [1, 2]\n"
        "sys.stdout.buffer.write(snapshot.dump_value([cart]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    assert load(done.stdout)[0].total() == 3


def moved(values, uploads):
    """The values as another instance has them."""
    pickled = snapshot.dump_values(values, {})
    loaded, complete = snapshot.load_values(pickled, session_id="s1", uploads=uploads)
    assert complete
    return loaded


def test_an_object_under_two_keys_stays_one(uploads):
    cart, other = ["a"], ["a"]
    loaded = moved({"cart": cart, "user": {"cart": cart}, "number": 1, "other": other}, uploads)
    loaded["cart"].append("b")
    assert loaded["user"]["cart"] == ["a", "b"]
    assert loaded["other"] == ["a"]
    assert list(loaded) == ["cart", "user", "number", "other"]


def test_values_that_share_through_a_third_travel_together(uploads):
    one, two = [1], [2]
    loaded = moved({"a": one, "b": two, "c": (one, two), "d": [3]}, uploads)
    assert loaded["c"][0] is loaded["a"]
    assert loaded["c"][1] is loaded["b"]


@pytest.mark.parametrize(
    "make",
    [
        lambda number: ["x", number, (2, "y"), None, len],
        lambda number: State(values={"number": bytes(number)}),
        lambda number: {"date": datetime.date(2026, 1, number), "array": np.arange(number)},
        lambda number: [lambda: number],
    ],
)
def test_values_of_one_kind_are_not_tied_together_for_it(make):
    pickled = snapshot.dump_values({"a": make(1), "b": make(2)}, {})
    assert pickled["a"] != pickled["b"]


def test_a_value_without_a_pickle_costs_no_other_value_that_shares_with_it(uploads):
    shared = [1]
    pickled = snapshot.dump_values({"bad": [shared, threading.Lock()], "good": shared}, {})
    assert snapshot.load_values(pickled, session_id="s1", uploads=uploads) == ({"good": [1]}, True)
