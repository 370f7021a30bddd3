"""What `docker push` and `docker pull` say to the account's registry, and what it answers."""

import hashlib
import http.client
import json
import socket
import uuid
from urllib.parse import urlsplit

import pytest

from ops.embedded import registry
from tests.ops.worlds import REGION, World, eventually, make_function

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


class Repository:
    """A new repository, as a container engine talks to it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ecr = world.clients.ecr
        self.name = f"team/{uuid.uuid4().hex[:8]}"
        self.uri = self.ecr.create_repository(repositoryName=self.name, imageTagMutability="IMMUTABLE")[
            "repository"
        ]["repositoryUri"]
        self.token = self.ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]

    def ask(self, method, path, body=None, **headers):
        """Answer's status, headers and body. A list as body is sent in chunks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.world.account.port, timeout=30)
        headers = {"Authorization": f"Basic {self.token}", **headers}
        path = path if path.startswith("/v2") else f"/v2/{self.name}/{path}"
        connection.request(method, path, iter(body) if isinstance(body, list) else body, headers)
        response = connection.getresponse()
        answer = response.status, response.headers, response.read()
        connection.close()
        return answer

    def begin(self):
        status, headers, _ = self.ask("POST", "blobs/uploads/")
        assert status == 202
        return headers["Location"]

    def push(self, blob, *pieces):
        """Upload a blob, whole or in pieces; return how a manifest names it."""
        location = self.begin()
        for piece in pieces:
            assert self.ask("PATCH", location, [piece])[0] == 202
        status, headers, _ = self.ask("PUT", f"{location}?digest={digest(blob)}", None if pieces else blob)
        assert (status, headers["Docker-Content-Digest"]) == (201, digest(blob))
        return {"digest": digest(blob), "size": len(blob)}

    def image(self, word):
        """A manifest whose blobs are there."""
        configuration = self.push(word.encode() + b" configuration")
        content = {"schemaVersion": 2, "mediaType": MANIFEST, "config": configuration}
        return json.dumps({**content, "layers": [self.push(word.encode())]}).encode()

    def put(self, manifest, reference, media_type=MANIFEST):
        return self.ask("PUT", f"manifests/{reference}", manifest, **{"Content-Type": media_type})


@pytest.fixture
def repository(world: World) -> Repository:
    return Repository(world)


def test_what_is_pushed_is_pulled_again(repository):
    manifest = repository.image("hello")
    status, headers, _ = repository.put(manifest, "one")
    assert (status, headers["Docker-Content-Digest"]) == (201, digest(manifest))
    for reference in ("one", digest(manifest)):
        status, headers, content = repository.ask("GET", f"manifests/{reference}")
        assert (status, headers["Content-Type"], content) == (200, MANIFEST, manifest)
    status, headers, content = repository.ask("GET", f"blobs/{digest(b'hello')}")
    assert (status, headers["Content-Length"], content) == (200, "5", b"hello")
    status, headers, content = repository.ask("HEAD", f"blobs/{digest(b'hello')}")
    assert (status, headers["Content-Length"], content) == (200, "5", b"")
    assert json.loads(repository.ask("GET", "tags/list")[2]) == {"name": repository.name, "tags": ["one"]}


def test_a_pushed_image_is_in_ecr_with_the_same_digest_and_its_size(repository):
    manifest = repository.image("hello")
    repository.put(manifest, "one")
    details = repository.ecr.describe_images(repositoryName=repository.name)["imageDetails"][0]
    assert (details["imageDigest"], details["imageTags"]) == (digest(manifest), ["one"])
    assert details["imageSizeInBytes"] == len(b"hello" + b"hello configuration")


def test_an_image_that_the_api_took_is_pulled_as_any_other(world, repository):
    blob = b"through the api"
    upload = world.clients.ecr.initiate_layer_upload(repositoryName=repository.name)["uploadId"]
    world.clients.ecr.upload_layer_part(
        repositoryName=repository.name,
        uploadId=upload,
        partFirstByte=0,
        partLastByte=len(blob) - 1,
        layerPartBlob=blob,
    )
    world.clients.ecr.complete_layer_upload(
        repositoryName=repository.name, uploadId=upload, layerDigests=[digest(blob)]
    )
    assert repository.ask("GET", f"blobs/{digest(blob)}")[2] == blob


def test_a_blob_may_come_in_pieces(repository):
    repository.push(b"one two three", b"one ", b"two ", b"three")
    assert repository.ask("GET", f"blobs/{digest(b'one two three')}")[2] == b"one two three"


def test_a_blob_of_another_digest_is_refused_and_not_kept(repository):
    location = repository.begin()
    status, _, content = repository.ask("PUT", f"{location}?digest={digest(b'promised')}", b"delivered")
    assert (status, code_in(content)) == (400, "DIGEST_INVALID")
    for blob in (b"promised", b"delivered"):
        assert repository.ask("HEAD", f"blobs/{digest(blob)}")[0] == 404
    assert repository.ask("PATCH", location, b"more")[0] == 404


def test_a_push_that_breaks_off_leaves_nothing_and_its_repetition_completes_it(repository):
    location = repository.begin()
    arriving = repository.world.account.home / "layers" / "arriving"
    with socket.create_connection(("127.0.0.1", repository.world.account.port)) as connection:
        head = (
            f"PATCH {location} HTTP/1.1\r\nHost: 127.0.0.1:1\r\nAuthorization: Basic {repository.token}\r\n"
        )
        connection.sendall(head.encode() + b"Content-Length: 1000\r\n\r\nhalf of it")
    assert eventually(lambda: not (arriving / location.rpartition("/")[2]).exists())
    assert repository.ask("GET", location)[0] == 404
    assert repository.ask("GET", "manifests/one")[0] == 404
    assert repository.put(repository.image("half of it"), "one")[0] == 201


