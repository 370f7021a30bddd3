"""An image on its way: built by an engine, pushed to the account, and what is left when that breaks off."""

import json
import socket
import threading
from contextlib import closing, contextmanager, suppress

import pytest

from ops import images
from ops.engine import ImageBuildError, PushError
from tests.image.conftest import DOCKERFILE, REPOSITORY
from tests.ops.worlds import APP, write_repository


@pytest.fixture
def content(tmp_path):
    write_repository(tmp_path, f"{APP}\n# {tmp_path}\n", DOCKERFILE)
    return images.content(tmp_path)


def build(engine, content, **labels):
    return engine.build(content, tag=f"{REPOSITORY}:test", labels=labels, on_event=lambda _: None)


def send(engine, image, uri, content, clients):
    events = []
    login = images.login(clients.ecr)
    try:
        engine.push(image, repository_uri=uri, tag=content.tag, login=login, on_event=events.append)
    finally:
        assert login.password not in repr(events)
    return events


def test_a_pushed_image_is_one_plain_manifest_with_its_origin_and_the_registrys_digest(world, push):
    pushed = push(APP)
    ecr = world.clients.ecr
    (detail,) = ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": pushed.tag}])[
        "imageDetails"
    ]
    assert detail["imageDigest"] == pushed.image.digest
    assert detail["imageManifestMediaType"] == "application/vnd.docker.distribution.manifest.v2+json"
    assert detail["imageSizeInBytes"] > 1_000_000
    assert pushed.image.repository_uri == f"127.0.0.1:{world.account.port}/{REPOSITORY}"


def test_the_same_content_is_not_pushed_twice(push):
    first, again = push(f"{APP}\n# once\n"), push(f"{APP}\n# once\n")
    assert (first.is_new, again.is_new) == (True, False)
    assert first.image == again.image


def test_labels_say_where_an_image_comes_from_and_do_not_change_its_tag(engine, content):
    clean, dirty = (
        build(engine, content, **images.labels(content, revision))
        for revision in ("abc1234", "abc1234-dirty")
    )
    assert clean != dirty
    labels = engine.api.inspect_image(dirty)["Config"]["Labels"]
    assert labels["patient-insight.dirty"] == "true"
    assert labels["org.opencontainers.image.revision"] == "abc1234"
    assert labels["patient-insight.content"] == content.hash


def test_steps_and_layers_are_told(world, engine, content):
    steps = []
    image = engine.build(content, tag=f"{REPOSITORY}:test", labels={}, on_event=steps.append)
    assert next(step.text for step in steps if step.is_step).startswith("FROM ")
    uri = images.ensure_repository(world.clients.ecr, name=REPOSITORY)
    events = send(engine, image, uri, content, world.clients)
    assert {event.text for event in events if event.part} & {"Pushed", "Layer already exists"}


def test_a_push_that_breaks_off_leaves_no_tag_and_a_repeat_completes_it(world, engine, content):
    uri = images.ensure_repository(world.clients.ecr, name=REPOSITORY)
    found = {"name": REPOSITORY, "repository_uri": uri, "tag": content.tag}
    image = build(engine, content)
    # Layers get through and the manifest does not: an engine tries a cut layer again for a minute.
    broken_off = pytest.raises(PushError, match=r"The tag is not in the registry.*Run the same command again")
    with cutting(world.account.port, at=f"PUT /v2/{REPOSITORY}/manifests/".encode()) as port, broken_off:
        send(engine, image, f"127.0.0.1:{port}/{REPOSITORY}", content, world.clients)
    assert images.find(world.clients.ecr, **found) is None
    events = send(engine, image, uri, content, world.clients)
    assert images.find(world.clients.ecr, **found)
    assert {event.text for event in events if event.part} >= {"Layer already exists"}
    assert "Pushed" not in {event.text for event in events}


def test_a_wrong_password_is_said(world, engine, content):
    uri = images.ensure_repository(world.clients.ecr, name=REPOSITORY)
    login = images.Login("AWS", "guessed")
    with pytest.raises(PushError, match="unauthorized: Log in as AWS"):
        engine.push(build(engine, content), repository_uri=uri, tag="x", login=login, on_event=lambda _: None)


def test_a_base_image_that_cannot_be_pulled_is_named(engine, tmp_path):
    write_repository(tmp_path, APP, "FROM 127.0.0.1:1/nowhere:1\n")
    with pytest.raises(ImageBuildError, match=r"base image of `FROM 127\.0\.0\.1:1/nowhere:1`.*pulled"):
        build(engine, images.content(tmp_path))


def test_a_step_that_fails_is_named_with_its_last_words(engine, tmp_path):
    broken = "RUN python -c \"raise SystemExit('no luck today')\""
    write_repository(tmp_path, APP, DOCKERFILE + broken + "\n")
    with pytest.raises(ImageBuildError, match=r"Step 8/8 of the Dockerfile failed(.|\n)*no luck today"):
        build(engine, images.content(tmp_path))


def test_a_dockerfile_that_cannot_be_read_is_an_error(engine, tmp_path):
    write_repository(tmp_path, APP, "NONSENSE\n")
    with pytest.raises(ImageBuildError, match="NONSENSE"):
        build(engine, images.content(tmp_path))


def test_the_stack_is_given_the_image_by_digest(push):
    image = push(APP).image
    assert image.uri == f"{image.repository_uri}@{image.digest}"
    assert json.dumps(image.uri).count("sha256:") == 1


@contextmanager
def cutting(port, *, at):
    """Pass connections on to a port, and cut each one that says `at`."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        threading.Thread(target=accept, args=(listener, port, at), daemon=True).start()
        yield listener.getsockname()[1]


def accept(listener, port, at):
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        server = socket.create_connection(("127.0.0.1", port))
        threading.Thread(target=pass_on, args=(client, server, at), daemon=True).start()
        threading.Thread(target=pass_on, args=(server, client, None), daemon=True).start()


def pass_on(source, target, cut_at):
    with suppress(OSError):
        while data := source.recv(65_536):
            if cut_at and cut_at in data:
                break
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
