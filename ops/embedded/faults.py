"""What AWS does on a bad day, when asked for: refuse, throttle, take its time, or go away.

Whoever has the account's key may set a fault, for a test or to see how a command behaves:

    curl -H "Authorization: Bearer $AWS_ACCESS_KEY_ID" $AWS_ENDPOINT_URL/_embedded/faults \
        -d '{"action": "lambda:UpdateAlias", "fault": "throttle", "times": 3}'

| fault    | the action's next `times` requests                                                 |
|----------|------------------------------------------------------------------------------------|
| throttle | are answered as the service answers when it is asked too often                     |
| deny     | are answered as if no policy allowed the action                                    |
| delay    | wait `delay_s` seconds, then are answered as ever                                  |
| die      | end the account's process at once, without an answer and with nothing saved        |

`action` is IAM's name of it; `*` stands for anything, as in "s3:*". Without `times` the fault stays. GET
shows the faults, DELETE removes them, and an account that starts has none.
"""

import fnmatch
import json
import os
import signal
import threading
import time
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError

from ops.embedded.account import FAULTS_PATH
from ops.embedded.answers import Answer, Environ, error_answer
from ops.embedded.asked import Asked, asked
from ops.embedded.deployed import CALLER


class Fault(BaseModel):
    """One thing that goes wrong."""

    model_config = ConfigDict(extra="forbid")

    action: str
    fault: Literal["throttle", "deny", "delay", "die"]
    times: PositiveInt | None = None
    delay_s: float = 1.0


class Faults:
    """The faults that are set; asked by each request before anything else is."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._guard = threading.Lock()

    def control(self, environ: Environ, body: bytes) -> Answer | None:
        """Answer a request that sets, shows or removes faults; None for any other."""
        if environ["PATH_INFO"] != FAULTS_PATH:
            return None
        with self._guard:
            match environ["REQUEST_METHOD"]:
                case "POST":
                    try:
                        self._faults.append(Fault.model_validate_json(body))
                    except ValidationError as error:
                        return _json("400 Bad Request", {"message": str(error)})
                case "DELETE":
                    self._faults.clear()
            return _json("200 OK", [fault.model_dump() for fault in self._faults])

    def fail(self, environ: Environ, body: bytes) -> Answer | None:
        """Answer a request that a fault is meant for; None when all is well, perhaps after a while."""
        what = asked(environ, body) if self._faults else None
        fault = self._take(what.action) if what else None
        if what is None or fault is None:
            return None
        match fault.fault:
            case "throttle":
                return throttled(what)
            case "deny":
                return denied(what)
            case "delay":
                time.sleep(fault.delay_s)
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
        return None

    def _take(self, action: str) -> Fault | None:
        """Return the first fault for an action, and count it down."""
        with self._guard:
            for fault in self._faults:
                if fnmatch.fnmatchcase(action, fault.action):
                    if fault.times is not None:
                        fault.times -= 1
                        self._faults = [left for left in self._faults if left.times != 0]
                    return fault
        return None


def denied(what: Asked) -> Answer:
    """Return a service's answer to somebody whom no policy allows an action.

    Source: IAM user guide, "Troubleshoot access denied error messages". S3 quotes the resource.
    """
    resource = f'"{what.resource}"' if what.service == "s3" else what.resource
    message = (
        f"User: {CALLER} is not authorized to perform: {what.action} on resource: {resource} "
        f"because no identity-based policy allows the {what.action} action"
    )
    code = "AccessDenied" if what.protocol in ("query", "rest-xml") else "AccessDeniedException"
    return error_answer(
        what, "400 Bad Request" if what.protocol == "json" else "403 Forbidden", code, message
    )


def throttled(what: Asked) -> Answer:
    """Return a service's answer to somebody who asks too often.

    Source: the services' API references, "Common Errors"; Lambda API, TooManyRequestsException; Amazon S3
    API, "Error responses", SlowDown.
    """
    match what.protocol:
        case "rest-xml":
            return error_answer(what, "503 Slow Down", "SlowDown", "Please reduce your request rate.")
        case "rest-json":
            return error_answer(what, "429 Too Many Requests", "TooManyRequestsException", "Rate exceeded")
        case "query":
            return error_answer(what, "400 Bad Request", "Throttling", "Rate exceeded")
    return error_answer(what, "400 Bad Request", "ThrottlingException", "Rate exceeded")


def _json(status: str, content: Any) -> Answer:
    return status, [("Content-Type", "application/json")], json.dumps(content).encode()
