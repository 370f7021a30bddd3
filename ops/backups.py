"""A file that holds the application's keys, sealed with a passphrase, and the way back from it.

The key of the seal is derived by scrypt, and the seal is AES-256-GCM, which also covers the parameters of the
derivation: a file that was changed, or a wrong passphrase, opens nothing.
"""

import base64
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ops.errors import OpsError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.literals import ParameterTypeType

FORMAT = "keys sealed by scrypt and AES-256-GCM, 1"
# OWASP, "Password Storage Cheat Sheet": 128 MB and about half a second for each guess.
SCRYPT = {"n": 2**17, "r": 8, "p": 1}
SHORTEST_PASSPHRASE = 12

_BATCH = 10  # AWS Systems Manager API, GetParameters


class BackupError(OpsError):
    """A backup could not be written, or does not open; no key was changed or deleted."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of Systems Manager with its value; never print one."""

    name: str
    value: str
    type: str

    def __repr__(self) -> str:
        return f"Parameter({self.name!r})"


@dataclass(frozen=True)
class Destination:
    """Where a backup goes, and what seals it."""

    file: Path
    passphrase: str

    def __repr__(self) -> str:
        return f"Destination({str(self.file)!r})"


@dataclass(frozen=True)
class Restored:
    """What a backup brought back.

    Attributes:
        written: Names of parameters that were missing.
        kept: Names of those that were there, and stay as they are.
    """

    written: tuple[str, ...]
    kept: tuple[str, ...]


def read(ssm: "SSMClient", names: Iterable[str]) -> list[Parameter]:
    """Return parameters with their values, decrypted, by name.

    Source: AWS Systems Manager API, GetParameters.
    """
    wanted = sorted(names)
    found = []
    for start in range(0, len(wanted), _BATCH):
        answer = ssm.get_parameters(Names=wanted[start : start + _BATCH], WithDecryption=True)
        found += [Parameter(one["Name"], one["Value"], one["Type"]) for one in answer["Parameters"]]
    return sorted(found, key=lambda parameter: parameter.name)


def write(destination: Destination, parameters: Iterable[Parameter]) -> None:
    """Write a backup and read it back; a file that holds all of it already is kept.

    Raises:
        BackupError: The passphrase is short, another file has this name, or it does not read as written.
    """
    file, passphrase = destination.file, destination.passphrase
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise BackupError(
            f"The passphrase is shorter than {SHORTEST_PASSPHRASE} characters. Nothing was written or "
            f"deleted. Take a longer one: it is all that protects the keys in the file."
        )
    wanted = list(parameters)
    if not file.exists():
        _write_whole(file, seal(wanted, passphrase))
    held = load(file, passphrase)
    if any(parameter not in held for parameter in wanted):
        raise BackupError(
            f"{file} is there and holds other keys. Nothing was written or deleted. Name another file."
        )


def _write_whole(file: Path, data: bytes) -> None:
    """Write a file that only its owner reads, so that it is there whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)


def load(file: Path, passphrase: str) -> list[Parameter]:
    """Return what a backup holds.

    Raises:
        BackupError: There is no such file, it is none of ours, or the passphrase is another.
    """
    try:
        return unseal(file.read_bytes(), passphrase)
    except FileNotFoundError as error:
        raise BackupError(f"There is no file {file}. Nothing was changed. Name the backup's file.") from error
    except BackupError as error:
        raise BackupError(f"{file}: {error}") from error


def restore(ssm: "SSMClient", parameters: Iterable[Parameter], *, key_id: str | None = None) -> Restored:
    """Write the parameters that are missing; those that are there may be newer, and stay.

    Safe to repeat.

    Args:
        ssm: Parameters.
        parameters: What was kept.
        key_id: The KMS key for secrets, None for AWS's own.

    Source: AWS Systems Manager API, PutParameter.
    """
    written, kept = [], []
    for parameter in parameters:
        sealed_by: Any = {"KeyId": key_id} if key_id and parameter.type == "SecureString" else {}
        try:
            ssm.put_parameter(
                Name=parameter.name,
                Value=parameter.value,
                Type=cast("ParameterTypeType", parameter.type),
                Overwrite=False,
                **sealed_by,
            )
            written.append(parameter.name)
        except ssm.exceptions.ParameterAlreadyExists:
            kept.append(parameter.name)
    return Restored(tuple(written), tuple(kept))


def seal(parameters: Iterable[Parameter], passphrase: str) -> bytes:
    """Return a backup's bytes: JSON that says how it is sealed, and the seal."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    header = {"format": FORMAT, "scrypt": SCRYPT, "salt": _text(salt), "nonce": _text(nonce)}
    plain = json.dumps([asdict(parameter) for parameter in parameters]).encode()
    sealed = AESGCM(_key(passphrase, salt, SCRYPT)).encrypt(nonce, plain, _bound(header))
    return json.dumps({**header, "sealed": _text(sealed)}, indent=2).encode()


def unseal(data: bytes, passphrase: str) -> list[Parameter]:
    """Return what `seal` was given.

    Raises:
        BackupError: It is no backup, was changed, or has another passphrase.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        header = json.loads(data)
        sealed = base64.b64decode(header.pop("sealed"))
        salt, nonce = base64.b64decode(header["salt"]), base64.b64decode(header["nonce"])
        is_ours = header["format"] == FORMAT and header["scrypt"] == SCRYPT
    except (ValueError, KeyError, TypeError, AttributeError):
        is_ours = False
    if not is_ours:
        raise BackupError("This is no backup of keys. Nothing was changed.")
    try:
        plain = AESGCM(_key(passphrase, salt, SCRYPT)).decrypt(nonce, sealed, _bound(header))
    except InvalidTag as error:
        raise BackupError(
            "The passphrase does not open it, or it was changed since it was written. Nothing was changed. "
            "Try again."
        ) from error
    return [Parameter(**entry) for entry in json.loads(plain)]


def _key(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, **cost).derive(passphrase.encode())


def _bound(header: Mapping[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
