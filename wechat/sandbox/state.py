"""What the platform knows and does for one mini program."""

import asyncio
import itertools
import re
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from wechat.sandbox.clock import Clock
from wechat.sandbox.faults import Faults
from wechat.sandbox.moderation import Moderation, media_event
from wechat.sandbox.people import People, User
from wechat.sandbox.pushes import Pushes
from wechat.sandbox.quotas import Quotas
from wechat.sandbox.refusals import Refused
from wechat.sandbox.security import Security
from wechat.sandbox.tokens import Tokens
from wechat.sandbox.values import check_values

STATES = ("formal", "trial", "developer")
BUILDS = ("release", "trial", "develop")
_SCENE = re.compile(r"[0-9a-zA-Z!#$&'()*+,/:;=?@\-._~]+")


class Sent(msgspec.Struct, frozen=True):
    """A message that reached a user; `data` is key → text, `labels` key → what stands beside."""

    openid: str
    template_id: str
    data: dict[str, str]
    labels: dict[str, str]
    page: str | None
    state: str
    lang: str
    at: float


class Link(msgspec.Struct, frozen=True):
    """A URL link that was made; it ends at `ends`."""

    url: str
    path: str
    query: str
    ends: float


class Platform:
    """One mini program's platform. `pages` None: every well-formed page is published.

    `send_seconds` is how long one message is under way; a second one to the same user within that
    time is refused (43108).
    """

    def __init__(
        self,
        appid: str,
        secret: str,
        templates: Mapping[str, Mapping[str, str]],
        *,
        pages: Collection[str] | None = None,
        sensitive_words: Collection[str] = ("敏感词",),
        send_seconds: float = 0.01,
    ) -> None:
        self.appid = appid
        self._secret = secret
        self.templates = {key: dict(fields) for key, fields in templates.items()}
        self._pages = None if pages is None else frozenset(pages)
        self._sensitive_words = tuple(sensitive_words)
        self.send_seconds = send_seconds
        self.clock = Clock()
        self.tokens = Tokens(self.clock)
        self.people = People(self.clock, appid)
        self.faults = Faults()
        self.quotas = Quotas(self.clock)
        self.moderation = Moderation(self.clock, self.people)
        self.pushes = Pushes(self.clock, appid)
        self.security: Security | None = None
        self.links: list[Link] = []
        self.sent: list[Sent] = []
        self.calls: Counter[str] = Counter()
        self._message_ids = itertools.count(1_700_000_000_000_000_000)
        self._under_way: set[str] = set()

    def check_account(self, appid: Any, secret: Any, grant_type: Any, wanted: str) -> None:
        """Refuse a call with the wrong appid, secret or grant type."""
        if not appid:
            raise Refused(41002)
        if not secret:
            raise Refused(41004)
        if grant_type != wanted:
            raise Refused(40002)
        if appid != self.appid:
            raise Refused(40013)
        if secret != self._secret:
            raise Refused(40125)

    async def send(self, body: Mapping[str, Any]) -> None:
        """Deliver a subscribe message, or refuse it; a one-time subscription is used up by it."""
        user = self._addressee(body.get("touser"))
        template_id = body.get("template_id")
        fields = self.templates.get(template_id) if isinstance(template_id, str) else None
        if fields is None or not isinstance(template_id, str):
            raise Refused(40037)
        state = body.get("miniprogram_state", "formal")
        if state not in STATES:
            raise Refused(40097)
        page = body.get("page")
        if page is not None:
            self._check_page(str(page).partition("?")[0], published=state == "formal")
        values = check_values(body.get("data"), fields)
        if any(word in text for word in self._sensitive_words for text in values.values()):
            raise Refused(45168)
        with self._alone(user):
            await asyncio.sleep(self.send_seconds)
            self._use_subscription(user, template_id)
        lang = str(body.get("lang", "zh_CN"))
        now = self.clock.now()
        self.sent.append(Sent(user.openid, template_id, values, fields, page, state, lang, now))
        self._tell("sent", user, [_sent_entry(template_id, next(self._message_ids))])

    def answer_popup(self, user: User, choices: Mapping[str, str], *, long_term: bool) -> None:
        """The user answers the question about templates: `accept`, `reject` or `ban` for each."""
        for template_id, choice in choices.items():
            left = user.subscriptions.get(template_id, 0)
            if choice == "accept":
                user.subscriptions[template_id] = None if long_term or left is None else left + 1
        self._tell(
            "popup", user, [_choice(*each) | {"PopupScene": "0"} for each in choices.items()]
        )

    def refuse_later(self, user: User, template_ids: Iterable[str]) -> None:
        """The user turns messages off in the settings; nothing that was agreed to is left."""
        entries = []
        for template_id in template_ids:
            user.subscriptions[template_id] = 0
            entries.append(_choice(template_id, "reject"))
        self._tell("change", user, entries)

    def take_media(self, body: Mapping[str, Any]) -> str:
        """Take a picture in for a check; the trace_id under which the result is pushed."""
        user, url, trace_id = self.moderation.take_media(body)
        habits = self.pushes.habits

        async def judge() -> None:
            verdict = await self.moderation.look_at(url)
            self.moderation.note("image", user.openid, url, trace_id, verdict)
            event = media_event(
                self.appid,
                trace_id,
                verdict,
                without_errcode=self.pushes.happens(habits.without_errcode),
                label_as_text=self.pushes.happens(habits.label_as_text),
            )
            self.pushes.tell("wxa_media_check", user.openid, event, at_once=True)

        self.pushes.later(habits.delay, judge)
        return trace_id

    def make_link(self, body: Mapping[str, Any]) -> str:
        """A URL link for a page, its query and its life."""
        path, query = str(body.get("path") or ""), str(body.get("query") or "")
        build = body.get("env_version", "release")
        if build not in BUILDS:
            raise Refused(40097)
        if not re.fullmatch(r"[0-9a-zA-Z!#$&'()*+,/:;=?@\-._~%]{0,1024}", query):
            raise Refused(40212)
        try:
            self._check_page(path or "pages/index/index", published=build == "release")
        except Refused:
            raise Refused(40165) from None
        link = Link(f"https://wxaurl.cn/{secrets.token_urlsafe(8)}", path, query, self._ends(body))
        self.links.append(link)
        return link.url

    def _ends(self, body: Mapping[str, Any]) -> float:
        """When a link ends: by a time, or after so many days, at most thirty."""
        now, by_time = self.clock.now(), body.get("expire_type", 0) == 0
        given = body.get("expire_time" if by_time else "expire_interval")
        if not isinstance(given, int) or isinstance(given, bool):
            raise Refused(85401)
        ends = float(given) if by_time else now + given * 86_400
        if not now < ends <= now + 30 * 86_400:
            raise Refused(85401)
        return ends

    def _tell(self, scene: str, user: User, entries: list[dict[str, Any]]) -> None:
        """Push a subscribe event. Of a list, JSON has the thing itself if there is only one."""
        target = self.pushes.target
        more: dict[str, Any] = {"List": entries[0] if len(entries) == 1 else entries}
        if target and target.format == "xml":
            more = {f"SubscribeMsg{scene.capitalize()}Event": {"List": entries}}
        self.pushes.tell(f"subscribe_msg_{scene}_event", user.openid, more)

    def check_code(self, body: Mapping[str, Any]) -> tuple[str, str, int]:
        """Check what a mini-program code is asked for: its scene, page and width."""
        scene = body.get("scene")
        if not isinstance(scene, str) or not 1 <= len(scene) <= 32:
            raise Refused(40169)
        if not _SCENE.fullmatch(scene):
            raise Refused(40129)
        build = body.get("env_version", "release")
        width = body.get("width", 430)
        if build not in BUILDS or not isinstance(width, int) or not 280 <= width <= 1280:
            raise Refused(40097)
        page = str(body.get("page") or "pages/index/index")
        published = build == "release" and body.get("check_path", True) is not False
        self._check_page(page, published=published)
        return scene, page, width

    def _addressee(self, openid: Any) -> User:
        user = self.people.users.get(openid) if isinstance(openid, str) else None
        if user is None:
            raise Refused(40003)
        return user

    def _check_page(self, page: str, *, published: bool) -> None:
        if not re.fullmatch(r"[\w\-]+(/[\w\-]+)*", page, re.ASCII):
            raise Refused(41030)
        if published and self._pages is not None and page not in self._pages:
            raise Refused(41030)

    @contextmanager
    def _alone(self, user: User) -> Any:
        if user.openid in self._under_way:
            raise Refused(43108)
        self._under_way.add(user.openid)
        try:
            yield
        finally:
            self._under_way.discard(user.openid)

    def _use_subscription(self, user: User, template_id: str) -> None:
        if user.banned:
            raise Refused(43107)
        left = user.subscriptions.get(template_id, 0)
        if left == 0:
            raise Refused(43101)
        if left is not None:
            user.subscriptions[template_id] = left - 1


def _choice(template_id: str, choice: str) -> dict[str, Any]:
    return {"TemplateId": template_id, "SubscribeStatusString": choice}


def _sent_entry(template_id: str, message_id: int) -> dict[str, Any]:
    return {
        "TemplateId": template_id,
        "MsgID": str(message_id),
        "ErrorCode": "0",
        "ErrorStatus": "success",
    }
