"""The process that is the account: services, functions and gateway, until it is told to stop.

Started by `account.start` as `python -m ops.embedded.server HOME`. It says on the pipe it was given whether
it is ready or why not, so that whoever started it never has to guess.
"""

import argparse
import asyncio
import json
import logging
import os
import re
import signal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from ops.embedded import lifetimes, metrics, patches, quotas, registry
from ops.embedded.account import HEALTH_PATH, SAVE_NOW, UNSAVED
from ops.embedded.answers import Answer, Environ
from ops.embedded.backends import Backends
from ops.embedded.calls import Calls
from ops.embedded.cloud import Cloud, Endpoint
from ops.embedded.cloudfront import CloudFront
from ops.embedded.code import CodeStore
from ops.embedded.deployed import UnknownFunctionError
from ops.embedded.faults import Faults
from ops.embedded.functions import LambdaHost, Result, ThrottledError, TooLargeError
from ops.embedded.gateway import Gateway
from ops.embedded.logs import LogSink
from ops.embedded.pool import Limits
from ops.embedded.registry import Registry
from ops.errors import AccountError
from ops.images import Login

log = logging.getLogger(__name__)

_INVOCATION = re.compile(r"^/2015-03-31/functions/(?P<function>[^/]+)/invocations/?$")
_REGION = re.compile(r"Credential=[^/]+/\d{8}/([a-z0-9-]+)/")


