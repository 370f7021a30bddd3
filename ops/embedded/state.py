"""The account's memory on disk: every moto backend, pickled, in one file that is replaced atomically.

moto keeps everything in memory and forgets it at exit; its own recorder replays requests and so gives every
resource a new id, which would orphan Terraform's state. So the objects themselves are saved.

The file is executable input, as every pickle is: it is written with mode 0600 and read only when nobody
else could have written it.
"""

import collections
import contextlib
import copyreg
import importlib
import io
import json
import os
import pickle
import stat
import threading
import weakref
from pathlib import Path
from types import FunctionType
from typing import IO, Any, ClassVar

import cloudpickle  # type: ignore[import-untyped]  # it has no types
import moto
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509 import Certificate, load_pem_x509_certificate
from moto.core.base_backend import BackendDict
from moto.logs.models import LogEvent, LogStream

from ops.embedded.log_events import LogEvents, event_of
from ops.errors import AccountError

FORMAT = 3
_READABLE = (2, FORMAT)

_LOCK_TYPE = type(threading.Lock())
_RLOCK_TYPE = type(threading.RLock())
_PLAIN_DICTS = (dict, collections.OrderedDict, collections.defaultdict)


def dump() -> bytes:
    """Return every backend of the running moto as one state file: a JSON header line, then a pickle.

    The caller holds the lock that keeps requests out, so that the picture is of one moment.
    """
    backends = {
        # Keyed by class: two services call themselves "lambda".
        (kind.backend.__module__, kind.backend.__qualname__): {
            account: dict(regions) for account, regions in dict.items(kind)
        }
        for kind in list(vars(BackendDict)["_instances"])
    }
    header = json.dumps({"format": FORMAT, "moto": moto.__version__})
    content = io.BytesIO(header.encode() + b"\n")
    content.seek(0, io.SEEK_END)
    _Pickler(content).dump({"backends": backends, "next_log_event_id": LogEvent._event_id})
    return content.getvalue()


def load(data: bytes, *, source: Path) -> None:
    """Put the backends of a state file into the running moto.

    Args:
        data: What `dump` returned.
        source: Where it came from, for the message.

    Raises:
        AccountError: Written by another moto or another format, or damaged; moto is unchanged, and so is
            the file.
    """
    header, _, body = data.partition(b"\n")
    _check_header(header, source)
    try:
        state = pickle.loads(body)  # noqa: S301 - the file is ours alone: `read` checked owner and mode
    except Exception as error:
        raise AccountError(
            f"The account's state in {source} is damaged ({type(error).__name__}). It was left as it is. "
            f"Put a copy of it back, or start anew with `invoke down --erase` and `invoke deploy`."
        ) from error
    LogEvent._event_id = state["next_log_event_id"]
    for (module, name), accounts in state["backends"].items():
        kind = _backend_dict(module, name)
        for account, regions in accounts.items():
            for region, backend in regions.items():
                dict.__setitem__(kind[account], region, backend)


def read(path: Path) -> bytes | None:
    """Return the state file's bytes, or None when there is none.

    Raises:
        AccountError: Somebody else owns the file or may write it; it was not read.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o022:
        raise AccountError(
            f"The account's state in {path} could have been written by somebody else, and reading it runs "
            f"code. It was not read. If you trust it: chmod 600 {path}"
        )
    return path.read_bytes()


def write(path: Path, data: bytes) -> None:
    """Replace the state file: after a crash it holds the old state or the new one, never a part.

    Raises:
        OSError: No space or no permission; the old file is still there, and no temporary one is.
    """
    temporary = path.with_suffix(".tmp")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def _check_header(header: bytes, source: Path) -> None:
    try:
        written = json.loads(header)
        version, form = written["moto"], written["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise AccountError(
            f"{source} is no state of an embedded account. It was left as it is. "
            f"Move it away, or start anew with `invoke down --erase` and `invoke deploy`."
        ) from error
    if version != moto.__version__ or form not in _READABLE:
        raise AccountError(
            f"The account's state in {source} was written by moto {version} (format {form}); this is moto "
            f"{moto.__version__} (format {FORMAT}). It was left as it is. Install the earlier requirements "
            f"to go on with it, or start anew with `invoke down --erase` and `invoke deploy`."
        )


def _backend_dict(module: str, name: str) -> BackendDict:  # type: ignore[type-arg]  # of any backend
    candidates = vars(importlib.import_module(module)).values()
    return next(
        value for value in candidates if isinstance(value, BackendDict) and value.backend.__qualname__ == name
    )


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    """Pickles what moto holds, including the few objects that refuse."""

    # Classes of what needs nothing special: it is asked of each item and each of its attributes.
    _plain: ClassVar[set[type]] = set()

    def __init__(self, file: IO[bytes]) -> None:
        # As one dictionary: a chain of them is asked in Python, for each object.
        self.dispatch_table: dict[type, Any] = dict(cloudpickle.Pickler.dispatch_table)
        super().__init__(file, protocol=5)

    def reducer_override(self, value: Any) -> Any:
        if type(value) in self._plain:
            return NotImplemented
        reduced = self._reduced(value)
        # Of functions and of classes themselves, some need it and some do not.
        if reduced is NotImplemented and not isinstance(value, type | FunctionType):
            self._plain.add(type(value))
        return reduced

    def _reduced(self, value: Any) -> Any:
        if isinstance(value, weakref.WeakValueDictionary):
            return _weak_dict, (dict(value),)
        if isinstance(value, dict) and type(value) not in _PLAIN_DICTS:
            # Subclasses whose __init__ wants arguments (ssm.ParameterDict, AccountSpecificBackend, …).
            state = (value.__dict__, dict(dict.items(value)), getattr(value, "default_factory", None))
            return copyreg.__newobj__, (type(value),), state, None, None, _fill_dict  # type: ignore[attr-defined]  # missing in typeshed
        if isinstance(value, _LOCK_TYPE):
            return threading.Lock, ()
        if isinstance(value, _RLOCK_TYPE):
            return threading.RLock, ()
        if isinstance(value, RSAPrivateKey | EllipticCurvePrivateKey):
            return _private_key, (_private_bytes(value),)
        if isinstance(value, Certificate):
            return _certificate, (value.public_bytes(serialization.Encoding.PEM),)
        return super().reducer_override(value)


def _fill_dict(value: dict[Any, Any], state: tuple[dict[str, Any], dict[Any, Any], Any]) -> None:
    attributes, items, default_factory = state
    value.__dict__.update(attributes)
    if isinstance(value, collections.defaultdict):
        value.default_factory = default_factory
    dict.update(value, items)  # not value[key] = item: S3's versioned store overrides __setitem__


def _fill_stream(stream: LogStream, attributes: dict[str, Any]) -> None:
    """Take a stream as format 2 has it, with the fields of all its events."""
    vars(stream).update(attributes)
    stream.events = LogEvents(map(event_of, attributes["events"]))  # type: ignore[assignment]  # like a list


def _weak_dict(items: dict[Any, Any]) -> "weakref.WeakValueDictionary[Any, Any]":
    return weakref.WeakValueDictionary(items)


def _certificate(pem: bytes) -> Certificate:
    return load_pem_x509_certificate(pem)  # itself a function that can't be pickled


def _private_bytes(key: RSAPrivateKey | EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _private_key(der: bytes) -> Any:
    return serialization.load_der_private_key(der, None)
