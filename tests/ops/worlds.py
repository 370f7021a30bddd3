"""What the tests of ops/ build: clients, small functions and HTTP APIs in a running account."""

import contextlib
import json
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops import images, packing
from ops.clients import Clients
from ops.embedded import account

REGION = "eu-west-3"

DOCKERFILE = """
FROM scratch
WORKDIR /var/task
ENV AWS_LWA_READINESS_CHECK_PATH=/healthz
ENV FROM_THE_IMAGE=yes
CMD ["python", "-m", "app"]
"""

# A function small enough to start in a blink that can do what goes wrong in life.
APP = """
import base64, http.server, json, os, sys, time, urllib.parse

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body, *headers):
        self.send_response(status)
        for name, value in headers or (("Content-Type", "application/json"),):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match url.path:
            case "/slow":
                time.sleep(float(query["s"]))
            case "/exit":
                print("about to leave", flush=True)
                os._exit(int(query.get("code", "3")))
            case "/big":
                return self.answer(200, b"x" * int(query["n"]), ("Content-Type", "text/plain"))
            case "/binary":
                return self.answer(200, bytes(range(256)), ("Content-Type", "image/png"))
            case "/cookies":
                return self.answer(204, b"", ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
            case "/hog":
                self.server.hog = bytearray(int(query["mb"]) * 1024 * 1024)
                time.sleep(2)
            case "/events":
                return self.answer(200, json.dumps({"event": json.loads(body)}).encode())
        if url.path != "/healthz":
            print("served", url.path, flush=True)
        seen = {
            "pid": os.getpid(), "method": self.command, "path": self.path,
            "headers": {k.lower(): v for k, v in self.headers.items()},
            "body": base64.b64encode(body).decode(), "environment": dict(os.environ), "cwd": os.getcwd(),
        }
        self.answer(200, json.dumps(seen).encode())

    do_GET = do_POST = do_PUT = do_DELETE = do

    def log_message(self, *_):
        pass

if os.environ.get("BROKEN") == "exit":
    sys.exit("no way to start")
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["AWS_LWA_PORT"])), Handler).serve_forever()
"""


# Answers what a smoke test asks, and which key it holds as app/keys.py does. What it does when users ask is
# in its first line.
PAGE = """
BEHAVIOUR = "{behaviour}"
import hashlib, hmac, http.server, json, os, sys, time

def held(name):
    if BEHAVIOUR == "lies":
        return "another"
    if where := os.environ.get(name + "_PARAMETER"):
        import boto3
        ssm = boto3.client("ssm")
        return ssm.get_parameter(Name=where, WithDecryption=True)["Parameter"]["Value"]
    return os.environ.get(name)

def proof(event):
    key, salt = held(event["name"]), bytes.fromhex(event["salt"])
    if not key:
        return {{"status": "absent"}}
    return {{"fingerprint": hmac.new(salt, key.encode(), hashlib.sha256).hexdigest()}}

class Handler(http.server.BaseHTTPRequestHandler):
    def do(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind, answer = "application/json", {{"status": "ok"}}
        if self.path == "/events":
            answer["version"] = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
            answer["status"] = "the page raised" if BEHAVIOUR == "unsound" else "ok"
            event = json.loads(body)
            if event["type"] == "key":
                answer.update(proof(event))
        elif self.path == "/_stcore/health" and BEHAVIOUR == "hangs":
            time.sleep(60)
        elif self.path == "/":
            kind, answer = "text/html", "<script></script>"
        elif self.path == "/used":
            if BEHAVIOUR == "dies":
                os._exit(3)
            if BEHAVIOUR == "complains":
                print(json.dumps({{"level": "ERROR", "message": "the page broke"}}), flush=True)
            answer = {{"key": os.environ.get("KEY") or held("OPENAI_API_KEY"), "behaviour": BEHAVIOUR}}
        data = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do

    def log_message(self, *_):
        pass

if BEHAVIOUR == "crashes":
    sys.exit("no way to start")
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["AWS_LWA_PORT"])), Handler).serve_forever()
"""


@dataclass(frozen=True)
class World:
    """A running account and clients of it."""

    account: account.Account
    clients: Clients


@dataclass(frozen=True)
class Function:
    """A deployed function, behind an HTTP API when `url` is there."""

    name: str
    arn: str
    image_uri: str
    log_group: str
    url: str = ""


