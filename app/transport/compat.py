"""A check that what the transport uses of Streamlit (see `names`) is where it was.

Streamlit promises nothing about most of it, so the version is pinned to one minor release, and what a
release moved is named at start-up instead of at a user's first click.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import inspect
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from importlib import metadata
from pathlib import Path
from types import FunctionType
from typing import Any, Final

from . import names, xsrf
from .assets import bundle

log = logging.getLogger(__name__)

SUPPORTED: Final = "1.67"


class IncompatibleStreamlitError(RuntimeError):
    """The installed Streamlit is not the one this transport was written for. Nothing was started."""


def check_version(*, allow_any: bool = False) -> None:
    """Make sure that Streamlit is of the minor release we know, without importing it.

    Args:
        allow_any: log it if it is another, and go on: to find out what works.

    Raises:
        IncompatibleStreamlitError: it is another.
    """
    version = metadata.version("streamlit")
    if not version.startswith(f"{SUPPORTED}."):
        _object(f"The transport was not tried with Streamlit {version}.", allow_any=allow_any)


def check(known: Mapping[str, str] | None = None, *, allow_any: bool = False) -> None:
    """Make sure that Streamlit has every name we use. Imports Streamlit.

    Args:
        known: a fingerprint that was found good when the image was built. If it is that of the Streamlit
            installed here, there is nothing left to check.
        allow_any: log what moved, and go on.

    Raises:
        IncompatibleStreamlitError: says what moved.
    """
    if known is not None and known == fingerprint():
        return
    if missing := list(missing_names()):
        version = metadata.version("streamlit")
        _object(f"Streamlit {version} lacks {', '.join(missing)}.", allow_any=allow_any)


def _object(objection: str, *, allow_any: bool) -> None:
    if not allow_any:
        raise IncompatibleStreamlitError(f"{objection} Install streamlit=={SUPPORTED}.*")
    log.warning("%s", objection)


def fingerprint() -> dict[str, str]:
    """SHA-256 of each file that the check looks at, and of the check itself. Does not import Streamlit."""
    modules = sorted({module for rows, _ in _LOOKS for module, _, _ in rows} | {"streamlit.config"})
    ours = Path(__file__), Path(names.__file__)
    files = [*map(_file_of, modules), *_entry_scripts(), *ours]
    return {"/".join(file.parts[-3:]): _digest(file) for file in files}


def missing_names() -> Iterator[str]:
    """Dotted names that we use and the installed Streamlit does not have."""
    for rows, have in _LOOKS:
        for module, owner, wanted in rows:
            yield from _missing(module, owner, wanted, have)
    yield from _missing("streamlit.config", "_config_options_template", names.OPTIONS, set)
    if not any(b"new WebSocket(" in script.read_bytes() for script in _entry_scripts()):
        yield 'static/js: "new WebSocket("'
    yield from _unreadable_token()


def _missing(module: str, owner: str, wanted: str, have: Callable[[Any], set[str]]) -> Iterator[str]:
    place = f"{module}.{owner}".rstrip(".")
    try:
        found: Any = importlib.import_module(module)
        if owner:
            found = reduce(getattr, owner.split("."), found)
        known = have(found)
    except Exception:  # noqa: BLE001 - a release that moved things may raise anything while it is looked at
        yield place
        return
    yield from (f"{place}.{name}" for name in wanted.split() if name not in known)


def _attributes(owner: object) -> set[str]:
    return set(dir(owner))


def _fields(owner: type) -> set[str]:
    return {field.name for field in dataclasses.fields(owner)}


def _assigned(owner: type) -> set[str]:
    # With its bases: once an app was made here, `owner` may be a class of ours on top of Streamlit's.
    inits = [vars(each).get("__init__") for each in owner.__mro__]
    codes = [init.__code__ for init in inits if isinstance(init, FunctionType)]
    return {name for code in codes for name in code.co_names}


def _parameters(function: Callable[..., object]) -> set[str]:
    return set(inspect.signature(function).parameters)


def _message_fields(message: Any) -> set[str]:
    return set(message.DESCRIPTOR.fields_by_name)


_LOOKS: Final[tuple[tuple[names.Rows, Callable[[Any], set[str]]], ...]] = (
    (names.ATTRIBUTES, _attributes),
    (names.FIELDS, _fields),
    (names.ASSIGNED, _assigned),
    (names.PARAMETERS, _parameters),
    (names.MESSAGES, _message_fields),
)


def _unreadable_token() -> Iterator[str]:
    """The XSRF token that we make without Streamlit must be one that it reads."""
    try:
        from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
        from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME
    except ImportError:
        # Named already.
        return
    if XSRF_COOKIE_NAME != xsrf.COOKIE_NAME or decode_xsrf_token_string(xsrf.new_token())[0] is None:
        yield "its XSRF cookie in format 2"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "absent"


def _file_of(module: str) -> Path:
    """The file of a module of Streamlit, found without importing it; it may not exist."""
    path = bundle.package().joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _entry_scripts() -> list[Path]:
    return sorted((bundle.static() / "static" / "js").glob("index.*.js"))
