"""The sealed backup of the keys: it opens for who knows the passphrase, and brings back what is missing."""

import json
import uuid
from pathlib import Path

import pytest

from ops import backups
from ops.backups import BackupError, Destination, Parameter
from tests.ops.worlds import World

PASSPHRASE = "four words nobody guesses"
KEYS = [Parameter("/a/openai-api-key", "sk-secret", "SecureString"), Parameter("/a/b", "c", "String")]


def test_what_was_sealed_opens_with_its_passphrase_alone() -> None:
    sealed = backups.seal(KEYS, PASSPHRASE)
    assert b"sk-secret" not in sealed
    assert b"openai" not in sealed
    assert backups.unseal(sealed, PASSPHRASE) == KEYS
    with pytest.raises(BackupError, match=r"passphrase does not open it.*Nothing was changed"):
        backups.unseal(sealed, PASSPHRASE + " ")


@pytest.mark.parametrize("field", ["salt", "nonce", "sealed"])
def test_a_backup_that_was_changed_does_not_open(field: str) -> None:
    said = json.loads(backups.seal(KEYS, PASSPHRASE))
    said[field] = ("B" if said[field][0] == "A" else "A") + said[field][1:]
    with pytest.raises(BackupError, match="was changed since it was written"):
        backups.unseal(json.dumps(said).encode(), PASSPHRASE)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format": 1}', b"\xff\x00", b'{"sealed": 3}'])
def test_something_else_is_no_backup(data: bytes) -> None:
    with pytest.raises(BackupError, match="no backup of keys"):
        backups.unseal(data, PASSPHRASE)


def test_a_backup_is_its_owners_alone_and_written_once(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    backups.write(Destination(file, PASSPHRASE), KEYS)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
    before = file.read_bytes()
    backups.write(Destination(file, PASSPHRASE), KEYS[:1])
    assert file.read_bytes() == before, "a repeat after some keys are gone must not lose them"


def test_a_file_with_other_keys_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    backups.write(Destination(file, PASSPHRASE), KEYS)
    newer = [Parameter("/a/openai-api-key", "sk-newer", "SecureString")]
    with pytest.raises(BackupError, match=r"holds other keys.*Nothing was written or deleted.*another file"):
        backups.write(Destination(file, PASSPHRASE), newer)
    assert backups.load(file, PASSPHRASE) == KEYS


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"shorter than 12 characters.*Nothing was written"):
        backups.write(Destination(tmp_path / "keys", "short"), KEYS)
    assert list(tmp_path.iterdir()) == []


def test_values_and_passphrases_are_in_no_representation() -> None:
    told = repr([*KEYS, Destination(Path("keys"), PASSPHRASE)])
    assert "sk-secret" not in told
    assert PASSPHRASE not in told


def test_what_is_missing_comes_back_and_what_is_there_stays(world: World, tmp_path: Path) -> None:
    ssm, root = world.clients.ssm, f"/backup-{uuid.uuid4().hex[:8]}"
    names = [f"{root}/key-{n:02}" for n in range(12)]  # more than AWS reads at once
    for name in names:
        ssm.put_parameter(Name=name, Value=f"value of {name}", Type="SecureString")
    file = tmp_path / "keys"
    backups.write(Destination(file, PASSPHRASE), backups.read(ssm, names))

    ssm.delete_parameters(Names=names[:10])
    ssm.put_parameter(Name=names[10], Value="newer", Type="SecureString", Overwrite=True)
    restored = backups.restore(ssm, backups.load(file, PASSPHRASE))

    assert restored.written == tuple(names[:10])
    assert restored.kept == tuple(names[10:])
    values = {parameter.name: parameter.value for parameter in backups.read(ssm, names)}
    assert values == {name: f"value of {name}" for name in names} | {names[10]: "newer"}
