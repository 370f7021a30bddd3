"""Where sessions live and which key seals them, as a process is told by its environment.

SESSIONS_TABLE            DynamoDB table; or
SESSIONS_DIRECTORY        directory that the processes of one machine share; without either, this process
RUNTIME_PARAMETERS_PATH   where the secrets lie in the Parameter Store: `session-key` below it seals; or
SESSION_KEY_FILE          file that holds what the parameter does
PUBLIC_URL                addresses under which browsers know the app, with commas between; behind a proxy
                          that does not pass the browser's Host on, as CloudFront, it must be there; or
PUBLIC_URL_PARAMETER      a parameter that holds the same, where they are known after the app only
AWS_REGION, AWS_ENDPOINT_URL   as for any AWS client
PORT, AWS_LWA_PORT        where to listen on 127.0.0.1 (the adapter's first; 8501)

`session-key` holds 32 random bytes in base64. To change the key, write the new one, a space, and the old one:
every instance takes note of it, sessions go on, and the old one may go when what it sealed has expired.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .seal import KEY_BYTES, Seal
from .stores import Store
from .stores.dynamodb import DynamoDBStore
from .stores.file import FileStore
from .stores.memory import MemoryStore

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_ssm import SSMClient


class MissingSessionKeyError(RuntimeError):
    """The key that seals sessions cannot be had. The app does not start: there is no default key."""


class MissingAddressError(RuntimeError):
    """The address under which browsers know the app can't be had: it would refuse all of them."""


def store(environment: Mapping[str, str]) -> Store:
    """The store of sessions. That of a table takes 0.2 s to make."""
    if table := environment.get("SESSIONS_TABLE"):
        return _dynamodb_store(table)
    directory = environment.get("SESSIONS_DIRECTORY")
    return FileStore(directory) if directory else MemoryStore()


def seal(environment: Mapping[str, str]) -> Seal:
    """What seals sessions. A key in the Parameter Store is read here.

    Raises:
        MissingSessionKeyError: sessions leave the process, and the key to seal them is not there.
    """
    check(environment)
    if not _leave_the_process(environment):
        # Sealed all the same, so that both ways run the same code. The key ends with the process, and so
        # do the sessions.
        return Seal([secrets.token_bytes(KEY_BYTES)])
    return Seal(_session_keys(environment), reread=lambda: _session_keys(environment))


def check(environment: Mapping[str, str]) -> None:
    """Make sure that a key is named where one is needed, which takes no time.

    Raises:
        MissingSessionKeyError: sessions leave the process, and no key is named.
    """
    is_named = any(environment.get(name) for name in ("RUNTIME_PARAMETERS_PATH", "SESSION_KEY_FILE"))
    if _leave_the_process(environment) and not is_named:
        raise MissingSessionKeyError(
            "SESSIONS_TABLE or SESSIONS_DIRECTORY is set, and neither RUNTIME_PARAMETERS_PATH nor "
            "SESSION_KEY_FILE is: sessions that leave the process need a key. "
            "Terraform sets the path; `invoke deploy` makes the key."
        )


def public_urls(environment: Mapping[str, str]) -> list[str]:
    """The addresses under which browsers know the app; none where the host that they ask is the app's own.

    A parameter is read here, which may block.

    Raises:
        MissingAddressError: the parameter can't be had.
    """
    text = environment.get("PUBLIC_URL", "")
    if not text and (name := environment.get("PUBLIC_URL_PARAMETER")):
        text = _public_url_parameter(name)
    return [address for part in text.split(",") if (address := part.strip())]


def public_addresses(environment: Mapping[str, str]) -> list[str] | Callable[[], list[str]]:
    """`public_urls` for `create_app`: at once, or what reads them when they are first needed."""
    if environment.get("PUBLIC_URL") or not environment.get("PUBLIC_URL_PARAMETER"):
        return public_urls(environment)
    return partial(public_urls, environment)


def port(environment: Mapping[str, str]) -> int:
    """Where the app listens: the adapter's port, else PORT, else 8501."""
    return int(environment.get("AWS_LWA_PORT") or environment.get("PORT") or 8501)


def read_session_keys(ssm: SSMClient, path: str) -> list[bytes]:
    """The keys in the parameter `session-key` below `path`, newest first.

    Raises:
        MissingSessionKeyError: names the parameter and what makes it.
    """
    name = f"{path.rstrip('/')}/session-key"
    try:
        parameter = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    except ssm.exceptions.ParameterNotFound as error:
        raise MissingSessionKeyError(
            f"The parameter {name} does not exist, so sessions cannot be sealed. `invoke deploy` makes it; "
            "by hand, `terraform output instructions` has the command."
        ) from error
    try:
        return _decoded(parameter["Value"])
    except ValueError as error:
        raise MissingSessionKeyError(
            f"The parameter {name} {error}. Delete it: `invoke deploy` makes a new one."
        ) from error


def _leave_the_process(environment: Mapping[str, str]) -> bool:
    return any(environment.get(name) for name in ("SESSIONS_TABLE", "SESSIONS_DIRECTORY"))


def _session_keys(environment: Mapping[str, str]) -> list[bytes]:
    if path := environment.get("RUNTIME_PARAMETERS_PATH"):
        # Slow to import, and of no use without AWS.
        import boto3

        return read_session_keys(boto3.client("ssm", config=patient()), path)
    return _read_key_file(Path(environment["SESSION_KEY_FILE"]))


def _public_url_parameter(name: str) -> str:
    import boto3

    ssm = boto3.client("ssm", config=patient())
    try:
        return ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound as error:
        raise MissingAddressError(
            f"The parameter {name} does not exist, so the app does not know its own address. Terraform "
            f"writes it: `invoke deploy`, or apply once more."
        ) from error


def _read_key_file(file: Path) -> list[bytes]:
    try:
        return _decoded(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise MissingSessionKeyError(
            f"SESSION_KEY_FILE {file}: {reason}. Make it with `openssl rand -base64 32`."
        ) from error


def _decoded(text: str) -> list[bytes]:
    """The keys in `text`.

    Raises:
        ValueError: says what is wrong with one of them.
    """
    return [_key(word) for word in text.split()] or [_key("")]


def _key(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("does not hold base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes instead of {KEY_BYTES}")
    return key


def _dynamodb_store(table: str) -> DynamoDBStore:
    import boto3

    return DynamoDBStore(boto3.client("dynamodb", config=patient()), table)


def patient() -> Config:
    """How an AWS client of a function tries: a frozen instance finds its connections cut.

    So it takes a short time to connect, and tries again.
    """
    from botocore.config import Config

    return Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 4})
