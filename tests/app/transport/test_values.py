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
from streamlit.util import ReadOnlyAttributeDictionary

from app.transport.snapshot import State
from app.transport.values import Values
from tests.app.transport.gateway import ROOT

RECORD = UploadedFileRec(file_id="f1", name="a.txt", type="text/plain", data=b"content")


class PickledOnce:
    """Can say how it is pickled once, as what holds an iterator that is then used up."""

    def __init__(self, held):
        self.held = held
        self._ways = [(PickledOnce, (held,))]

    def __reduce__(self):
        return self._ways.pop()


@pytest.fixture
def uploads():
    manager = MemoryUploadedFileManager("/upload")
    manager.add_file("s1", RECORD)
    return manager


@pytest.fixture
def values(uploads):
    return Values("s1", uploads)


@pytest.fixture
def moved(values):
    """Gives values as another instance has them."""

    def moved(held):
        loaded, complete = values.load(values.dump(held, {}))
        assert complete
        return loaded

    return moved


def test_values_of_many_kinds_survive_the_way(moved):
    for value in (1, "é", [1, {"a": (2, None)}], {1, 2}, b"x", 1.5, State(values={"a": b""})):
        assert moved({"a": value}) == {"a": value}


def test_a_function_made_on_the_spot_survives_the_way(moved):
    factor = 3
    assert moved({"f": lambda x: x * factor})["f"](2) == 6


def test_an_uploaded_file_goes_by_reference_and_stays_where_it_was_read_to(values):
    upload = UploadedFile(RECORD, FileURLs(file_id="f1"))
    upload.read(3)
    pickled = values.dump({"files": [upload]}, {})
    assert b"content" not in pickled["files"]
    (file,) = values.load(pickled)[0]["files"]
    assert (file.name, file.read(), file.getvalue()) == ("a.txt", b"tent", b"content")


def test_an_uploaded_file_that_its_widget_let_go_takes_its_bytes_along(values, uploads):
    upload = UploadedFile(RECORD, FileURLs(file_id="f1"))
    uploads.remove_file("s1", "f1")
    (loaded, complete) = values.load(values.dump({"file": upload}, {}))
    assert complete
    assert (loaded["file"].name, loaded["file"].getvalue()) == ("a.txt", b"content")


def test_an_uploaded_file_that_is_gone_since_becomes_none(values, uploads):
    pickled = values.dump({"file": UploadedFile(RECORD, FileURLs(file_id="f1"))}, {})
    uploads.remove_file("s1", "f1")
    assert values.load(pickled) == ({"file": None}, True)


def test_the_state_of_a_selecting_table_survives_the_way(moved):
    state = ReadOnlyAttributeDictionary({"selection": {"rows": [0], "columns": []}})
    loaded = moved({"table": state, "rows": state.selection.rows, "page's": [lambda: 1, state]})
    assert loaded["table"] == state
    assert type(loaded["table"]) is ReadOnlyAttributeDictionary
    assert loaded["page's"][1].selection.rows == [0]


def test_a_value_that_cannot_be_pickled_is_left_out_and_its_type_logged(values, caplog):
    with caplog.at_level(logging.WARNING):
        pickled = values.dump({"patient name": threading.Lock(), "kept": 1}, {})
    assert set(pickled) == {"kept"}
    assert "lock" in caplog.text
    assert "patient" not in caplog.text


def test_an_unchanged_value_is_the_object_it_was_before(values):
    before = values.dump({"a": [1, 2]}, {})
    after = values.dump({"a": [1, 2], "b": 3}, before)
    assert after["a"] is before["a"]


def test_a_value_that_does_not_load_is_missing_and_reported(values):
    good = values.dump({"a": 1}, {})
    assert values.load({**good, "b": b"junk"}) == ({"a": 1}, False)


def test_a_class_defined_in_the_script_loads_in_a_process_that_never_ran_it(values):
    script = (
        "import sys\n"
        "from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager as Manager\n"
        "from app.transport.values import Values\n"
        "class Cart:\n"
        "    def total(self): return sum(self.items)\n"
        "cart = Cart(); cart.items = [1, 2]\n"
        "sys.stdout.buffer.write(Values('s1', Manager('/')).dump({'cart': cart}, {})['cart'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    assert values.load({"cart": done.stdout})[0]["cart"].total() == 3


def test_an_object_under_two_keys_stays_one(moved):
    cart, other = ["a"], ["a"]
    loaded = moved({"cart": cart, "user": {"cart": cart}, "number": 1, "other": other})
    loaded["cart"].append("b")
    assert loaded["user"]["cart"] == ["a", "b"]
    assert loaded["other"] == ["a"]
    assert list(loaded) == ["cart", "user", "number", "other"]


def test_values_that_share_through_a_third_travel_together(moved):
    one, two = [1], [2]
    loaded = moved({"a": one, "b": two, "c": (one, two), "d": [3]})
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
def test_values_of_one_kind_are_not_tied_together_for_it(values, make):
    pickled = values.dump({"a": make(1), "b": make(2)}, {})
    assert pickled["a"] != pickled["b"]


def test_a_value_without_a_pickle_costs_no_other_value_that_shares_with_it(values):
    shared = [1]
    pickled = values.dump({"bad": [shared, threading.Lock()], "good": shared}, {})
    assert values.load(pickled) == ({"good": [1]}, True)


def test_values_that_share_and_can_be_pickled_only_once_each_travel_alone(values):
    shared = [1]
    held = {"once": PickledOnce(shared), "list": shared}
    loaded, complete = values.load(values.dump(held, {}))
    assert complete
    assert loaded["list"] == loaded["once"].held == [1]


def test_the_files_that_values_hold_are_named(values, uploads):
    other = UploadedFileRec(file_id="f2", name="b.txt", type="text/plain", data=b"")
    uploads.add_file("s1", other)
    kept = {"mine": [UploadedFile(RECORD, FileURLs(file_id="f1"))]}
    values.dump({**kept, "$$ID-widget": UploadedFile(other, FileURLs(file_id="f2"))}, {})
    assert values.kept_files == {"f1", "f2"}
