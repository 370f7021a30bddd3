"""Where sessions live and which key seals them, as a process is told by its environment.

SESSIONS_TABLE            DynamoDB table; or
SESSIONS_DIRECTORY        directory that the processes of one machine share; without either, this process
RUNTIME_PARAMETERS_PATH   where the secrets lie in the Parameter Store: `session-key` below it seals; or
SESSION_KEY_FILE          file that holds the key, 32 bytes in base64, as the parameter does
AWS_REGION, AWS_ENDPOINT_URL   as for any AWS client
PORT, AWS_LWA_PORT        where to listen on 127.0.0.1 (the adapter's first; 8501)
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
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


def store_and_seal(environment: Mapping[str, str]) -> tuple[Store, Seal]:
    """The store of sessions and what seals them there.

    Raises:
        MissingSessionKeyError: sessions leave the process, and the key to seal them is not there.
    """
    table, directory = environment.get("SESSIONS_TABLE"), environment.get("SESSIONS_DIRECTORY")
    if not table and not directory:
        # Sealed all the same, so that both ways run the same code. The key ends with the process, and so
        # do the sessions.
        return MemoryStore(), Seal([secrets.token_bytes(KEY_BYTES)])
    seal = Seal([_session_key(environment)])
    return (_dynamodb_store(table) if table else FileStore(str(directory))), seal


def port(environment: Mapping[str, str]) -> int:
    """Where the app listens: the adapter's port, else PORT, else 8501."""
    return int(environment.get("AWS_LWA_PORT") or environment.get("PORT") or 8501)


def read_session_key(ssm: SSMClient, path: str) -> bytes:
    """The 32 bytes in the parameter `session-key` below `path`.

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


def _session_key(environment: Mapping[str, str]) -> bytes:
    if path := environment.get("RUNTIME_PARAMETERS_PATH"):
        # Slow to import, and of no use without AWS.
        import boto3

        return read_session_key(boto3.client("ssm", config=_patient()), path)
    if file := environment.get("SESSION_KEY_FILE"):
        return _read_key_file(Path(file))
    raise MissingSessionKeyError(
        "SESSIONS_TABLE or SESSIONS_DIRECTORY is set, and neither RUNTIME_PARAMETERS_PATH nor "
        "SESSION_KEY_FILE is: sessions that leave the process need a key. "
        "Terraform sets the path; `invoke deploy` makes the key."
    )


def _read_key_file(file: Path) -> bytes:
    try:
        return _decoded(file.read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise MissingSessionKeyError(
            f"SESSION_KEY_FILE {file}: {reason}. Make it with `openssl rand -base64 32`."
        ) from error


def _decoded(text: str) -> bytes:
    """The key in `text`.

    Raises:
        ValueError: says what is wrong with it.
    """
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("does not hold base64") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes instead of {KEY_BYTES}")
    return key


def _dynamodb_store(table: str) -> DynamoDBStore:
    import boto3

    return DynamoDBStore(boto3.client("dynamodb", config=_patient()), table)


def _patient() -> Config:
    """A frozen instance finds its connections cut: a short time to connect, and another try."""
    from botocore.config import Config

    return Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "max_attempts": 4})
