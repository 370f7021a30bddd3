"""What holds an object sees the content that it is given."""

import copy
from collections import deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.util import ReadOnlyAttributeDictionary

from app.transport.grafting import graft

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=4),
    max_leaves=20,
)


class Point:
    def __init__(self, x):
        self.x = x


class Slotted:
    __slots__ = ("x",)

    def __init__(self, x):
        self.x = x


@pytest.mark.parametrize("old", [[1, 2, 3], {"a": 1}, {1, 2}, deque([1]), Point([1])])
def test_an_object_stays_and_gets_the_content(old):
    new = copy.deepcopy(old)
    if isinstance(new, list | deque):
        new.append(9)
    elif isinstance(new, set):
        new.add(9)
    elif isinstance(new, dict):
        new["b"] = 9
    else:
        new.b = 9
    wanted = copy.deepcopy(new)
    assert graft(old, new) is old
    assert vars(old).keys() == vars(wanted).keys() if hasattr(old, "__dict__") else old == wanted


def test_objects_within_stay_too():
    rows, point = [1], Point({"n": 1})
    old = {"rows": rows, "points": [point]}
    graft(old, {"rows": [1, 2], "points": [Point({"n": 2}), Point(3)], "more": 4})
    assert old["rows"] is rows == [1, 2]
    assert (old["points"][0], point.x, old["more"]) == (point, {"n": 2}, 4)


@pytest.mark.parametrize(
    ("old", "new"), [([1], (1,)), ((1,), (2,)), (Slotted(1), Slotted(2)), (Point(1), Slotted(1)), (1, 2)]
)
def test_what_cannot_take_it_is_replaced(old, new):
    assert graft(old, new) is new


class Bag(dict):
    def total(self):
        return sum(self.values())


def test_a_container_of_a_class_of_its_own_stays_too():
    old, new = Bag(a=1), Bag(a=2, b=3)
    old.label, new.label = "old", "new"
    assert graft(old, new) is old
    assert (old.total(), old.label) == (5, "new")


def test_the_state_of_a_table_which_nobody_may_change_is_replaced():
    old, new = (ReadOnlyAttributeDictionary({"selection": {"rows": rows}}) for rows in ([0], [1]))
    assert graft({"table": old}, {"table": new})["table"] is new


def test_arrays_are_replaced():
    old, new = np.arange(3), np.arange(4)
    assert graft({"a": old}, {"a": new})["a"] is new


def test_what_was_one_object_stays_one():
    shared = ["x"]
    old = {"a": ["x"], "b": ["y"]}
    graft(old, {"a": shared, "b": shared})
    assert old["a"] is old["b"] == ["x"]


def test_what_was_two_objects_becomes_two():
    shared = ["x"]
    old = {"a": shared, "b": shared}
    graft(old, {"a": ["x"], "b": ["x"]})
    assert old["a"] is not old["b"]


def test_a_list_that_holds_itself_is_no_trap():
    old, new = [1], [2]
    old.append(old)
    new.append(new)
    graft(old, new)
    assert (old[0], old[1] is old) == (2, True)


@given(PLAIN, PLAIN)
def test_the_content_is_always_the_new_one(old, new):
    wanted = copy.deepcopy(new)
    assert graft(old, new) == wanted
