"""Replacing a key on the deployed page: `invoke rotate-key` beside the AWS CLI calls that people type."""

import json
import secrets
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.peers.markdown import table
from benchmarks.peers.outside import Outside
from benchmarks.peers.tools import AWS, Peer
from ops.embedded import account
from tests.e2e.copies import REGION, Copy
from tests.fakes.providers import Providers

ROUNDS = 3
FUNCTION = "patient-insight"
PARAMETER = f"/{FUNCTION}/openai-api-key"
VARIABLE = "OPENAI_API_KEY"

LACKS = """
Three calls write the parameter, change `$LATEST` and wait; two more publish a version and move users to it.
The key stands in their arguments, nobody proves that the version holds it, a call that fails leaves what
those before it did, and no ledger says who did it. `rotate-key` reads a line of input, proves the version
before users move, takes back what failed, and notes it.
"""


@dataclass(frozen=True)
class Try:
    """A key that was replaced: in which time, and what was found to be so afterwards."""

    seconds: float
    asks_provider: bool
    users_have_it: bool


@dataclass(frozen=True)
class Way:
    """One way to replace a key, and what became of a key there that the provider refuses."""

    tries: Sequence[Try]
    refused_key: str

    @property
    def seconds(self) -> float:
        """Return the median."""
        return statistics.median(one.seconds for one in self.tries)


class Rotations:
    """The deployed page, the providers, and the two sides' ways to replace a key there."""

    def __init__(self, copy: Copy, peers: Mapping[str, Peer], providers: Providers, outside: Outside) -> None:
        """Keep them, and what notes whom our own task asks."""
        self._copy, self._aws, self._providers = copy, peers.get(AWS.name), providers
        self._told = {**providers.environment, **outside.variables}
        running = account.start(copy.home)
        self._account = account.environment(running, REGION)

    def measure(self) -> dict[str, Way]:
        """Replace keys, good ones and one that the provider refuses, in each way, in turn."""
        ways = {"`invoke rotate-key`": self.ours}
        if self._aws:
            ways |= {"aws CLI, 3 calls": self.three_calls, "aws CLI, 5 calls": self.five_calls}
        tries: dict[str, list[Try]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                tries[name].append(self._try(way))
        return {name: Way(tries[name], self._refused(way)) for name, way in ways.items()}

    def ours(self, key: str) -> int:
        """Rotate with the task; return its exit code."""
        words = ("rotate-key", "--provider", "openai")
        return self._copy.invoke(*words, answer=key, environment=self._told).returncode

    def three_calls(self, key: str) -> int:
        """Write the parameter, change the function, wait; return the first exit code that is not 0."""
        # The whole map, or the other variables are gone: whoever types this must have read it before.
        variables = json.dumps({"Variables": {**self._variables(), VARIABLE: key}})
        function = ("--function-name", FUNCTION)
        parameter = ("--name", PARAMETER, "--type", "SecureString", "--overwrite")
        return self._calls(
            ("ssm", "put-parameter", *parameter, "--value", key),
            ("lambda", "update-function-configuration", *function, "--environment", variables),
            ("lambda", "wait", "function-updated-v2", *function),
        )

    def five_calls(self, key: str) -> int:
        """Also publish a version, and send users to it."""
        function = ("--function-name", FUNCTION)
        if code := self.three_calls(key):
            return code
        text = ("--query", "Version", "--output", "text")
        version = self._ask("lambda", "publish-version", *function, *text).stdout.strip()
        return self._calls(
            ("lambda", "update-alias", *function, "--name", "live", "--function-version", version)
        )

    def _try(self, replace: Callable[[str], int]) -> Try:
        key, asked, began = new_key(), len(self._providers.asked), time.monotonic()
        self._providers.keys.add(key)
        if code := replace(key):
            raise SystemExit(f"a good key was not taken: {code}")
        seconds = time.monotonic() - began
        reached = self._variables("live").get(VARIABLE) == key
        return Try(seconds, asks_provider=len(self._providers.asked) > asked, users_have_it=reached)

    def _refused(self, replace: Callable[[str], int]) -> str:
        key = new_key()
        code = replace(key)
        newest = self._copy.clients.ssm.get_parameter(Name=PARAMETER, WithDecryption=True)
        return f"{'taken' if newest['Parameter']['Value'] == key else 'refused'}, exit {code}"

    def _variables(self, qualifier: str = "$LATEST") -> Mapping[str, str]:
        found = self._copy.clients.lambda_.get_function_configuration(
            FunctionName=FUNCTION, Qualifier=qualifier
        )
        return found["Environment"]["Variables"]

    def _calls(self, *calls: tuple[str, ...]) -> int:
        return next((code for call in calls if (code := self._ask(*call).returncode)), 0)

    def _ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        assert self._aws is not None  # noqa: S101 - only then is there such a way
        return self._aws.ask(self._account, *words)


def new_key() -> str:
    """Return a key as OpenAI makes them."""
    return f"sk-proj-{secrets.token_hex(24)}"


def rotation_table(ways: Mapping[str, Way]) -> str:
    """Return the ways side by side."""
    base, *_ = ways.values()
    rows = [
        [
            name,
            f"{way.seconds:.2f} s",
            f"{way.seconds / base.seconds:.2f}x",
            "yes" if all(one.asks_provider for one in way.tries) else "no",
            "yes" if all(one.users_have_it for one in way.tries) else "no",
            way.refused_key,
        ]
        for name, way in ways.items()
    ]
    columns = [
        "",
        "median",
        "of ours",
        "asks the provider first",
        "users have the key after it",
        "a key that the provider refuses",
    ]
    return table(f"Rotating a key of the deployed page, medians of {ROUNDS}", columns, rows) + LACKS