def test_a_manifest_whose_blobs_are_missing_is_refused(repository):
    manifest = json.loads(repository.image("hello"))
    manifest["layers"][0]["digest"] = digest(b"never pushed")
    status, _, content = repository.put(json.dumps(manifest).encode(), "one")
    assert (status, code_in(content)) == (400, "MANIFEST_BLOB_UNKNOWN")
    assert repository.ask("GET", "manifests/one")[0] == 404


def test_blobs_of_another_repository_do_not_count(world, repository):
    other = Repository(world)
    assert code_in(other.put(repository.image("hello"), "one")[2]) == "MANIFEST_BLOB_UNKNOWN"
    assert other.ask("GET", f"blobs/{digest(b'hello')}")[0] == 404


def test_a_tag_stays_where_it_is_and_the_same_push_may_be_repeated(repository):
    first, second = repository.image("first"), repository.image("second")
    assert [repository.put(first, "one")[0] for _ in range(2)] == [201, 201]
    status, _, content = repository.put(second, "one")
    assert (status, code_in(content)) == (400, "TAG_INVALID")
    assert "cannot be overwritten because the tag is immutable" in content.decode()
    assert repository.ask("GET", "manifests/one")[2] == first


def test_an_image_may_be_pushed_by_digest_and_tagged_later(repository):
    manifest = repository.image("hello")
    assert [repository.put(manifest, digest(manifest))[0] for _ in range(2)] == [201, 201]
    assert repository.put(manifest, "one")[0] == 201
    assert repository.ask("GET", "manifests/one")[2] == manifest


@pytest.mark.parametrize(
    ("other", "reference", "media_type", "code"),
    [
        (None, "one", "application/vnd.oci.image.index.v1+json", "MANIFEST_INVALID"),
        (b"no json", "one", MANIFEST, "MANIFEST_INVALID"),
        (b"[]", "one", MANIFEST, "MANIFEST_INVALID"),
        (b'{"config": 1, "layers": []}', "one", MANIFEST, "MANIFEST_INVALID"),
        (b"\xff", "one", MANIFEST, "MANIFEST_INVALID"),
        (None, "sha256:" + "0" * 64, MANIFEST, "DIGEST_INVALID"),
        (None, "x" * 129, MANIFEST, "TAG_INVALID"),
        (b" " * (registry.MAX_MANIFEST_BYTES + 1), "one", MANIFEST, "SIZE_INVALID"),
    ],
)
def test_what_is_no_image_is_refused(repository, other, reference, media_type, code):
    status, _, content = repository.put(other or repository.image("hello"), reference, media_type)
    assert (status // 100, code_in(content)) == (4, code)
    assert not repository.ecr.describe_images(repositoryName=repository.name)["imageDetails"]


def test_an_oci_manifest_is_an_image_too(repository):
    media_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = repository.image("hello").replace(MANIFEST.encode(), media_type.encode())
    assert repository.put(manifest, "one", media_type)[0] == 201
    assert repository.ask("GET", "manifests/one")[1]["Content-Type"] == media_type


@pytest.mark.parametrize("token", ["", "QVdTOngK", "no base64", "QVdTOmV1LXdlc3QtMy4K"])
def test_nobody_gets_in_without_the_accounts_token(repository, token):
    repository.push(b"secret")
    for path in ("/v2/", f"blobs/{digest(b'secret')}"):
        status, headers, content = repository.ask("GET", path, Authorization=f"Basic {token}")
        assert (status, code_in(content)) == (401, "UNAUTHORIZED")
        assert headers["WWW-Authenticate"].startswith("Basic ")


def test_a_page_gets_in_with_no_token_at_all(repository):
    assert repository.ask("GET", "/v2/", Origin="https://example.org")[0] == 403
    assert repository.ask("GET", "/v2/", Host="example.org:80")[0] == 403


@pytest.mark.parametrize("path", ["blobs/sha256:../state.pickle", "blobs/uploads/../../x", "manifests/../x"])
def test_no_path_leads_out_of_the_registry(repository, path):
    assert repository.ask("GET", path)[0] in (403, 404)


def test_a_repository_that_is_not_there_is_named(repository):
    status, _, content = repository.ask("GET", "/v2/nowhere/tags/list")
    assert (status, code_in(content)) == (404, "NAME_UNKNOWN")
    assert "'nowhere'" in content.decode()


def test_a_function_may_be_given_an_image_by_tag_or_digest(world, repository):
    manifest = repository.image("hello")
    repository.put(manifest, "one")
    by_digest = f"{repository.uri}@{digest(manifest)}"
    for uri in (f"{repository.uri}:one", by_digest):
        function = make_function(world.clients, uri)
        code = world.clients.lambda_.get_function(FunctionName=function.name)["Code"]
        assert (code["ImageUri"], code["ResolvedImageUri"]) == (uri, by_digest)


def test_a_function_is_refused_an_image_that_is_not_there(world, repository):
    with pytest.raises(world.clients.lambda_.exceptions.ClientError, match="does not exist"):
        make_function(world.clients, f"{repository.uri}:never")


def test_the_address_of_a_repository_is_the_accounts(world, repository):
    assert repository.uri == f"127.0.0.1:{world.account.port}/{repository.name}"
    assert urlsplit(f"//{repository.uri}").port == world.account.port
    assert REGION in registry.password("KEY", REGION)


def code_in(content):
    return json.loads(content)["errors"][0]["code"]


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()
