"""How one value of a page is pickled, wherever it is to be loaded.

Classes and functions that the page's own script defines live in a module that exists only while the script
runs: cloudpickle takes those by value. What their code refers to goes along, if it can; a lock, a connection
or a cached function of the script cannot, and is looked for where the script of that moment has it.
"""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FunctionType, UnionType
from typing import Any, Final

import cloudpickle  # type: ignore[import-untyped]  # it has no annotations
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.uploaded_file_manager import UploadedFile
from streamlit.util import ReadOnlyAttributeDictionary

SCRIPT: Final = "__main__"
_PROTOCOL: Final = 5
_TRIES: Final = 3

# How an uploaded file is named in a pickle: its id, its addresses, and where it was read to.
Reference = tuple[str, bytes, int]
Refer = Callable[[UploadedFile], Reference | None]


def dump(value: object, refer: Refer) -> tuple[bytes, Mapping[int, tuple[int, object]]]:
    """Pickle `value`: by reference where that works, by value where only cloudpickle can.

    Args:
        value: anything.
        refer: names an uploaded file; None for one that is to be pickled itself.

    Returns:
        The pickle, and the objects in it by their ids, each in a pair. While these live, an id stays theirs.

    Raises:
        Exception: it cannot be pickled; of any kind, since the page's own code may say how.
    """
    # TypeError, AttributeError, PicklingError, and whatever the page's own code raises.
    with suppress(Exception):
        return _dumped(_ByReference, value, refer)
    with suppress(Exception):
        return _dumped(_ByValue, value, refer)
    return _dumped(_ByValueAndName, value, refer)


def load(data: bytes, upload: Callable[[Reference], UploadedFile | None]) -> Any:
    """What `dump` pickled, where `upload` finds an uploaded file.

    Raises:
        Exception: it cannot be loaded here; of any kind, as above.
    """
    return _Unpickler(io.BytesIO(data), upload).load()


def _dumped(
    kind: type[_ByReference | _ByValue], value: object, refer: Refer
) -> tuple[bytes, Mapping[int, tuple[int, object]]]:
    for tries_left in reversed(range(_TRIES)):
        pickler = kind(buffer := io.BytesIO(), protocol=_PROTOCOL)
        pickler.refer = refer
        try:
            pickler.dump(value)
        except RuntimeError:
            # A dict that a thread of the page is filling changes its size meanwhile.
            if not tries_left:
                raise
        else:
            return buffer.getvalue(), pickler.memo.copy()
    raise AssertionError("the last try returns or raises")


def uploaded(*_reference: object) -> UploadedFile | None:
    """Stands in a pickle for what finds an uploaded file; `_Unpickler` puts that in its place."""
    raise pickle.UnpicklingError("An uploaded file is found by the session that it belongs to.")


def remade(kind: type[BaseException], args: tuple[object, ...]) -> BaseException:
    """An exception as it was, without another call of its __init__."""
    made = kind.__new__(kind, *args)
    made.args = args
    return made


class ScriptGlobals(dict[str, Any]):
    """The globals of a function of the script; what could not go along, the script that runs now has."""

    def __missing__(self, name: str) -> Any:
        """Look in the script, as the interpreter looks for a global."""
        return vars(sys.modules[SCRIPT])[name]


class _ByReference(pickle.Pickler):
    refer: Refer

    def reducer_override(self, obj: Any) -> Any:
        # The script's module here is not the next instance's: what it defines must go by value.
        if _is_of_script(obj, type | FunctionType):
            raise pickle.PicklingError("defined by the script")
        return _reduced(obj, self.refer)


class _ByValue(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no annotations
    refer: Refer

    def reducer_override(self, obj: Any) -> Any:
        reduced = _reduced(obj, self.refer)
        if reduced is not NotImplemented:
            return reduced
        if _is_of_script(obj, FunctionType):
            self.globals_ref.setdefault(id(obj.__globals__), ScriptGlobals())
        return _with_slots(obj, super().reducer_override(obj))


class _ByValueAndName(_ByValue):
    """Leaves out what a function of the script refers to and cannot go along."""

    def reducer_override(self, obj: Any) -> Any:
        reduced = super().reducer_override(obj)
        if _is_of_script(obj, FunctionType):
            _, attributes = reduced[2]
            referred = attributes["__globals__"].items()
            attributes["__globals__"] = {name: value for name, value in referred if self._goes_along(value)}
        return reduced

    def _goes_along(self, value: object) -> bool:
        if _is_of_script(value, type | FunctionType):
            return not hasattr(value, "__wrapped__")  # a cached function or a fragment is the process's own
        try:
            _dumped(_ByValue, value, self.refer)
        except Exception:  # noqa: BLE001 - as above
            return False
        return True


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, upload: Callable[[Reference], UploadedFile | None]) -> None:
        super().__init__(file)
        self._upload = upload

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == (__name__, uploaded.__name__):
            return lambda *reference: self._upload(reference)
        return super().find_class(module, name)


def _is_of_script(value: Any, kind: type | UnionType) -> bool:
    return isinstance(value, kind) and value.__module__ == SCRIPT


def _reduced(value: object, refer: Refer) -> Any:
    """How the few things are pickled that Streamlit made for its own process."""
    if isinstance(value, UploadedFile):
        reference = refer(value)
        return NotImplemented if reference is None else (uploaded, reference)
    if isinstance(value, ReadOnlyAttributeDictionary):
        # The state of a selecting table or chart, which lets nobody fill it afterwards.
        return type(value), (dict(value),)
    if isinstance(value, BaseException) and type(value).__reduce__ is BaseException.__reduce__:
        # By default, __init__ is called anew, with what the exception says instead of what it was given.
        return remade, (type(value), value.args), vars(value) or None
    if isinstance(value, DeltaGenerator):
        raise pickle.PicklingError("a place in the page belongs to the run that made it")
    return NotImplemented


def _with_slots(value: object, reduced: Any) -> Any:
    """`reduced`, if it is how cloudpickle makes a class again, with the slots of that class.

    Cloudpickle makes it without: its instances have a __dict__ then, which those of the very class, where it
    came from, do not take.
    """
    slots = vars(value).get("__slots__") if isinstance(value, type) else None
    if slots is not None and isinstance(reduced, tuple) and len(reduced[1]) == _NEW_CLASS_ARGUMENTS:
        kept = slots if isinstance(slots, str) else tuple(slots)
        metaclass, name, bases, body, *rest = reduced[1]
        return reduced[0], (metaclass, name, bases, {**body, "__slots__": kept}, *rest), *reduced[2:]
    return reduced


# Source: cloudpickle 3.1, _class_getnewargs: metaclass, name, bases, what the body defines, id, nothing.
_NEW_CLASS_ARGUMENTS: Final = 6
