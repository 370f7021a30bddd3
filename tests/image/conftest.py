"""An embedded account and a container engine; both are there, since tests/image/bases.py has looked."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops import builds, images
from ops.embedded import account
from ops.engine import Engine, find
from tests.ops.worlds import World, clients_of, write_repository

# The app's own base, with a small app: what is tested is the engine's work, not the page.
DOCKERFILE = """
FROM public.ecr.aws/lambda/python:3.13
WORKDIR /var/task
COPY app/ app/
ENV AWS_LWA_READINESS_CHECK_PATH=/healthz
ENV FROM_THE_IMAGE=yes
ENTRYPOINT []
CMD ["python", "-m", "app"]
"""

Push = Callable[[str, str], builds.Pushed]


# One for all tests: what they have in common is pushed once.
REPOSITORY = "of-a-team/small"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """The container engine, which forgets at the end what the tests have built."""
    found = find()
    assert isinstance(found, Engine)
    yield found
    for image in found.api.images(filters={"reference": [REPOSITORY, f"*/{REPOSITORY}"]}):
        found.api.remove_image(image["Id"], force=True)


@pytest.fixture(scope="session")
def world(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:  # noqa: ARG001 - ends later
    """An embedded account of its own, gone before the engine forgets."""
    home = tmp_path_factory.mktemp("account")
    running = account.start(home, account.Options(seed=1))
    try:
        yield World(running, clients_of(running))
    finally:
        account.stop(home)


@pytest.fixture
def push(world: World, engine: Engine, tmp_path: Path) -> Push:
    """Build an app into an image and push it."""

    def pushed(app: str, dockerfile: str = DOCKERFILE) -> builds.Pushed:
        root = tmp_path / uuid.uuid4().hex
        write_repository(root, app, dockerfile)
        of, ecr = images.content(root), world.clients.ecr
        return builds.ensure(ecr, of, name=REPOSITORY, engine=engine, may_pack=False, on_event=lambda _: None)

    return pushed
