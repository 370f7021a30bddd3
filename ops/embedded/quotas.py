"""What Lambda says of an account's limits; moto has no such answers.

Source: Lambda API, GetAccountSettings; Lambda quotas, "Compute and
storage": what an account has that nobody raised.
"""

import json
import re

from ops.embedded.answers import Answer, Environ

CONCURRENT_EXECUTIONS = 1_000

_SETTINGS = re.compile(r"^/2016-08-19/account-settings/?$")

_ACCOUNT = {
    "AccountLimit": {
        "CodeSizeUnzipped": 262_144_000,
        "CodeSizeZipped": 52_428_800,
        "ConcurrentExecutions": CONCURRENT_EXECUTIONS,
        "TotalCodeSize": 80_530_636_800,
        "UnreservedConcurrentExecutions": CONCURRENT_EXECUTIONS,
    },
    "AccountUsage": {"FunctionCount": 0, "TotalCodeSize": 0},
}


def answer(environ: Environ, _body: bytes) -> Answer | None:
    """Answer a question about limits."""
    if environ["REQUEST_METHOD"] != "GET":
        return None
    if _SETTINGS.match(environ["PATH_INFO"]):
        return _json(_ACCOUNT)
    return None


def _json(content: object) -> Answer:
    return "200 OK", [("Content-Type", "application/json")], json.dumps(content).encode()
