import datetime
import logging
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
import streamlit
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


SLOTTED = """
from dataclasses import dataclass

@dataclass(slots=True)
class Cart:
    count: int = 0

class Bare:
    __slots__ = "x"

    def __init__(self):
        self.x = 1

made = {"cart": Cart(1), "bare": Bare()}
"""
CACHED = """
import threading
import streamlit as st

lock = threading.Lock()

@st.cache_data
def double(number):
    return 2 * number

class Counter:
    number = 0

    def count(self):
        with lock:
            self.number += 1
        return double(self.number)

made = {"counter": Counter()}
"""
# A script that goes on with what another process has left in a file.
GO_ON = """
import pickle, sys
from pathlib import Path
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager as Manager
from app.transport.values import Values

values, file = Values("s1", Manager("/")), Path(sys.argv[1])
kept = values.load(pickle.loads(file.read_bytes()))[0] if file.exists() else made
"""
GO_AWAY = """
file.write_bytes(pickle.dumps(values.dump(kept, {})))
"""
# The same process has seen the class before it comes back.
THERE_AND_BACK = """
file.write_bytes(pickle.dumps(values.dump(made, {})))
import subprocess
subprocess.run([sys.executable, sys.argv[2], str(file)], check=True)
kept = values.load(pickle.loads(file.read_bytes()))[0]
print(type(kept["cart"]) is Cart, kept["cart"].count, kept["bare"].x)
"""
ELSEWHERE = """
kept["cart"].count += 1
kept["bare"].x += 1
"""


def run(program, *arguments):
    """What a program prints, which is a script to itself."""
    done = subprocess.run(
        [sys.executable, str(program), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_objects_with_slots_come_back_to_where_they_were_made(tmp_path):
    here, elsewhere = tmp_path / "here.py", tmp_path / "elsewhere.py"
    here.write_text(SLOTTED + GO_ON + THERE_AND_BACK)
    elsewhere.write_text("made = {}\n" + GO_ON + ELSEWHERE + GO_AWAY)
    assert run(here, tmp_path / "state", elsewhere) == ["True", "2", "2"]


def test_code_of_the_script_finds_in_the_script_that_runs_what_could_not_go_along(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(CACHED + GO_ON + "print(kept['counter'].count())" + GO_AWAY)
    assert [run(program, tmp_path / "state") for _ in range(3)] == [["2"], ["4"], ["6"]]


class ApiError(Exception):
    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status


def test_an_exception_with_a_signature_of_its_own_survives_the_way(moved):
    error = ApiError(500, "broken")
    error.add_note("seen")
    back = moved({"history": [{"error": error}]})["history"][0]["error"]
    assert (type(back), str(back), back.args) == (ApiError, "500: broken", ("500: broken",))
    assert (back.status, back.__notes__) == (500, ["seen"])


def test_a_place_in_the_page_is_left_out_and_says_so(values, caplog):
    with caplog.at_level(logging.WARNING):
        pickled = values.dump({"place": streamlit.empty(), "kept": 1}, {})
    assert set(pickled) == {"kept"}
    assert "DeltaGenerator" in caplog.text


def test_a_value_that_does_not_load_is_logged(values, caplog):
    with caplog.at_level(logging.WARNING):
        values.load({"patient name": b"junk"})
    assert "does not load" in caplog.text
    assert "patient" not in caplog.text


class TestValuesThatAreHeld:
    def test_an_unchanged_one_stays_the_object_that_it_is(self, values):
        array = np.arange(3)
        held = {"array": array, "list": [array, "x", "x"]}
        loaded, _ = values.load(values.dump(held, {}), held)
        assert loaded["array"] is array
        assert loaded["list"] is held["list"]

    def test_a_changed_one_stays_too_with_the_content_that_it_had(self, values):
        held = {"list": [1], "other": {"rows": [1]}}
        rows = held["other"]["rows"]
        pickled = values.dump(held, {})
        held["list"].append(2)
        rows.append(2)
        loaded, _ = values.load(pickled, held)
        assert loaded == {"list": [1], "other": {"rows": [1]}}
        assert loaded["list"] is held["list"]
        assert loaded["other"]["rows"] is rows

    def test_what_was_not_pickled_is_gone(self, values):
        assert values.load(values.dump({"a": 1}, {}), {"a": 1, "b": 2})[0] == {"a": 1}
