"""Which results may leave the process in which they were made.

Data may: a copy is as good. What stands for something in this process may not, even where it can be pickled:
a connection, a thread, a file. So a resource is shared when it is made of plain data throughout, objects of
the page's own classes included, unless these say how they are to be pickled or deleted; the value of
`st.cache_data` is data by its author's word.

Two kinds of result look like data and are not: nothing at all from a function that drew nothing (it was
called for what it does to the process, such as to register fonts), and the name of a file in the temporary
directory, which on another instance is not there.
"""

from __future__ import annotations

import dataclasses
import io
import os
import pickle
import sys
import sysconfig
import tempfile
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

# Beyond this, a changed resource would be compared and written for longer than a click may take.
MAX_RESOURCE_BYTES: Final = 1_000_000
_TRIES: Final = 3

# Packages of data types, and of the functions that their pickles are rebuilt with.
_PACKAGES: Final = frozenset(
    {
        "builtins",
        "collections",
        "copyreg",
        "datetime",
        "decimal",
        "fractions",
        "numpy",
        "pandas",
        "pyarrow",
        "uuid",
        "zoneinfo",
    }
)
# Of those, what is mapped to a file.
_BOUND: Final = frozenset({"numpy.memmap", "pyarrow.lib.MemoryMappedFile"})
_FUNCTIONS: Final = frozenset({"function", "builtin_function_or_method", "cython_function_or_method"})
_HOOKS: Final = (
    "__del__",
    "__getstate__",
    "__setstate__",
    "__reduce__",
    "__reduce_ex__",
    "__getnewargs_ex__",
)


def pickled(value: object) -> bytes | None:
    """`value` as bytes; None when it is not made of plain data, too large, or bound to this instance."""
    for _ in range(_TRIES):
        buffer = _Bounded()
        try:
            _Pickler(buffer, protocol=5).dump(value)
        except RuntimeError:
            # Another session changes it at this moment.
            continue
        except Exception:  # noqa: BLE001 - pickle raises TypeError, AttributeError, PicklingError and the page's own
            return None
        content = buffer.getvalue()
        return None if names_a_temporary_file(content) else content
    return None


def names_a_temporary_file(content: bytes) -> bool:
    """Whether a pickle holds the path of a file that only this instance may have."""
    return b"PosixPath" in content or os.fsencode(tempfile.gettempdir()) + b"/" in content


def refilled(kept: Any, value: Any) -> Any:
    """`value`; in the object `kept` where that can be filled anew: a page or a callback may hold it."""
    if type(kept).__qualname__ != type(value).__qualname__:
        return value
    if isinstance(value, list):
        kept[:] = value
    elif isinstance(value, dict | set):
        kept.clear()
        kept.update(value)
    elif _is_own(type(value)) and hasattr(value, "__dict__"):
        vars(kept).clear()
        vars(kept).update(vars(value))
    else:
        return value
    return kept


class _Bounded(io.BytesIO):
    def write(self, data: Any) -> int:
        if self.tell() + len(data) > MAX_RESOURCE_BYTES:
            raise pickle.PicklingError("too large to be shared")
        return super().write(data)


class _Pickler(pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        # Numbers, text and the plain containers never come here.
        kind: Any = obj if isinstance(obj, type) or type(obj).__name__ in _FUNCTIONS else type(obj)
        if not _is_data(kind):
            raise pickle.PicklingError(f"{kind.__qualname__} is not plain data")
        if isinstance(obj, type) and obj.__module__ == "__main__":
            return _script_class, (obj.__qualname__,)
        return NotImplemented


def _script_class(name: str) -> Any:
    """The class of this name in the script that runs now: each run makes its own."""
    return attrgetter(name)(sys.modules["__main__"])


@lru_cache(maxsize=256)
def _is_data(kind: Any) -> bool:
    """Whether `kind` is a class whose objects are data, or a function that rebuilds such."""
    if _package(kind) in _PACKAGES:
        return f"{kind.__module__}.{kind.__qualname__}" not in _BOUND
    if not isinstance(kind, type):
        return kind is _script_class
    if issubclass(kind, Enum):
        return True
    is_own = all(_is_own(each) or _package(each) in _PACKAGES for each in kind.__mro__)
    return (is_own or dataclasses.is_dataclass(kind)) and not any(_overrides(kind, hook) for hook in _HOOKS)


def _package(kind: Any) -> str:
    return str(kind.__module__).partition(".")[0]


def _is_own(kind: type) -> bool:
    """Whether the page's author has written this class."""
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if kind.__module__ == "__main__":
        return "<locals>" not in kind.__qualname__
    return file is not None and not _is_library(Path(file))


def _is_library(file: Path) -> bool:
    return "site-packages" in file.parts or file.is_relative_to(sysconfig.get_path("stdlib"))


def _overrides(kind: type, name: str) -> bool:
    return getattr(kind, name, None) is not getattr(object, name, None)
