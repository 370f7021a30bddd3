"""What is asked of the account, as IAM sees it: which permissions a command would need in AWS.

Whoever has the account's key may have it noted, and read what was:

    curl -X POST -H "Authorization: Bearer $AWS_ACCESS_KEY_ID" $AWS_ENDPOINT_URL/_embedded/calls

POST begins, GET shows each action with the resources that it was asked on, DELETE ends and forgets. What
functions ask with the credentials of their role is left out.
"""

import json
import threading

from ops.embedded.account import CALLS_PATH
from ops.embedded.answers import Answer, Environ
from ops.embedded.asked import asked


class Calls:
    """What was asked since somebody wanted to know."""

    def __init__(self) -> None:
        self._noted: dict[str, set[str]] | None = None
        self._guard = threading.Lock()

    def control(self, environ: Environ, _body: bytes) -> Answer | None:
        """Answer a request that begins, shows or ends what is noted; None for any other."""
        if environ["PATH_INFO"] != CALLS_PATH:
            return None
        with self._guard:
            match environ["REQUEST_METHOD"]:
                case "POST":
                    self._noted = {}
                case "DELETE":
                    self._noted = None
            shown = {action: sorted(on) for action, on in sorted((self._noted or {}).items())}
        return "200 OK", [("Content-Type", "application/json")], json.dumps(shown).encode()

    def note(self, environ: Environ, body: bytes) -> None:
        """Note a request, for whoever wants to know; it is answered by others."""
        wanted = self._noted is not None and not _is_of_a_function(environ)
        what = asked(environ, body) if wanted else None
        with self._guard:
            if what and self._noted is not None:
                self._noted.setdefault(what.action, set()).update((what.resource, *what.others))


def _is_of_a_function(environ: Environ) -> bool:
    """Whether the credentials are a role's: temporary ones, which have a token beside the key."""
    return "HTTP_X_AMZ_SECURITY_TOKEN" in environ
