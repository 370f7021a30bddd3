"""Images of registries elsewhere, copied into the embedded account's: by digest, and runnable there."""

import dataclasses
import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import builds, copying, images, packing, registries
from ops.images import NoImageError
from ops.registries import RegistryError, Source
from ops.settings import Embedded, Settings, Stage
from tests.fakes import registry as fakes
from tests.fakes.registry import FakeRegistry
from tests.ops.worlds import APP, World, make_function, write_repository


@pytest.fixture
def elsewhere() -> Iterator[FakeRegistry]:
    with fakes.serving() as registry:
        yield registry


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        stage_name="local",
        stage=Stage(embedded=True, tfvars=Path("terraform/stages/local.tfvars")),
        app_name=f"of-{uuid.uuid4().hex[:8]}",
        region="eu-west-3",
        embedded=Embedded(home=tmp_path / "account", engine="none"),
    )


def packed_elsewhere(registry: FakeRegistry, root: Path, **labels: str) -> str:
    """Put an image that a process can run into a registry; return its digest."""
    write_repository(root, APP)
    content = images.content(root)
    (layer,) = packing.layers_of(content)
    says = packing.image_configuration(content, [layer])
    says["config"]["Labels"] |= labels
    return registry.hold(layer, config=says["config"], rootfs=says["rootfs"])


def test_an_image_of_an_index_is_copied_by_digest_and_runs(
    world: World, elsewhere: FakeRegistry, settings: Settings, tmp_path: Path
) -> None:
    commit = {"org.opencontainers.image.revision": "abc1234", "patient-insight.dirty": "true"}
    digest = packed_elsewhere(elsewhere, tmp_path, **commit)
    elsewhere.index("1.0", arm64=elsewhere.hold(b"for arm", platform="linux/arm64"), amd64=digest)
    uri = f"{elsewhere.host}/pharmacy/insight:1.0"

    copied = builds.given(world.clients.ecr, settings, uri)

    assert (copied.image.digest, copied.is_new, copied.revision) == (digest, True, "abc1234-dirty")
    assert copied.tag == copying.tag(digest)
    function = make_function(world.clients, copied.image.uri)
    answer = world.clients.lambda_.invoke(FunctionName=function.name, Payload=json.dumps({"an": "event"}))
    assert json.loads(answer["Payload"].read()) == {"event": {"an": "event"}}
    assert builds.identify(world.clients.ecr, settings, uri) == digest


def test_a_copy_is_made_once_and_then_known_by_tag_and_digest(
    world: World, elsewhere: FakeRegistry, settings: Settings
) -> None:
    ecr, digest = world.clients.ecr, elsewhere.hold(b"files")
    first, again = (
        builds.given(ecr, settings, f"{elsewhere.host}/insight@{digest}", on_event=lambda _: None)
        for _ in range(2)
    )
    assert (first.is_new, again.is_new, again.image) == (True, False, first.image)
    own = f"{first.image.repository_uri}:{first.tag}"
    for uri in (own, first.image.uri):
        known = builds.given(ecr, settings, uri)
        assert (known.image, known.tag, known.is_new) == (first.image, first.tag, False)
        assert builds.identify(ecr, settings, uri) == digest
    with pytest.raises(NoImageError, match=r"no image nope in the repository .*Nothing was done"):
        builds.given(ecr, settings, own.replace(first.tag, "nope"))


def test_what_arrived_is_not_sent_again_and_half_an_image_has_no_name(
    world: World, elsewhere: FakeRegistry, settings: Settings
) -> None:
    ecr, layer = world.clients.ecr, b"files" * 1000
    digest = elsewhere.hold(layer)
    uri, cut = f"{elsewhere.host}/insight@{digest}", images.digest_of(layer)
    elsewhere.blobs[cut] = layer[:-1]
    with pytest.raises(
        RegistryError, match=r"has 4999 bytes of .* where 5000 are promised\. Nothing was depl"
    ):
        builds.given(ecr, settings, uri)
    assert ecr.list_images(repositoryName=settings.app_name)["imageIds"] == []
    elsewhere.blobs[cut] = layer
    elsewhere.asked.clear()
    assert builds.given(ecr, settings, uri).is_new
    configurations = [path for path in elsewhere.asked if path.startswith("/store/") and cut not in path]
    assert len(configurations) == 1  # read to know what the image is for, and not to be sent again


def test_a_large_layer_goes_in_the_parts_that_ecr_wants(
    world: World, elsewhere: FakeRegistry, settings: Settings
) -> None:
    events, layer = [], bytes(range(256)) * 4096 * 45  # two parts of 20 MB and a rest
    digest = elsewhere.hold(layer)
    builds.given(world.clients.ecr, settings, f"{elsewhere.host}/insight@{digest}", on_event=events.append)
    (detail,) = world.clients.ecr.describe_images(repositoryName=settings.app_name)["imageDetails"]
    assert detail["imageSizeInBytes"] > len(layer)
    assert (events[-1].done_bytes, events[-1].total_bytes) == (len(layer), len(layer))


