"""Unpacking an image's layers: ours only, whole, and once."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from ops.embedded.code import CodeStore
from ops.embedded.deployed import Image


def test_a_layer_becomes_a_directory_with_bytecode(tmp_path: Path) -> None:
    store, image = packed(tmp_path, {"var/task/app/__main__.py": b"print('here')\n"})
    code = store.unpack(image)
    assert (code.directory / "app" / "__main__.py").read_bytes() == b"print('here')\n"
    assert list((code.directory / "app" / "__pycache__").glob("__main__.*.pyc"))
    assert code.command == ("python", "-m", "app")
    assert code.environment == {"A": "b=c"}
    assert store.unpack(image) == code


@pytest.mark.parametrize("name", ["../outside", "/absolute", "var/../../outside"])
def test_a_file_that_would_lie_outside_is_refused_and_nothing_stays(tmp_path: Path, name: str) -> None:
    store, image = packed(tmp_path, {name: b"x"})
    with pytest.raises(LookupError, match="no file of the image"):
        store.unpack(image)
    assert list((tmp_path / "code").iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    store, image = packed(tmp_path, {}, link)
    with pytest.raises(LookupError, match="no file of the image"):
        store.unpack(image)


def test_an_image_whose_bytes_are_elsewhere_is_named(tmp_path: Path) -> None:
    store = CodeStore(tmp_path / "layers", tmp_path / "code")
    with pytest.raises(LookupError, match="sha256:0"):
        store.unpack(Image(("sha256:1",), "sha256:0"))


def packed(directory: Path, files: dict[str, bytes], *members: tarfile.TarInfo) -> tuple[CodeStore, Image]:
    """A store that holds one layer with these files."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in members:
            tar.addfile(member)
    layers = directory / "layers"
    layers.mkdir()
    layer = keep(layers, gzip.compress(archive.getvalue()))
    configuration = {"config": {"WorkingDir": "/var/task", "Cmd": ["python", "-m", "app"], "Env": ["A=b=c"]}}
    return CodeStore(layers, directory / "code"), Image(
        (layer,), keep(layers, json.dumps(configuration).encode())
    )


def keep(layers: Path, blob: bytes) -> str:
    digest = hashlib.sha256(blob).hexdigest()
    (layers / digest).write_bytes(blob)
    return f"sha256:{digest}"
