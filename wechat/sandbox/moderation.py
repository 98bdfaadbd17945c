"""The platform's content check, by keyword: texts at once, pictures by a push later."""

import secrets
import time
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

import httpx
import msgspec

from wechat.sandbox.clock import Clock
from wechat.sandbox.people import People, User
from wechat.sandbox.refusals import Refused

NORMAL = 100
LARGEST = 10_000_000
ACTIVE = 7_200
LONGEST = 2_500
NOT_FETCHED = -1008

Kind = Literal["text", "image", "any"]


class Rule(msgspec.Struct, forbid_unknown_fields=True):
    """What contains `contains` (a text; of a picture its address) gets this verdict.

    An empty `contains` is in everything. It holds `times` in all (None: without end).
    """

    suggest: Literal["pass", "review", "risky"]
    contains: Annotated[str, msgspec.Meta(max_length=200)] = ""
    label: Annotated[int, msgspec.Meta(ge=0, le=999_999)] = 21000
    kind: Kind = "any"
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None


class Verdict(msgspec.Struct, frozen=True):
    """A finished check; `errcode` other than 0: the picture could not be fetched."""

    suggest: str
    label: int
    errcode: int = 0


class Checked(msgspec.Struct, frozen=True):
    """One check, for whoever looks at the sandbox."""

    at: float
    kind: str
    openid: str
    subject: str
    trace_id: str
    suggest: str
    label: int


def standard_rules() -> list[Rule]:
    """What the sandbox finds wrong without being told."""
    return [
        Rule("risky", "违禁词", 20006, "text"),
        Rule("review", "疑似词", 21000, "text"),
        Rule("risky", "risky", 20002, "image"),
        Rule("review", "review", 21000, "image"),
    ]


class Moderation:
    """The rules and the checks. `fetch`: pictures are really fetched, as the platform does."""

    def __init__(self, clock: Clock, people: People) -> None:
        self._clock = clock
        self._people = people
        self.rules = standard_rules()
        self.fetch = True
        self.checked: list[Checked] = []

    def add(self, rule: Rule) -> None:
        """Put a rule before those that are there."""
        self.rules.insert(0, rule)

    def check_text(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to a text's check; version 1 refuses instead of judging."""
        content = body.get("content")
        if not isinstance(content, str) or not 1 <= len(content) <= LONGEST:
            raise Refused(40097)
        if body.get("version") != 2:
            if self._judge("text", content).suggest == "risky":
                raise Refused(87014)
            return {"errcode": 0, "errmsg": "ok"}
        user = self._who(body)
        texts = [content, *(str(body[name]) for name in ("title", "nickname") if body.get(name))]
        verdict = self._judge("text", "\n".join(texts))
        trace_id = new_trace_id()
        self.note("text", user.openid, content, trace_id, verdict)
        result = {"suggest": verdict.suggest, "label": verdict.label}
        return {
            "errcode": 0,
            "errmsg": "ok",
            "detail": _detail(verdict),
            "trace_id": trace_id,
            "result": result,
        }

    def take_media(self, body: Mapping[str, Any]) -> tuple[User, str, str]:
        """Take a picture in for a check: the user, its address, and the new trace_id."""
        if body.get("version") != 2:
            raise Refused(40097)
        if body.get("media_type") not in (1, 2):
            raise Refused(40004)
        url = body.get("media_url")
        if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
            raise Refused(40097)
        return self._who(body), url, new_trace_id()

    async def look_at(self, url: str) -> Verdict:
        """The verdict on the picture at `url`, fetched unless `fetch` is off."""
        if self.fetch and not await _can_be_fetched(url):
            return Verdict("", 0, NOT_FETCHED)
        return self._judge("image", unquote(url))

    def note(self, kind: str, openid: str, subject: str, trace_id: str, verdict: Verdict) -> None:
        """Remember a check."""
        shown = verdict.suggest or f"errcode {verdict.errcode}"
        self.checked.append(
            Checked(self._clock.now(), kind, openid, subject, trace_id, shown, verdict.label)
        )
        del self.checked[:-500]

    def _who(self, body: Mapping[str, Any]) -> User:
        if body.get("scene") not in (1, 2, 3, 4):
            raise Refused(40097)
        user = self._people.users.get(str(body.get("openid")))
        if user is None:
            raise Refused(40003)
        if self._clock.now() - user.active_at > ACTIVE:
            raise Refused(61010)
        return user

    def _judge(self, kind: str, subject: str) -> Verdict:
        for rule in self.rules:
            if rule.kind in (kind, "any") and rule.contains in subject:
                if rule.times is not None:
                    rule.times -= 1
                    if rule.times == 0:
                        self.rules = [other for other in self.rules if other is not rule]
                return Verdict(rule.suggest, NORMAL if rule.suggest == "pass" else rule.label)
        return Verdict("pass", NORMAL)


def media_event(
    appid: str, trace_id: str, verdict: Verdict, *, without_errcode: bool, label_as_text: bool
) -> dict[str, Any]:
    """What `wxa_media_check` brings, in one of the forms in which it has been seen."""
    label: int | str = str(verdict.label) if label_as_text else verdict.label
    event: dict[str, Any] = {"appid": appid, "trace_id": trace_id, "version": 2}
    if verdict.errcode:
        return event | {"detail": [], "errcode": verdict.errcode, "errmsg": "download fail"}
    event["detail"] = _detail(verdict)
    if not without_errcode:
        event |= {"errcode": 0, "errmsg": "ok"}
    return event | {"result": {"suggest": verdict.suggest, "label": label}}


def new_trace_id() -> str:
    """A trace_id in the platform's form."""
    return f"{int(time.time()):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"


def _detail(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {
            "strategy": "content_model",
            "errcode": 0,
            "suggest": verdict.suggest,
            "label": verdict.label,
            "prob": 90,
        },
        {"strategy": "keyword", "errcode": 0},
    ]


async def _can_be_fetched(url: str) -> bool:
    got = 0
    try:
        async with (
            httpx.AsyncClient(timeout=10, follow_redirects=True) as http,
            http.stream("GET", url) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                return False
            async for chunk in answer.aiter_bytes():
                got += len(chunk)
                if got > LARGEST:
                    return False
    except httpx.HTTPError:
        return False
    return got > 0
