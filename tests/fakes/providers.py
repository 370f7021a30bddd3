"""OpenAI and Mistral as they are asked about a key, on 127.0.0.1: whom they know, and what can go wrong."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What each says of a key that it does not know.
# Source: OpenAI, "Error codes"; Mistral AI, as its API answers.
UNKNOWN = {
    "openai": (
        401,
        {
            "error": {
                "message": "Incorrect API key provided: {key}. You can find your API key at ….",
                "type": "invalid_request_error",
                "param": None,
                "code": "invalid_api_key",
            }
        },
    ),
    "mistral": (401, {"detail": "Unauthorized"}),
}

# What an answer can be instead of one that is good: status and body.
REFUSALS = {
    "scope": (
        403,
        {
            "error": {
                "message": "You have insufficient permissions for this operation. Missing scopes: "
                "api.model.read. Check that you have the correct role in your organization.",
                "type": "invalid_request_error",
                "code": "missing_scope",
            }
        },
    ),
    "organisation": (
        401,
        {
            "error": {
                "message": "OpenAI-Organization header should match organization for API key",
                "type": "invalid_request_error",
                "code": "mismatched_organization",
            }
        },
    ),
    "quota": (
        429,
        {
            "error": {
                "message": "You exceeded your current quota, please check your plan and billing details.",
                "type": "insufficient_quota",
                "code": "insufficient_quota",
            }
        },
    ),
    "rate": (
        429,
        {
            "error": {
                "message": "Rate limit reached for requests",
                "type": "requests",
                "code": "rate_limit_exceeded",
            }
        },
    ),
    "credit": (402, {"object": "error", "message": "Payment required", "type": "payment_required"}),
    "country": (
        403,
        {
            "error": {
                "message": "Country, region, or territory not supported",
                "code": "unsupported_country_region_territory",
            }
        },
    ),
    "echo": (403, {"error": {"message": "Forbidden for {key}", "code": "{key}"}}),
    "few": (
        400,
        {
            "error": {
                "message": "Could not finish the message because max_tokens or model output limit was "
                "reached. Please try again with higher max_tokens.",
                "type": "invalid_request_error",
                "code": None,
            }
        },
    ),
    "model": (404, {"error": {"message": "The model does not exist", "code": "model_not_found"}}),
    "500": (500, {"error": {"message": "The server had an error", "type": "server_error", "code": None}}),
}
GARBAGE = b"<html>Please log in to this network</html>"
# More open brackets than a reader of JSON follows.
NESTED = b"[" * 200_000


class Providers:
    """Serves both providers until closed.

    `keys` are those that they know, `asked` holds each request as (provider, method, path, headers, body).
    `fault` is the name of what every request meets: one of REFUSALS, "redirect" (to a provider "elsewhere" on
    this same server), "garbage", "login" (garbage with status 200), "blocked-N" (garbage with status N),
    "bare-N" (nothing with status N), "nested", "cut" (half an answer), "drips" (a byte now and then, without
    an end) or "hangs".
    """

    def __init__(self, *keys):
        self.keys = set(keys)
        self.asked = []
        self.fault = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.environment = {
            "OPENAI_BASE_URL": f"{self.url}/openai/v1",
            "MISTRAL_SERVER_URL": f"{self.url}/mistral",
        }
        self._closing = threading.Event()
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def closes_within(self, seconds):
        """Wait for so long; return whether nobody waits any more."""
        return self._closing.wait(seconds)

    def hang(self):
        """Wait until nobody waits any more."""
        self._closing.wait()


def _handler(providers):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            _, provider, path = self.path.split("/", 2)
            asked = json.loads(body) if body else None
            providers.asked.append((provider, self.command, path, dict(self.headers), asked))
            match providers.fault:
                case "hangs":
                    providers.hang()
                case "redirect" if provider != "elsewhere":
                    self.answer(302, b"", Location=f"{providers.url}/elsewhere/v1/models")
                case "garbage":
                    self.answer(500, GARBAGE)
                case "login":
                    self.answer(200, GARBAGE)
                case "nested":
                    self.answer(200, NESTED)
                case str(fault) if fault.startswith("blocked-"):
                    self.answer(int(fault.removeprefix("blocked-")), GARBAGE)
                case str(fault) if fault.startswith("bare-"):
                    self.answer(int(fault.removeprefix("bare-")), b"")
                case "drips":
                    self.answer(200, b" ", length=10_000)
                    while not providers.closes_within(0.1):
                        self.wfile.write(b" ")
                case "cut":
                    self.answer(401, b"{", length=100)
                case None:
                    self.answer_well(provider, path, asked)
                case fault:
                    status, content = REFUSALS[fault]
                    key = self.headers.get("Authorization", "").removeprefix("Bearer ")
                    self.answer(status, json.dumps(content).replace("{key}", key).encode())

        do_POST = do_GET  # noqa: N815 - a name of http.server

        def answer_well(self, provider, path, asked):
            key = self.headers.get("Authorization", "").removeprefix("Bearer ")
            if key not in providers.keys:
                status, content = UNKNOWN[provider]
                # Neither says all of it; a proxy in between might.
                self.answer(status, json.dumps(content).replace("{key}", key).encode())
            elif (self.command, path) == ("GET", "v1/models"):
                models = [
                    {"id": "gpt-4o", "object": "model", "created": int(time.time()), "owned_by": "them"}
                ]
                self.answer(200, json.dumps({"object": "list", "data": models}).encode())
            elif (self.command, path) == ("POST", "v1/chat/completions") and asked["messages"]:
                choice = {
                    "index": 0,
                    "message": {"role": "assistant", "content": "1"},
                    "finish_reason": "length",
                }
                self.answer(200, json.dumps({"object": "chat.completion", "choices": [choice]}).encode())
            else:
                self.answer(404, b'{"error": {"code": "unknown_url"}}')

        def answer(self, status, body, length=None, **headers):
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(length or len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return Handler
