"""Bases pinned to what their tags hold: another image for a patched base, and the same one without."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import bases, contents, images
from ops.registries import RegistryError
from tests.fakes import registry as fakes
from tests.fakes.registry import FakeRegistry
from tests.ops.worlds import write_repository

DOCKERFILE = """# FROM is where it begins
FROM scratch AS nothing
FROM {host}/lambda/python:3.13
COPY --from={host}/adapter:1.1.0 /adapter /opt/adapter
COPY --from=nothing /a /b
COPY app/ app/
"""


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    with fakes.serving() as registry:
        yield registry


@pytest.fixture
def root(registry: FakeRegistry, tmp_path: Path) -> Path:
    """A repository with two bases, which the registry holds for two processors."""
    for tag in ("3.13", "1.1.0"):
        publish(registry, tag, b"first")
    write_repository(tmp_path, "", DOCKERFILE.format(host=registry.host))
    return tmp_path


def publish(registry: FakeRegistry, tag: str, content: bytes) -> str:
    """Have a tag hold something else; return the digest."""
    registry.index(tag, amd64=registry.hold(content), arm64=registry.hold(content, platform="linux/arm64"))
    return images.digest_of(registry.documents[tag][0])


def test_a_base_is_pinned_by_the_digest_that_all_processors_share(registry: FakeRegistry, root: Path) -> None:
    digests = [images.digest_of(registry.documents[tag][0]) for tag in ("3.13", "1.1.0")]
    assert [pin.digest for pin in bases.pin(root)] == digests
    wanted = DOCKERFILE.replace("3.13", f"3.13@{digests[0]}").replace("1.1.0", f"1.1.0@{digests[1]}")
    assert (root / "Dockerfile").read_text() == wanted.format(host=registry.host)


def test_a_patched_base_makes_another_image_once_it_is_pinned(registry: FakeRegistry, root: Path) -> None:
    bases.pin(root)
    before = images.content(root)
    patched = publish(registry, "3.13", b"patched")
    assert images.content(root) == before, "the registry is not asked"
    assert [pin.is_new for pin in bases.pin(root)] == [True, False]
    assert images.content(root).tag != before.tag
    assert f"python:3.13@{patched}\n" in (root / "Dockerfile").read_text()


def test_a_base_that_is_as_it_was_makes_no_other_image(root: Path) -> None:
    bases.pin(root)
    before = images.content(root)
    assert [pin.is_new for pin in bases.pin(root)] == [False, False]
    assert images.content(root) == before


def test_the_bill_names_a_pinned_base_by_its_digest(root: Path) -> None:
    (pin, _) = bases.pin(root)
    listed = [part for part in contents.bill(root)["components"] if part["type"] == "container"]
    assert listed[0]["version"] == pin.digest
    assert f"lambda/python@{pin.digest.replace(':', '%3A')}?" in listed[0]["purl"]


def test_when_one_base_can_not_be_read_none_is_pinned(registry: FakeRegistry, root: Path) -> None:
    del registry.documents["1.1.0"]
    before = (root / "Dockerfile").read_text()
    with pytest.raises(RegistryError, match=r"adapter:1\.1\.0 is not there.* The Dockerfile is as it was\."):
        bases.pin(root)
    assert (root / "Dockerfile").read_text() == before


def test_a_base_without_a_tag_stays(tmp_path: Path) -> None:
    dockerfile = f"FROM 127.0.0.1:1/base@sha256:{'1' * 64}\n"
    write_repository(tmp_path, "", dockerfile)
    assert bases.pin(tmp_path) == ()
    assert (tmp_path / "Dockerfile").read_text() == dockerfile
