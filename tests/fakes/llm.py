"""OpenAI and Mistral on 127.0.0.1: their chat completions, whole and as streams, and what can go wrong.

Both refuse what the real ones refuse (`llm_requests`) and answer from annotations (`llm_gold`). In a thread
of the test that looks into what was asked, or as a process of its own:

    python -m tests.fakes.llm LATENCY_S REPORTS.json

which writes its address on its first line and stops when its standard input is closed.
"""

import asyncio
import contextlib
import json
import socket
import sys
import threading
import time
from collections import deque
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.fakes import llm_gold
from tests.fakes.llm_requests import KEYS, MODELS, Refused, check, check_key

# What an answer can be instead of one that is good; `Refused` is told by status, code and words.
REFUSALS = {
    "key": Refused(401, "invalid_api_key", "Incorrect API key provided: sk-fake-*******nai"),
    "rate": Refused(429, "rate_limit_exceeded", "Rate limit reached", retry_after="7"),
    "rate-for-long": Refused(429, "rate_limit_exceeded", "Rate limit reached", retry_after="3600"),
    "rate-silent": Refused(429, "rate_limit_exceeded", "Rate limit reached"),
    "quota": Refused(429, "insufficient_quota", "You exceeded your current quota", retry_after="1"),
    "credit": Refused(402, "payment_required", "Payment required"),
    "too-long": Refused(400, "context_length_exceeded", "This model's maximum context length is 128000"),
    "too-large": Refused(400, "3051", "Prompt contains 200000 tokens, too large for model"),
    "filter": Refused(400, "content_filter", "The response was filtered"),
    "model": Refused(404, "model_not_found", "The model does not exist"),
    "schema": Refused(400, "invalid_value", "response_format is not supported"),
    "500": Refused(500, "server_error", "The server had an error"),
    "503": Refused(503, "overloaded", "Overloaded"),
}
ENDS = {"length": "length", "filtered": "content_filter"}
PIECE = 24
SLOW_S = 30


class LanguageModels:
    """Serves both providers until closed.

    `keys` are those that each knows, by its name. `asked` holds each request as (provider, body, headers),
    `most_at_once` how many were answered together. `faults` are names of what the next requests meet, `edit`
    changes an answer before it is written. While it is `held`, a streamed answer stops half-way.
    """

    held = False

    def __init__(self, reports, latency_s=0.0, piece_s=0.0):
        self.reports, self.latency_s, self.piece_s = dict(reports), latency_s, piece_s
        self.keys = {provider: {key} for provider, key in KEYS.items()}
        self.forget()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.openai_url, self.mistral_url = f"{self.url}/openai/v1", f"{self.url}/mistral"
        self._server = uvicorn.Server(
            uvicorn.Config(self._app(), log_config=None, timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)

    def forget(self):
        """Begin anew: nothing asked, nothing wrong."""
        self.asked, self.faults = [], deque()
        self.edit = lambda answer: answer
        # A set of its own for each beginning: what was slow before is no part of it.
        self._running = set()
        self.most_at_once = self.hung_up = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def _app(self):
        return Starlette(
            routes=[
                Route("/{provider}/v1/chat/completions", self._completions, methods=["POST"]),
                Route("/{provider}/v1/models", self._models),
            ]
        )

    async def _models(self, request):
        """What rotation asks of a key."""
        provider = request.path_params["provider"]
        try:
            check_key(self.keys[provider], request.headers)
        except Refused as refusal:
            return _refusal(provider, refusal)
        models = [{"id": name, "object": "model", "created": 1} for name in MODELS[provider]]
        return JSONResponse({"object": "list", "data": models})

    async def _completions(self, request):
        running = self._running
        running.add(request)
        self.most_at_once = max(self.most_at_once, len(running))
        try:
            return await self._answer(request.path_params["provider"], request)
        except Refused as refusal:
            return _refusal(request.path_params["provider"], refusal)
        finally:
            running.discard(request)

    async def _answer(self, provider, request):
        body = await request.json()
        self.asked.append((provider, body, dict(request.headers)))
        check_key(self.keys[provider], request.headers)
        check(provider, body)
        fault = self.faults.popleft() if self.faults else None
        if fault in REFUSALS:
            raise REFUSALS[fault]
        await asyncio.sleep(SLOW_S if fault == "slow" else self.latency_s)
        if fault == "page":
            return HTMLResponse("<html>a proxy says hello</html>")
        if fault == "redirect":
            return RedirectResponse("http://127.0.0.1:9/elsewhere", status_code=307)
        if fault == "reset":
            return _Cut()
        content, end = self._content(body, fault)
        if body.get("stream"):
            return StreamingResponse(self._events(body, content, end, fault), media_type="text/event-stream")
        return JSONResponse(_completion(body, content, end))

    def _content(self, body, fault):
        schema = body["response_format"]["json_schema"]["schema"]
        answer = llm_gold.answer(self.reports, body["messages"][1]["content"], schema)
        content = llm_gold.written(self.edit(answer))
        if fault == "refused":
            return {"refusal": "I can't help with that."}, "stop"
        if fault == "not-json":
            return {"content": "Voici ce que j'ai trouvé : rien."}, "stop"
        if fault == "other-json":
            return {"content": '{"age": "soixante"}'}, "stop"
        cut = len(content) // 2 if fault in ENDS else len(content)
        return {"content": content[:cut]}, ENDS.get(fault, "stop")

    async def _events(self, body, content, end, fault):
        (name, text), *_ = content.items()
        try:
            for start in range(0, len(text), PIECE):
                if fault == "cut" and start > len(text) // 2:
                    raise ConnectionAbortedError
                if fault == "told" and start > len(text) // 2:
                    yield 'data: {"error": {"message": "boom", "type": "server_error", "code": null}}\n\n'
                    return
                while self.held and start > len(text) // 2:
                    # A sign of life, as servers send them: what came before is told with it.
                    yield _event(body, {name: ""}, None)
                    await asyncio.sleep(0.1)
                yield _event(body, {name: text[start : start + PIECE]}, None)
                await asyncio.sleep(self.piece_s)
            yield _event(body, {}, end)
            yield "data: [DONE]\n\n"
        except asyncio.CancelledError:
            self.hung_up += 1
            raise


class _Cut(Response):
    """Promises a body and hangs up."""

    async def __call__(self, _scope, _receive, send):
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"id":', "more_body": True})
        raise ConnectionAbortedError


def _refusal(provider, refusal):
    told = {"message": refusal.message, "type": refusal.code, "param": None, "code": refusal.code}
    body = {"error": told} if provider == "openai" else {"object": "error", **told}
    return JSONResponse(body, status_code=refusal.status, headers=refusal.headers)


def _completion(body, content, end):
    message = {"role": "assistant", "content": None, **content}
    return {
        **_head(body, "chat.completion"),
        "choices": [{"index": 0, "message": message, "finish_reason": end}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def _event(body, delta, end):
    choice = {"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": end}
    return f"data: {json.dumps({**_head(body, 'chat.completion.chunk'), 'choices': [choice]})}\n\n"


def _head(body, kind):
    return {"id": "c1", "object": kind, "created": 1, "model": body["model"]}


def main(latency_s, reports):
    """Serve until standard input ends."""
    with LanguageModels(json.loads(Path(reports).read_text(encoding="utf-8")), float(latency_s)) as models:
        print(models.url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
