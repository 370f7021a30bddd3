"""What is asked of the account, as IAM sees it: which permissions a command would need in AWS.

Whoever has the account's key may have it noted, and read what was:

    curl -X POST -H "Authorization: Bearer $AWS_ACCESS_KEY_ID" $AWS_ENDPOINT_URL/_embedded/calls

POST begins, GET shows each action with the resources that it was asked on, DELETE ends and forgets. What
functions ask with the credentials of their role is apart: GET with ?functions shows that alone.
"""

import json
import threading

from ops.embedded.account import CALLS_PATH
from ops.embedded.answers import Answer, Environ
from ops.embedded.asked import asked

OF_FUNCTIONS = "functions"

_Noted = dict[str, set[str]]


class Calls:
    """What was asked since somebody wanted to know."""

    def __init__(self) -> None:
        self._noted: _Noted | None = None
        self._of_functions: _Noted = {}
        self._guard = threading.Lock()

    def control(self, environ: Environ, _body: bytes) -> Answer | None:
        """Answer a request that begins, shows or ends what is noted; None for any other."""
        if environ["PATH_INFO"] != CALLS_PATH:
            return None
        with self._guard:
            match environ["REQUEST_METHOD"]:
                case "POST":
                    self._noted, self._of_functions = {}, {}
                case "DELETE":
                    self._noted, self._of_functions = None, {}
            wanted = self._of_functions if environ.get("QUERY_STRING") == OF_FUNCTIONS else self._noted
            shown = {action: sorted(on) for action, on in sorted((wanted or {}).items())}
        return "200 OK", [("Content-Type", "application/json")], json.dumps(shown).encode()

    def note(self, environ: Environ, body: bytes) -> None:
        """Note a request, for whoever wants to know; it is answered by others."""
        what = asked(environ, body) if self._noted is not None else None
        with self._guard:
            if what and self._noted is not None:
                noted = self._of_functions if _is_of_a_function(environ) else self._noted
                noted.setdefault(what.action, set()).update((what.resource, *what.others))


def _is_of_a_function(environ: Environ) -> bool:
    """Whether the credentials are a role's: temporary ones, which have a token beside the key."""
    return "HTTP_X_AMZ_SECURITY_TOKEN" in environ
