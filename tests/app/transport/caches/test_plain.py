"""Which values are data, and which stand for something in the process."""

import collections
import dataclasses
import datetime
import decimal
import enum
import io
import pickle
import tempfile
import threading
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
    count = 0


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
    ],
    ids=repr,
)
def test_data_comes_out_as_it_went_in(value):
    assert there_and_back(value) == value


def test_arrays_and_tables_are_data():
    array, table = np.arange(12).reshape(3, 4), pd.DataFrame({"a": [1, None], "b": ["x", "y"]})
    assert (there_and_back(array) == array).all()
    assert there_and_back(table).equals(table)
    assert plain.pickled(pd.date_range("2024-01-01", periods=3))


@pytest.mark.parametrize(
    "value",
    [
        threading.Lock(),
        {"lock": threading.Lock()},
        io.BytesIO(b"a file"),
        lambda: None,
        plain.pickled,
        Counter(),
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
