"""A stage with a key, in the embedded account."""

from collections.abc import Iterator

import pytest

from tests.fakes.providers import Providers
from tests.ops.keys.keyed import FIRST, SECOND, THIRD, Keyed, keyed
from tests.ops.worlds import PAGE, World, push_image


@pytest.fixture(scope="session")
def keyed_image(world: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Image of a function that says which key it holds."""
    return push_image(world.clients, tmp_path_factory.mktemp("keyed"), PAGE.format(behaviour="keyed"))


@pytest.fixture
def them() -> Iterator[Providers]:
    """A provider that knows three keys."""
    with Providers(FIRST, SECOND, THIRD) as running:
        yield running


@pytest.fixture
def stage(
    world: World, keyed_image: str, them: Providers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Keyed]:
    """A stage whose users reach a version with the first key."""
    monkeypatch.setenv("EMBEDDED_AWS_HOME", str(world.account.home))
    made = keyed(world, keyed_image, them)
    yield made
    world.clients.lambda_.delete_function(FunctionName=made.name)
