"""Which results may leave the process in which they were made.

Data may: a copy is as good. What stands for something in this process may not, even where it can be pickled:
a connection, a thread, a file. So a resource is shared when it is made of plain data throughout; the value of
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
import tempfile
from enum import Enum
from functools import lru_cache
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
        return NotImplemented


@lru_cache(maxsize=256)
def _is_data(kind: Any) -> bool:
    """Whether `kind` is a class whose objects are data, or a function that rebuilds such."""
    module = str(kind.__module__)
    if module.partition(".")[0] in _PACKAGES:
        return f"{module}.{kind.__qualname__}" not in _BOUND
    if module == "__main__" or not isinstance(kind, type):
        # What the script itself defines is another class in each run.
        return False
    if issubclass(kind, Enum):
        return True
    return dataclasses.is_dataclass(kind) and not any(_overrides(kind, hook) for hook in _HOOKS)


def _overrides(kind: type, name: str) -> bool:
    return getattr(kind, name, None) is not getattr(object, name, None)
