"""A stage with a key: a small function that holds it, its parameter, and a provider that knows it."""

import contextlib
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ops import inputs, versions
from ops.keys import parameters, rotation
from ops.keys.parameters import Version
from ops.keys.providers import PROVIDERS
from ops.keys.rotation import Rotated
from ops.releases import Release
from ops.settings import Settings
from ops.stack import Stack
from tests.fakes.providers import Providers
from tests.ops import stages
from tests.ops.stages import Deployed
from tests.ops.worlds import World

FIRST, SECOND, THIRD = (f"sk-proj-{word}-0123456789abcdef" for word in ("first", "second", "third"))
OPENAI = PROVIDERS["openai"]


@dataclass(frozen=True)
class Keyed:
    """A stage as deployments and rotations leave it."""

    deployed: Deployed
    them: Providers

    @property
    def stack(self) -> Stack:
        return self.deployed.stack

    @property
    def settings(self) -> Settings:
        return self.stack.target.settings

    @property
    def name(self) -> str:
        return self.deployed.name

    @property
    def parameter(self) -> str:
        return f"/{self.name}/openai-api-key"

    @property
    def live(self) -> str:
        live = self.stack.live
        assert live is not None
        return live.version

    def put(self, key: str, **more: Any) -> int:
        """Write the key by hand."""
        arguments = {"Type": "SecureString", "Overwrite": True, **more}
        return self.stack.clients.ssm.put_parameter(Name=self.parameter, Value=key, **arguments)["Version"]

    def release(self, **variables: str) -> Release:
        """Send users to a version with these variables, and write that down, as a deployment would."""
        lambda_, reached = self.stack.clients.lambda_, self.stack.live
        assert reached is not None
        told = {"MODEL_PROVIDER": "openai", "OPENAI_BASE_URL": self.them.environment["OPENAI_BASE_URL"]}
        lambda_.update_function_configuration(
            FunctionName=self.name, Environment={"Variables": {**told, **variables}}
        )
        version = lambda_.publish_version(FunctionName=self.name)["Version"]
        versions.move(lambda_, function=self.name, to=version, since=reached)
        ledger = self.stack.ledger
        entry = ledger.begin("code", image=reached.image, tag="content-1", before=reached.version)
        url = self.deployed.function.url
        ledger.end(entry, "good", version=version, url=url, inputs=inputs.read(self.stack))
        return entry.release

    def rotate(self, key: str, **more: Any) -> Rotated:
        arguments = {"verify": "models", "step": quiet, **more}
        return rotation.rotate(self.settings, OPENAI, key, **arguments)

    def used(self) -> str | None:
        """The key that a user's request is answered with."""
        with urllib.request.urlopen(f"{self.deployed.function.url}/used") as answer:
            return json.load(answer)["key"]

    def newest(self) -> str:
        """What Terraform and people read."""
        return parameters.value(self.stack.clients.ssm, self.parameter)

    def history(self) -> list[Version]:
        return parameters.history(self.stack.clients.ssm, self.parameter)

    def labels(self) -> dict[str, int]:
        """Where each label is."""
        return {label: one.version for one in self.history() for label in one.labels}

    def variables(self, version: str = "$LATEST") -> dict[str, str]:
        """The environment variables of a version."""
        lambda_ = self.stack.clients.lambda_
        found = lambda_.get_function_configuration(FunctionName=self.name, Qualifier=version)
        return found["Environment"]["Variables"]

    def versions(self) -> list[str]:
        """All published versions."""
        found = self.stack.clients.lambda_.list_versions_by_function(FunctionName=self.name)
        return [one["Version"] for one in found["Versions"] if one["Version"] != "$LATEST"]

    def newest_release(self) -> Release:
        return self.stack.ledger.newest(1)[0]

    def with_variables(self, directory: Path, text: str) -> "Keyed":
        """The same stage with other Terraform variables."""
        tfvars = directory / "other.tfvars"
        tfvars.write_text(text)
        stage = self.settings.stage.model_copy(update={"tfvars": tfvars})
        settings = self.settings.model_copy(update={"stage": stage})
        stack = Stack(replace(self.stack.target, settings=settings))
        return Keyed(replace(self.deployed, stack=stack), self.them)


def keyed(world: World, image: str, them: Providers) -> Keyed:
    """Deploy a stage that holds the first key, under its own parameter."""
    made = Keyed(stages.deploy(world, image), them)
    made.put(FIRST)
    made.release(OPENAI_API_KEY=FIRST)
    return made


@contextlib.contextmanager
def quiet(_title: str) -> Iterator[Any]:
    yield lambda _: None
