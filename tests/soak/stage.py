"""A stage as an operator has one: deployed by command into a fresh embedded account, with a key."""

import contextlib
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ops.clients import Clients
from ops.embedded import account
from tests.e2e.conftest import url_in
from tests.e2e.copies import Copy, copy_of_the_repository
from tests.fakes.llm import LanguageModels

FUNCTION: Final = "patient-insight"
# More would only share two cores.
INSTANCES: Final = 4
OPENAI: Final = ("--provider", "openai")


class CommandError(Exception):
    """A command did not end as it must."""


@dataclass
class Stage:
    """What is deployed, and whoever types commands there."""

    copy: Copy
    models: LanguageModels
    url: str = ""
    said: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        """Where the gateway listens."""
        return urlsplit(self.url).port or 0

    @cached_property
    def account(self) -> account.Account:
        """The account, which runs as long as the stage is there."""
        running = account.find(self.copy.home)
        assert running is not None
        return running

    @cached_property
    def clients(self) -> Clients:
        """Clients of the account."""
        return self.copy.clients

    def instances(self) -> list[dict[str, Any]]:
        """The running instances, as the account tells them."""
        return list((account.health(self.account) or {}).get("instances", []))

    def live_version(self) -> str:
        """The version that users reach."""
        return str(self.clients.lambda_.get_alias(FunctionName=FUNCTION, Name="live")["FunctionVersion"])

    def invoke(self, *words: str, answer: str = "") -> str:
        """Run a task and return what it said.

        Raises:
            CommandError: it failed.
        """
        environment = {"INVOKE_EMBEDDED_ENGINE": "none", "INVOKE_EMBEDDED_INSTANCES": str(INSTANCES)}
        run: subprocess.CompletedProcess[str] = self.copy.invoke(
            *words, answer=answer, environment=environment
        )
        self.said += [run.stdout, run.stderr]
        if run.returncode:
            said = f"{run.stdout}{run.stderr}"
            raise CommandError(f"invoke {' '.join(words)} ended with {run.returncode}:\n{said}")
        return run.stdout

    def rotate(self, command: str = "rotate-key") -> None:
        """Have a new key of the provider take the place of the one before."""
        key = f"sk-proj-{secrets.token_hex(24)}"
        self.models.keys["openai"].add(key)
        self.invoke(command, *OPENAI, answer=f"{key}\n")


@contextlib.contextmanager
def deployed(directory: Path, models: LanguageModels) -> Iterator[Stage]:
    """Deploy into `directory`, which holds nothing yet; in the end stop all that was started there."""
    stage = Stage(copy_of_the_repository(directory), models)
    # Under a name that does not say that it is this machine: texts go to it only by consent.
    address = models.openai_url.replace("127.0.0.1", "127.1")
    tfvars = f'model_provider = "openai"\nengine_settings = {{ OPENAI_BASE_URL = "{address}" }}\n'
    (stage.copy.root / "terraform" / "stages" / "local.tfvars").write_text(tfvars)
    try:
        stage.url = url_in(stage.invoke("deploy"))
        stage.rotate("keys.set")
        yield stage
    finally:
        with contextlib.suppress(CommandError):
            stage.invoke("down")
