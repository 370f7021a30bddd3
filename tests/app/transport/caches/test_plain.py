"""Which values are data, and which stand for something in the process."""

import collections
import dataclasses
import datetime
import decimal
import email.message
import enum
import io
import pickle
import sys
import tempfile
import threading
import types
import uuid
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.transport.caches import plain


class Colour(enum.Enum):
    RED = 1


@dataclasses.dataclass
class Point:
    x: int
    names: list


@dataclasses.dataclass
class Closing:
    x: int

    def __del__(self):
        pass


class Counter:
    def __init__(self):
        self.counts = [1]

    def __eq__(self, other):
        return vars(self) == vars(other)

    __hash__ = None


class Reading(io.BytesIO):
    pass


def there_and_back(value):
    return pickle.loads(plain.pickled(value))  # noqa: S301 - pickled here


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "text",
        b"bytes",
        [1, (2.5, 3j)],
        {"a": {"b": {1, 2}}},
        collections.Counter("abca"),
        collections.defaultdict(list, a=[1]),
        collections.deque([1], maxlen=3),
        datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC),
        decimal.Decimal("1.10"),
        uuid.UUID(int=7),
        Colour.RED,
        Point(1, ["a"]),
        range(3),
        Counter(),
        [Counter()],
    ],
    ids=lambda value: type(value).__name__,
)
def test_data_comes_out_as_it_went_in(value):
    assert there_and_back(value) == value


def test_arrays_and_tables_are_data():
    array, table = np.arange(12).reshape(3, 4), pd.DataFrame({"a": [1, None], "b": ["x", "y"]})
    assert (there_and_back(array) == array).all()
    assert there_and_back(table).equals(table)
    assert plain.pickled(pd.date_range("2024-01-01", periods=3))


def test_a_class_of_the_script_is_the_one_of_the_run_that_loads():
    class Thing:
        def __init__(self):
            self.parts = [1]

    Thing.__module__, Thing.__qualname__ = "__main__", "Thing"
    other = type("Thing", (), {})
    main, sys.modules["__main__"] = sys.modules["__main__"], types.SimpleNamespace(Thing=other)
    try:
        loaded = there_and_back(Thing())
    finally:
        sys.modules["__main__"] = main
    assert type(loaded) is other
    assert loaded.parts == [1]


@pytest.mark.parametrize(
    ("kept", "value"),
    [([1], [2, 3]), ({"a": 1}, {"b": 2}), ({1}, {2}), (collections.Counter("a"), collections.Counter("bb"))],
)
def test_a_container_is_filled_anew(kept, value):
    assert plain.refilled(kept, value) is kept
    assert kept == value


def test_an_object_is_filled_anew():
    kept, value = Counter(), Counter()
    value.counts = [2]
    assert plain.refilled(kept, value) is kept
    assert kept.counts == [2]


def test_what_is_of_another_kind_is_not_filled_anew():
    value = (1,)
    assert plain.refilled([1], value) is value
    assert plain.refilled((2,), value) is value


@pytest.mark.parametrize(
    "value",
    [
        threading.Lock(),
        {"lock": threading.Lock()},
        io.BytesIO(b"a file"),
        lambda: None,
        plain.pickled,
        Reading(b"a file"),
        email.message.Message(),
        [Closing(1)],
        collections.defaultdict(lambda: 0),
        weakref.ref(Counter),
        (number for number in range(3)),
        Path("here"),
        f"{tempfile.gettempdir()}/model.bin",
        {"path": f"{tempfile.gettempdir()}/model.bin"},
        bytes(plain.MAX_RESOURCE_BYTES),
        list(range(1_000_000)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_bound_to_its_process_is_none_nor_what_is_too_large(value):
    assert plain.pickled(value) is None


def test_a_value_too_large_is_not_pickled_to_its_end():
    class Last:
        def __reduce__(self):
            raise AssertionError("the pickling went on")

    assert plain.pickled([bytes(plain.MAX_RESOURCE_BYTES), Last()]) is None


def test_the_same_value_gives_the_same_bytes():
    value = {"a": [1, 2], "b": {"x", "y", "z"}, "c": np.zeros(3), "d": pd.DataFrame({"e": [1]})}
    assert plain.pickled(value) == plain.pickled(value)
