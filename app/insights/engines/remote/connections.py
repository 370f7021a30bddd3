"""How a language model is reached: one HTTP client for both SDKs, and what its failures mean.

The SDKs are told nothing about time or retries: theirs differ (600 s for the one, one number for connecting
and reading for the other), and both ask again where it costs and cannot help.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from app.insights.engines.failures import EngineError, FailureKind

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    import httpx2

CONNECT_S = 10.0
# A whole answer of 8 000 tokens takes a good two minutes, and without a stream nothing comes before its end.
READ_S = 180.0
WRITE_S = 30.0
# Nobody gives up for want of a connection while 16 reports of several parts are read at once.
POOL_S = 300.0
CONNECTIONS = 64

# A batch begins in many threads at once, and a client takes longer to make than a request.
making_client = threading.Lock()

Result = TypeVar("Result")
Translate = Callable[[Exception], EngineError | None]


def http_client(read_s: float = READ_S) -> httpx2.Client:
    """Return a client for many threads, with timeouts of ours whatever an SDK asks for."""
    import httpx2

    timeouts = httpx2.Timeout(connect=CONNECT_S, read=read_s, write=WRITE_S, pool=POOL_S)

    def set_timeouts(request: httpx2.Request) -> None:
        request.extensions["timeout"] = timeouts.as_dict()

    def read_refusal(response: httpx2.Response) -> None:
        # The SDK of Mistral quotes what it doesn't expect, also from a stream that nobody has read.
        if not response.is_success:
            response.read()

    return httpx2.Client(
        timeout=timeouts,
        limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
        # A redirection would carry the report to a server that nobody has agreed to.
        follow_redirects=False,
        event_hooks={"request": [set_timeouts], "response": [read_refusal]},
    )


def kind_of_transport(error: BaseException | None) -> FailureKind | None:
    """Return what an error of the HTTP client means; None for any other."""
    import httpx2

    if isinstance(error, httpx2.ConnectTimeout):
        return FailureKind.NO_NETWORK
    if isinstance(error, httpx2.TimeoutException):
        return FailureKind.TIMEOUT
    is_unreachable = isinstance(error, (httpx2.TransportError, httpx2.InvalidURL))
    return FailureKind.NO_NETWORK if is_unreachable else None


def attempt(call: Callable[[], Result], translate: Translate) -> Result:
    """Return what `call` returns; what it raises is raised as `translate` says.

    Raises:
        EngineError: raised outside of the handler, so that it doesn't carry along what the SDK raised: that
            may quote the key, the request and the report.
    """
    try:
        return call()
    except Exception as error:
        failure = translate(error)
        if failure is None:
            raise
    raise failure


def pieces(
    start: Callable[[], AbstractContextManager[Iterator[Any]]],
    text_of: Callable[[Any], str],
    translate: Translate,
) -> Generator[str]:
    """Yield the text of each event of a stream, which is hung up on when nobody wants more."""
    with attempt(start, translate) as events:
        while (event := attempt(partial(next, events, None), translate)) is not None:
            yield text_of(event)
