"""A service that confirms identities, as docs/real-name.md says it must behave.

It checks signatures with code of its own: of the hall it shares the key alone.
"""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import raw

KEY = "0123456789abcdef-shared"
APP = "hall-1"
PATH = "/identities/check"


@dataclass
class Registry:
    """Who is known by which number, and how the service misbehaves for the next question."""

    people: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    questions: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)

    def mac(self, *parts: str) -> str:
        return hmac.new(KEY.encode(), "\n".join(parts).encode(), "sm3").hexdigest()

    def wrong(self, request: Request) -> str:
        """Why a question is not believed; empty if it is."""
        moment, nonce = request.headers["zhangban-time"], request.headers["zhangban-nonce"]
        digest = hashlib.new("sm3", request.body).hexdigest()
        expected = self.mac("POST", PATH, moment, nonce, digest)
        if not hmac.compare_digest(expected, request.headers["zhangban-signature"]):
            return "signature"
        if request.headers["zhangban-app"] != APP:
            return "app"
        if abs(time.time() - int(moment)) > 300:
            return "time"
        if nonce in self.nonces:
            return "replayed"
        self.nonces.add(nonce)
        return ""

    def said(self, question: dict[str, Any]) -> dict[str, Any]:
        known = self.people.get(question["id_number"])
        result = "unknown" if known is None else "match"
        if known is not None and known != question["name"]:
            result = "mismatch"
        asked = question["request_id"] if self.fault != "other" else "another-question"
        return {"request_id": asked, "result": result, "reference": "R" * 100}


def create_registry() -> Sanic[Any, Any]:
    """The service, with its `Registry` in `app.ctx.registry`."""
    app: Sanic[Any, Any] = Sanic(f"registry-{time.monotonic_ns()}", configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.TOUCHUP = False
    registry = app.ctx.registry = Registry()

    @app.post(PATH)
    async def check(request: Request) -> HTTPResponse:
        wrong = registry.wrong(request)
        if wrong:
            registry.refused.append(wrong)
            return raw(b"", status=401)
        question = json.loads(request.body)
        registry.questions.append(question)
        if registry.fault == "slow":
            await asyncio.sleep(60)
        if registry.fault == "error":
            return raw(b"<html>", status=502)
        body = json.dumps(registry.said(question)).encode()
        if registry.fault == "nonsense":
            body = b'{"result": "yes"}'
        if registry.fault == "endless":
            body = body + b" " * 100_000
        signed = registry.mac(
            "200", request.headers["zhangban-nonce"], hashlib.new("sm3", body).hexdigest()
        )
        if registry.fault == "forged":
            body = body.replace(b"mismatch", b"match")
        headers = {} if registry.fault == "unsigned" else {"Zhangban-Signature": signed}
        return raw(body, headers=headers, content_type="application/json")

    return app
