"""What the platform knows and does for one mini program."""

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from wechat.sandbox.clock import Clock, Limit
from wechat.sandbox.faults import Faults
from wechat.sandbox.people import People, User
from wechat.sandbox.refusals import Refused
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
        self.sent: list[Sent] = []
        self.calls: Counter[str] = Counter()
        self._codes_a_minute = Limit(self.clock, 5_000, 60)
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

    def check_code(self, body: Mapping[str, Any]) -> tuple[str, str, int]:
        """Check what a mini-program code is asked for: its scene, page and width."""
        if not self._codes_a_minute.allows():
            raise Refused(45009)
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