def write_repository(root: Path, app: str, dockerfile: str = DOCKERFILE) -> None:
    """Write a repository with one module."""
    for directory in ("app", "requirements"):
        (root / directory).mkdir(parents=True)
    (root / "app" / "__main__.py").write_text(app)
    for empty in ("app/__init__.py", "requirements/app.txt", "requirements/lean.py"):
        (root / empty).write_text("")
    (root / "Dockerfile").write_text(dockerfile)


def push_image(clients: Clients, root: Path, app: str, *, name: str | None = None) -> str:
    """Pack a repository with one module into an image and push it; return its URI by digest."""
    write_repository(root, app)
    name = name or f"repository-{uuid.uuid4().hex[:8]}"
    uri = images.ensure_repository(clients.ecr, name=name)
    return packing.push(clients.ecr, images.content(root), name=name, repository_uri=uri).uri


def make_function(clients: Clients, image_uri: str, **configuration: object) -> Function:
    """Create a function with a role and a log group of its own, as the stack would."""
    name = f"function-{uuid.uuid4().hex[:8]}"
    group = f"/aws/lambda/{name}"
    clients.logs.create_log_group(logGroupName=group)
    created = clients.lambda_.create_function(
        **{
            "FunctionName": name,
            "Role": make_role(clients),
            "PackageType": "Image",
            "Code": {"ImageUri": image_uri},
            "MemorySize": 256,
            "Timeout": 30,
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": group},
            **configuration,
        }
    )
    return Function(name, created["FunctionArn"], image_uri, group)


def make_api(
    clients: Clients, function: Function, *, qualifier: str = "", permit: bool = True, **stage: object
) -> Function:
    """Put a function behind an HTTP API with the route $default."""
    apis = clients.client("apigatewayv2")
    arn = function.arn + (f":{qualifier}" if qualifier else "")
    cors = stage.pop("cors", None)
    api = apis.create_api(
        Name=function.name, ProtocolType="HTTP", **({"CorsConfiguration": cors} if cors else {})
    )
    timeout = {"TimeoutInMillis": stage.pop("timeout_ms")} if "timeout_ms" in stage else {}
    integration = apis.create_integration(
        ApiId=api["ApiId"],
        IntegrationType="AWS_PROXY",
        IntegrationUri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
        PayloadFormatVersion="2.0",
        **timeout,
    )
    target = f"integrations/{integration['IntegrationId']}"
    apis.create_route(ApiId=api["ApiId"], RouteKey="$default", Target=target)
    apis.create_stage(ApiId=api["ApiId"], StageName="$default", AutoDeploy=True, **stage)
    if permit:
        clients.lambda_.add_permission(
            FunctionName=function.name,
            StatementId="gateway",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:123456789012:{api['ApiId']}/*/*",
            **({"Qualifier": qualifier} if qualifier else {}),
        )
    return Function(function.name, function.arn, function.image_uri, function.log_group, api["ApiEndpoint"])


def make_role(clients: Clients) -> str:
    """Create a role that Lambda may assume and return its ARN."""
    name = f"role-{uuid.uuid4().hex[:8]}"
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    return clients.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]


def clients_of(running: account.Account) -> Clients:
    """Clients of a running account."""
    return Clients(region=REGION, environment=account.environment(running, REGION))


def clients_at(endpoint: str) -> Clients:
    """Clients of whatever answers at an address."""
    environment = {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    return Clients(region=REGION, environment=environment)


def unpacked(running: account.Account) -> set[str]:
    """The modules of the images that are unpacked whole: until then, their directories have other names."""
    modules = (running.home / "code").glob(f"{'[0-9a-f]' * 32}/var/task/app/__main__.py")
    return {module.read_text() for module in modules}


@contextlib.contextmanager
def fault(running: account.Account, action: str, kind: str, **more: object) -> Iterator[None]:
    """Let an action of the account go wrong (ops/embedded/faults.py) while the block runs."""
    content = {"action": action, "fault": kind, **more}
    faults(running, "POST", content)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # the fault may have been the account's end
            faults(running, "DELETE")


def faults(running: account.Account, method: str, content: object = None) -> list[dict[str, Any]]:
    """Ask the account for its faults, after changing them."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(
        running.endpoint + account.FAULTS_PATH,
        headers={"Authorization": f"Bearer {running.access_key}"},
        data=json.dumps(content).encode() if content else None,
        method=method,
    )
    with opener.open(request, timeout=60) as response:
        return json.load(response)


def eventually(condition: Callable[[], object], *, within_s: float = 60, every_s: float = 0.05) -> bool:
    """Wait until something is so; False when it is not in time, which failures alone wait for."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(every_s)
    return False