def test_the_token_goes_to_the_registry_and_to_no_store_of_another_name(elsewhere: FakeRegistry) -> None:
    digest = elsewhere.hold(b"files")
    Source(registries.parse(f"{elsewhere.host}/insight@{digest}")).manifest("linux/amd64")
    assert elsewhere.stores == [None]
    assert elsewhere.asked.count("/token") == 1


def test_a_busy_registry_is_waited_for(elsewhere: FakeRegistry) -> None:
    digest = elsewhere.hold(b"files")
    elsewhere.busy = 2
    source = Source(registries.parse(f"{elsewhere.host}/insight@{digest}"))
    assert source.manifest("linux/amd64").digest == digest
    assert elsewhere.busy == 0


@pytest.mark.parametrize(
    ("platform", "message"),
    [
        ("linux/arm64", r"is for linux/amd64, not linux/arm64\. Nothing was deployed"),
        ("linux/amd64", r"is not there\. Nothing was deployed.*Check its name"),
    ],
)
def test_an_image_for_another_processor_or_none_at_all_is_said(
    elsewhere: FakeRegistry, platform: str, message: str
) -> None:
    elsewhere.index("1", amd64=elsewhere.hold(b"files"), unknown="sha256:" + "0" * 64)
    name = "1" if platform == "linux/arm64" else "2"
    with pytest.raises(RegistryError, match=message):
        Source(registries.parse(f"{elsewhere.host}/insight:{name}")).manifest(platform)


def test_content_that_is_not_what_its_digest_says_is_refused(elsewhere: FakeRegistry) -> None:
    digest = elsewhere.hold(b"files")
    data, media_type = elsewhere.documents[digest]
    elsewhere.documents[digest] = (data + b" ", media_type)
    with pytest.raises(RegistryError, match="somebody changed it on its way"):
        Source(registries.parse(f"{elsewhere.host}/insight@{digest}")).manifest("linux/amd64")


@pytest.mark.parametrize(
    ("media_type", "content", "message"),
    [
        ("application/vnd.cncf.helm.chart.v1", b"{}", "of a kind that Lambda does not run"),
        (fakes.MANIFEST, b"no json", "says of itself what can't be read"),
        (fakes.MANIFEST, b'{"config": 1, "layers": []}', "says of itself what can't be read"),
    ],
)
def test_what_is_no_image_is_refused(
    elsewhere: FakeRegistry, media_type: str, content: bytes, message: str
) -> None:
    elsewhere.document(content, media_type, "1")
    with pytest.raises(RegistryError, match=message):
        Source(registries.parse(f"{elsewhere.host}/insight:1")).manifest("linux/amd64")


@pytest.mark.parametrize("challenge", ['Basic realm="x"', 'Bearer realm="http://token.example/"', ""])
def test_a_registry_that_wants_a_login_is_said_to(elsewhere: FakeRegistry, challenge: str) -> None:
    elsewhere.challenge = challenge
    with pytest.raises(
        RegistryError, match=r"given to nobody without a login.*container engine that has one"
    ):
        Source(registries.parse(f"{elsewhere.host}/insight:1")).manifest("linux/amd64")


def test_a_registry_that_nobody_serves_is_said_to_be_out_of_reach() -> None:
    with pytest.raises(
        RegistryError, match=r"insight:1 can't be reached \(Connection refused\)\. Nothing was deployed"
    ):
        Source(registries.parse("127.0.0.1:1/insight:1")).manifest("linux/amd64")


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("public.ecr.aws/lambda/python:3.13", ("public.ecr.aws", "lambda/python", "3.13", None)),
        ("localhost:5000/a@sha256:" + "a" * 64, ("localhost:5000", "a", None, "sha256:" + "a" * 64)),
        ("a.example/b-c/d_e:1@sha256:" + "b" * 64, ("a.example", "b-c/d_e", "1", "sha256:" + "b" * 64)),
    ],
)
def test_a_uri_says_registry_name_and_tag_or_digest(uri: str, told: tuple[str | None, ...]) -> None:
    assert dataclasses.astuple(registries.parse(uri)) == told


@pytest.mark.parametrize(
    "uri",
    [
        "python",
        "python:3",
        "a.example/b",
        "a.example/B:1",
        "https://a.example/b:1",
        "a.example/b@sha256:1",
        "",
    ],
)
def test_what_names_no_image_is_refused(uri: str) -> None:
    with pytest.raises(
        RegistryError, match=r"names no image\. Nothing was done\. An image is REGISTRY/NAME:TAG"
    ):
        registries.parse(uri)