class Account:
    """All parts of the account in one process, in the order in which they need each other."""

    def __init__(self, home: Path, *, port: int, gateway_port: int, access_key: str, limits: Limits) -> None:
        """Restore the account in `home` and bind its ports; nothing answers yet.

        Args:
            home: The account's directory.
            port: For AWS clients; 0 for a free one.
            gateway_port: For the first HTTP API; 0 for a free one.
            access_key: Whoever names it may use the account.
            limits: How functions run.

        Raises:
            AccountError: The state can't be used or a port is taken; nothing was changed.
        """
        self._access_key = access_key
        self._home = home
        self._limits = limits
        self.cloud = Cloud(home / "state.pickle")
        self._sink = LogSink(self.cloud)
        self._metrics = metrics.Metrics()
        metrics.publish(self._metrics)
        self._deployed = Backends(self.cloud, CodeStore(home / "layers", home / "code"), self._registry)
        self._gateway = Gateway(self._deployed, self._sink, port=gateway_port)
        self._cloudfront = CloudFront(self._deployed, self._gateway)
        patches.apply_all(
            layers=home / "layers",
            api_endpoint=self._gateway.ports.open,
            url_endpoint=self._cloudfront.url_ports.open,
            distribution_endpoint=self._cloudfront.ports.open,
            registry=self._registry,
        )
        self.cloud.restore()
        try:
            self._gateway.ports.reopen(self._deployed.endpoints())
            self._cloudfront.url_ports.reopen({url.id: url.url for url in self._deployed.function_urls()})
            self._cloudfront.ports.reopen(self._deployed.distribution_endpoints())
            calls, faults = Calls(), Faults()
            own = (self._health, calls.control, faults.control)
            routes = (*own, calls.note, faults.fail, quotas.answer, self._invocation)
            self.endpoint = Endpoint(
                self.cloud,
                routes,
                port=port,
                access_key=access_key,
                registry=Registry(self.cloud, home / "layers", access_key=access_key),
            )
        except (OSError, SystemExit) as error:  # werkzeug exits on a taken port
            raise AccountError(
                f"A port of the embedded account is taken ({_port_message(error, port)}). "
                f"Nothing was started, and the account is as it was. End the program that listens there "
                f"(`ss -ltnp` names it) and try again."
            ) from error

    async def run(self, ready: Any) -> None:
        """Answer until SIGTERM or SIGINT, then stop everything and save.

        Args:
            ready: Called once all parts answer.
        """
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        self._loop = asyncio.get_running_loop()
        self._host = LambdaHost(
            self._deployed,
            self._sink,
            home=self._home / "instances",
            runtime_environment={
                "AWS_ACCESS_KEY_ID": self._access_key,
                "AWS_SECRET_ACCESS_KEY": "embedded",
                # A role's credentials have one, which tells what functions ask from what others do.
                "AWS_SESSION_TOKEN": "embedded",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.endpoint.port}",
            },
            limits=self._limits,
            meter=self._metrics,
        )
        sweeper = asyncio.create_task(lifetimes.sweep(self.cloud))
        self._sink.start()
        self.cloud.start_saving()
        self._deployed.start_unpacking()
        self._gateway.start(self._host)
        self._cloudfront.start(self._host)
        self.endpoint.start()
        ready()
        await stop.wait()
        sweeper.cancel()
        await self._gateway.ports.close()
        await self._cloudfront.close()
        await self._host.close()
        self.endpoint.stop()
        self._sink.stop()
        self.cloud.stop_saving()
        if self.cloud.save_error:
            (self._home / UNSAVED).write_text(self.cloud.save_error)

    def _registry(self, region: str) -> tuple[str, Login]:
        """Return where the registry answers, and what opens it for a region."""
        login = Login("AWS", registry.password(self._access_key, region))
        return f"127.0.0.1:{self.endpoint.port}", login

    def _health(self, environ: Environ, _body: bytes) -> Answer | None:
        """Say that this account answers, and how it is; hurry to save when that is asked."""
        if environ["PATH_INFO"] != HEALTH_PATH:
            return None
        if environ.get("QUERY_STRING") == SAVE_NOW:
            self.cloud.hurry()
        content = {
            "pid": os.getpid(),
            "save_error": self.cloud.save_error,
            "unsaved": self.cloud.unsaved,
            "instances": self._host.instances,
        }
        return "200 OK", [("Content-Type", "application/json")], json.dumps(content).encode()

    def _invocation(self, environ: Environ, body: bytes) -> Answer | None:
        """Lambda's Invoke for boto3, the aws CLI and everything else that speaks it.

        Source: Lambda API, Invoke.
        """
        match = _INVOCATION.match(environ["PATH_INFO"])
        if not match or environ["REQUEST_METHOD"] != "POST":
            return None
        signed_for = _REGION.search(environ.get("HTTP_AUTHORIZATION", ""))
        region = signed_for[1] if signed_for else "us-east-1"
        function = unquote(match["function"])
        qualifier = parse_qs(environ.get("QUERY_STRING", "")).get("Qualifier", [None])[0]
        try:
            return self._invoke(environ, region, function, qualifier, body)
        except UnknownFunctionError as error:
            return _lambda_error("404 Not Found", "ResourceNotFoundException", str(error))
        except TooLargeError as error:
            return _lambda_error("413 Request Entity Too Large", "RequestTooLargeException", str(error))
        except ThrottledError as error:
            return _lambda_error("429 Too Many Requests", "TooManyRequestsException", str(error))
        except ValueError as error:
            return _lambda_error(
                "400 Bad Request",
                "InvalidRequestContentException",
                f"Could not parse request body into json: {error}",
            )

    def _invoke(
        self, environ: Environ, region: str, function: str, qualifier: str | None, body: bytes
    ) -> Answer:
        kind = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        if kind == "Event":
            self._on_loop(self._accept(region, function, qualifier, body))
            return "202 Accepted", [], b""
        if kind == "DryRun":
            self._host.resolve(region, function, qualifier)
            return "204 No Content", [], b""
        result: Result = self._on_loop(self._host.invoke(region, function, qualifier, body))
        headers = [("Content-Type", "application/json"), ("X-Amz-Executed-Version", result.version)]
        if result.error:
            headers.append(("X-Amz-Function-Error", "Unhandled"))
        if environ.get("HTTP_X_AMZ_LOG_TYPE") == "Tail":
            headers.append(("X-Amz-Log-Result", result.log_tail))
        return "200 OK", [*headers, ("X-Amzn-Requestid", result.request_id)], result.payload

    async def _accept(self, region: str, function: str, qualifier: str | None, body: bytes) -> None:
        self._host.invoke_later(region, function, qualifier, body)

    def _on_loop(self, work: Any) -> Any:
        """Run a coroutine on the event loop from a thread of the endpoint, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def main() -> int:
    """Run the account in the foreground of this process; 1 when it can't start."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--gateway-port", type=int, default=0)
    parser.add_argument("--instances", type=int, default=2)
    parser.add_argument("--no-freeze", action="store_true")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--report-to", type=int, default=1, metavar="FD")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    limits = Limits(options.instances, not options.no_freeze, options.seed)
    report = os.fdopen(options.report_to, "w", encoding="utf-8")
    try:
        account = Account(
            options.home,
            port=options.port,
            gateway_port=options.gateway_port,
            access_key=os.environ.pop("EMBEDDED_AWS_ACCESS_KEY"),
            limits=limits,
        )
    except AccountError as error:
        print(json.dumps({"error": str(error)}), file=report, flush=True)
        return 1
    ready = {"port": account.endpoint.port}

    def say_ready() -> None:
        print(json.dumps(ready), file=report, flush=True)
        if options.report_to > 2:
            report.close()

    asyncio.run(account.run(say_ready))
    return 0


def _lambda_error(status: str, kind: str, message: str) -> Answer:
    content = json.dumps({"Type": "User", "message": message, "Message": message}).encode()
    return status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", kind)], content


def _port_message(error: BaseException, port: int) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else f"127.0.0.1:{port}"


if __name__ == "__main__":
    exit_code = main()
    logging.shutdown()
    # All is saved; to take a large account apart, object by object, would take longer than all before.
    os._exit(exit_code)
