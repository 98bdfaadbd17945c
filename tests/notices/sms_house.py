"""A stand-in of the SMS provider's HTTP API, written from its documentation alone.

It shares no line with the client: it checks each signature from the request as it came, refuses
used nonces and old clocks, keeps what it took with its `OutId`, and can have bad days.
"""

import asyncio
import hashlib
import hmac
import random
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

from sanic import HTTPResponse, Request, Sanic
from sanic.response import html, json

KEY, SECRET = "test-access-key", "test-access-secret"
SIGN = "青河县政务"
TEMPLATES = {"reminder": "SMS_1", "ready": "SMS_2", "invitation": "SMS_3"}
MESSAGES = {
    "isv.BUSINESS_LIMIT_CONTROL": "触发分钟级流控Permits:1",
    "isv.AMOUNT_NOT_ENOUGH": "账户余额不足",
    "isv.MOBILE_NUMBER_ILLEGAL": "号码不合法",
    "SignatureDoesNotMatch": "Specified signature is not matched with our calculation.",
}


@dataclass
class Taken:
    """A text that was taken."""

    phone: str
    template: str
    params: str
    out_id: str
    at: datetime


@dataclass
class SmsHouse:
    """What the provider knows. `refuse` are codes (and messages) for the next calls of SendSms.

    `bad` is the share of calls, 0 to 1, that meet a fault by chance: an error page, a busy
    service, or an answer that is lost after the text was taken.
    """

    taken: list[Taken] = field(default_factory=list)
    refuse: list[tuple[str, str] | str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    nonces: set[str] = field(default_factory=set)
    bad: float = 0.0
    lose: int = 0
    slow_seconds: float = 5.0
    ahead: timedelta = timedelta()
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def app(self) -> Sanic[Any, Any]:
        """The application."""
        app: Sanic[Any, Any] = Sanic(f"sms-{secrets.token_hex(6)}", configure_logging=False)
        app.config.ACCESS_LOG = False
        app.config.TOUCHUP = False
        app.add_route(self._serve, "/", methods=["POST"])
        app.add_route(self._list, "/taken", methods=["GET"])
        return app

    async def _list(self, _: Request) -> HTTPResponse:
        return json([{"phone": text.phone, "out_id": text.out_id} for text in self.taken])

    async def _serve(self, request: Request) -> HTTPResponse:
        action = request.headers.get("x-acs-action", "")
        self.calls[action] += 1
        wrong = self._wrong(request)
        if wrong:
            return _refused(wrong, 400)
        query = dict(parse_qsl(request.query_string, keep_blank_values=True))
        if action == "QuerySendDetails":
            return self._details(query)
        if action != "SendSms":
            return _refused("InvalidAction.NotFound", 404)
        fault = "lost" if self.lose else self._fault()
        if fault == "page":
            return html("<html>502 Bad Gateway</html>", 502)
        if fault == "busy":
            return _refused("isp.SYSTEM_ERROR", 200)
        answer = self._send(query)
        if fault == "lost":
            self.lose = max(self.lose - 1, 0)
            await asyncio.sleep(self.slow_seconds)
        return answer

    def _fault(self) -> str | None:
        if self.chance.random() >= self.bad:
            return None
        return self.chance.choice(["page", "busy", "lost"])

    def _send(self, query: dict[str, str]) -> HTTPResponse:
        if self.refuse:
            given = self.refuse.pop(0)
            code, said = given if isinstance(given, tuple) else (given, None)
            return _refused(code, 200, said)
        if not query.get("PhoneNumbers", "").isdigit() or len(query["PhoneNumbers"]) != 11:
            return _refused("isv.MOBILE_NUMBER_ILLEGAL", 200)
        if query.get("SignName") != SIGN:
            return _refused("isv.SMS_SIGNATURE_ILLEGAL", 200)
        if query.get("TemplateCode") not in TEMPLATES.values():
            return _refused("isv.SMS_TEMPLATE_ILLEGAL", 200)
        self.taken.append(
            Taken(
                query["PhoneNumbers"],
                query["TemplateCode"],
                query["TemplateParam"],
                query["OutId"],
                self.now(),
            )
        )
        number = f"{len(self.taken):018d}^0"
        return json({"Code": "OK", "Message": "OK", "BizId": number, "RequestId": _request_id()})

    def _details(self, query: dict[str, str]) -> HTTPResponse:
        day = query["SendDate"]
        found = [
            {"OutId": text.out_id, "PhoneNum": text.phone, "SendStatus": 3}
            for text in self.taken
            if text.phone == query["PhoneNumber"]
            and f"{text.at + timedelta(hours=8):%Y%m%d}" == day
        ]
        size, page = int(query["PageSize"]), int(query["CurrentPage"])
        listed = found[(page - 1) * size : page * size]
        return json(
            {
                "Code": "OK",
                "Message": "OK",
                "TotalCount": len(found),
                "SmsSendDetailDTOs": {"SmsSendDetailDTO": listed},
                "RequestId": _request_id(),
            }
        )

    def now(self) -> datetime:
        """The provider's clock, which a test may move with the house's."""
        return datetime.now(UTC) + self.ahead

    def _wrong(self, request: Request) -> str | None:
        """Why the request is not let in: its key, clock, nonce or signature."""
        given = request.headers
        scheme, _, rest = given.get("authorization", "").partition(" ")
        parts = dict(part.partition("=")[::2] for part in rest.split(","))
        if scheme != "ACS3-HMAC-SHA256" or set(parts) != {
            "Credential",
            "SignedHeaders",
            "Signature",
        }:
            return "IncompleteSignature"
        if parts["Credential"] != KEY:
            return "InvalidAccessKeyId.NotFound"
        sent = datetime.strptime(given["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs(datetime.now(UTC) - sent) > timedelta(minutes=15):
            return "InvalidTimeStamp.Expired"
        if given["x-acs-content-sha256"] != hashlib.sha256(request.body).hexdigest():
            return "SignatureDoesNotMatch"
        names = parts["SignedHeaders"].split(";")
        must = {name.lower() for name in given if name.lower().startswith("x-acs-")} | {"host"}
        if names != sorted(names) or not must <= set(names):
            return "SignatureDoesNotMatch"
        if not hmac.compare_digest(parts["Signature"], _signature(request, names)):
            return "SignatureDoesNotMatch"
        if given["x-acs-signature-nonce"] in self.nonces:
            return "SignatureNonceUsed"
        self.nonces.add(given["x-acs-signature-nonce"])
        return None


def _signature(request: Request, names: list[str]) -> str:
    pairs = sorted(parse_qsl(request.query_string, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    lines = [
        request.method,
        request.path,
        query,
        *(f"{name}:{request.headers[name].strip()}" for name in names),
        "",
        ";".join(names),
        hashlib.sha256(request.body).hexdigest(),
    ]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    to_sign = f"ACS3-HMAC-SHA256\n{digest}".encode()
    return hmac.new(SECRET.encode(), to_sign, hashlib.sha256).hexdigest()


def _refused(code: str, status: int, said: str | None = None) -> HTTPResponse:
    message = said or MESSAGES.get(code, code)
    return json({"Code": code, "Message": message, "RequestId": _request_id()}, status)


def _request_id() -> str:
    return secrets.token_hex(16).upper()
