"""Who plays in a walkthrough: a phone, a desk, an evaluator; each a client of the server alone."""

import base64
import hashlib
import hmac
import secrets
import time
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from app.walkthrough.report import WrongError


class Client:
    """Somebody who talks to the server over HTTP."""

    def __init__(self, http: httpx.AsyncClient, token: str = "") -> None:
        self.http = http
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def ask(
        self,
        method: str,
        path: str,
        *,
        status: int = 200,
        key: str | None = None,
        **given: Any,
    ) -> Any:
        """Send a request, insist on `status`, and return the decoded answer (bytes if no JSON).

        Args:
            key: the request's `Idempotency-Key`.
        """
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        answer = await self.http.request(method, path, headers=headers, **given)
        if answer.status_code != status:
            raise WrongError(
                f"{method} {path}: {answer.status_code}, not {status}: {answer.text[:400]}"
            )
        kind = answer.headers.get("Content-Type", "")
        return answer.json() if "json" in kind else answer.content

    async def get(self, path: str, **query: Any) -> Any:
        """Read something."""
        return await self.ask("GET", path, params=query)

    async def post(
        self, path: str, body: Any = None, *, status: int = 200, key: str | None = None
    ) -> Any:
        """Do something."""
        given = {} if body is None else {"json": body}
        return await self.ask("POST", path, status=status, key=key, **given)


class Phone(Client):
    """A citizen's phone with the mini program, in front of the sandbox's WeChat."""

    def __init__(self, http: httpx.AsyncClient, sandbox: httpx.AsyncClient, person: str) -> None:
        super().__init__(http)
        self.sandbox = sandbox
        self.person = person

    async def wx_login(self) -> str:
        """What `wx.login` does on a phone: a code that works once."""
        answer = await self.sandbox.post("/_sandbox/login-codes", json={"person": self.person})
        code: str = answer.raise_for_status().json()["code"]
        return code

    async def log_in(self) -> str:
        """Log in; returns the code that was used."""
        code = await self.wx_login()
        session = await self.post("/api/v1/citizens/log-in", {"code": code})
        self.headers = {"Authorization": f"Bearer {session['token']}"}
        return code

    async def subscribe(self, template_id: str, count: int = 1) -> None:
        """What `wx.requestSubscribeMessage` does: the person allows so many messages."""
        body = {"person": self.person, "template_id": template_id, "count": count}
        (await self.sandbox.post("/_sandbox/subscriptions", json=body)).raise_for_status()

    async def allow_messages(self, count: int) -> None:
        """Agree to `count` messages of every kind, at each moment at which the phone is asked."""
        asked: set[str] = set()
        for moment in ("submission", "correction", "case_page"):
            listed = (await self.get("/api/v1/notices/templates", at=moment))["items"]
            asked |= {template["template_id"] for template in listed}
        for template_id in sorted(asked):
            await self.subscribe(template_id, count)

    async def upload(self, name: str, content: bytes, status: int = 201) -> Any:
        """Send a photo."""
        files = {"file": (name, content, "application/octet-stream")}
        return await self.ask("POST", "/api/v1/materials", status=status, files=files)

    async def messages(self) -> list[dict[str, Any]]:
        """What WeChat has shown to everybody so far, oldest first."""
        found: list[dict[str, Any]] = (await self.sandbox.get("/_sandbox/sent")).json()
        return found


class Desk(Client):
    """A staff member at a screen."""

    @classmethod
    async def sign_in(cls, http: httpx.AsyncClient, login: str, password: str) -> "Desk":
        """Sign in with login name and password."""
        found = await Client(http).post(
            "/api/v1/staff/sign-in", {"login": login, "password": password}
        )
        return cls(http, found["token"])


class Evaluator(Client):
    """A device at a window: it signs each request with its own key (docs/decisions/0002)."""

    def __init__(self, http: httpx.AsyncClient, device_id: str, key: str) -> None:
        super().__init__(http)
        self.device_id = device_id
        self.key = base64.b64decode(key)

    def signature(
        self, method: str, path: str, body: bytes = b"", *, at: float | None = None
    ) -> dict[str, str]:
        """The four parts of a signature over a request, by the device's clock."""
        timestamp = str(int((at or time.time()) * 1000))
        nonce = secrets.token_urlsafe(12)
        digest = hashlib.sha256(body).hexdigest()
        message = f"{method}\n{path}\n{timestamp}\n{nonce}\n{digest}".encode()
        signed = base64.b64encode(hmac.digest(self.key, message, "sha256")).decode()
        return {
            "device": self.device_id,
            "timestamp": timestamp,
            "nonce": nonce,
            "signature": signed,
        }

    def socket_url(self, base: str) -> str:
        """The address of the live prompts, signed."""
        path = "/api/v1/devices/socket"
        return f"{base.replace('http', 'ws', 1)}{path}?{urlencode(self.signature('GET', path))}"

    async def rate(
        self,
        service_id: str,
        level: int,
        *,
        status: int = 201,
        event_id: str | None = None,
        tags: list[str] | None = None,
        signed: dict[str, str] | None = None,
    ) -> Any:
        """Deliver a tap; with `signed`, under that signature instead of a fresh one."""
        path = "/api/v1/ratings/device"
        body = msgspec.json.encode(
            {
                "event_id": event_id or str(uuid.uuid4()),
                "service_id": service_id,
                "level": level,
                "tags": tags or [],
                "happened_at": datetime.now(UTC),
            }
        )
        parts = signed or self.signature("POST", path, body)
        self.headers = {
            "Zhangban-Device": parts["device"],
            "Zhangban-Timestamp": parts["timestamp"],
            "Zhangban-Nonce": parts["nonce"],
            "Zhangban-Signature": parts["signature"],
            "Content-Type": "application/json",
        }
        self.last_signature = parts
        return await self.ask("POST", path, status=status, content=body)
