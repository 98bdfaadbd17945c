"""The platform's server API, as the house uses it: one async client for each worker."""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from redis.asyncio import Redis

from app.settings import Settings
from wechat.errors import PlatformDown, WeChatError
from wechat.fields import text_of
from wechat.signing import Signer

if TYPE_CHECKING:
    from wechat.transport import Transport

OFFICIAL = "https://api.weixin.qq.com"

_BAD_SESSION_SIGNATURE = 87009


class WeChatSession(msgspec.Struct, frozen=True):
    """What a login code stands for. `session_key` never leaves the server, nor its repr."""

    openid: str
    unionid: str | None
    session_key: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}(openid={self.openid!r})"


class PhoneNumber(msgspec.Struct, frozen=True):
    """A phone number: `full` as the platform gives it, `local` without the country code."""

    full: str
    local: str
    country_code: str

    def __repr__(self) -> str:
        return "PhoneNumber(…)"


class WeChat:
    """One mini program's access to the platform. Every method raises only `WeChatError`s.

    Times are seconds. Without `redis` each process keeps its own access token. Close it with
    `aclose` in the loop in which it was used; `redis` stays the caller's. A `base_url` that is no
    http address is a ValueError at once. With a `signer`, the calls that take it are signed and
    encrypted (`wechat.signing`).
    """

    def __init__(
        self,
        *,
        appid: str,
        secret: str,
        redis: "Redis | None" = None,
        base_url: str = OFFICIAL,
        timeout: float = 8.0,
        now: Callable[[], float] = time.time,
        signer: Signer | None = None,
    ) -> None:
        self.appid = appid
        self.timeout = timeout
        self.now = now
        self._opened: Transport | None = None
        self._given: dict[str, Any] = {
            "appid": appid,
            "secret": secret,
            "redis": redis,
            "base_url": _checked(base_url),
            "timeout": timeout,
            "now": now,
            "signer": signer,
        }

    @classmethod
    def from_settings(cls, settings: Settings, redis: "Redis | None" = None) -> "WeChat":
        """The client for the mini program and the platform (or sandbox) of the settings.

        Raises:
            SettingsError: `wechat_signing` is on, and a key of it is missing or wrong.
        """
        return cls(
            appid=settings.wechat_appid,
            secret=settings.wechat_secret,
            redis=redis,
            base_url=settings.wechat_base_url,
            timeout=settings.wechat_timeout,
            signer=Signer.from_settings(settings),
        )

    @property
    def _transport(self) -> "Transport":
        if self._opened is None:
            # wechatpy brings some megabytes along: loaded with the first call to the platform.
            from wechat.transport import Transport  # noqa: PLC0415

            self._opened = Transport(**self._given)
        return self._opened

    async def aclose(self) -> None:
        """Close the connections to the platform."""
        if self._opened is not None:
            await self._opened.aclose()

    async def code_to_session(self, js_code: str) -> WeChatSession:
        """Exchange a code of `wx.login`; call it through `wechat.login`, which guards replays.

        Never repeat it: the platform takes a code once, and an unanswered call may have used it.

        Raises:
            CodeInvalid, CodeUsed, HighRiskUser, TooOften, PlatformDown
        """
        answer = await self._transport.wxa.code_to_session(js_code)
        unionid = answer.get("unionid") if isinstance(answer, dict) else None
        return WeChatSession(
            openid=text_of(answer, "openid"),
            unionid=unionid if isinstance(unionid, str) and unionid else None,
            session_key=text_of(answer, "session_key"),
        )

    async def send_subscribe_message(
        self,
        openid: str,
        template_id: str,
        data: Mapping[str, str],
        *,
        page: str | None = None,
        state: str = "formal",
        lang: str = "zh_CN",
    ) -> None:
        """Send one message as given; `wechat.messages.send` fits the values first.

        `state` is the build that opens: `formal`, `trial` or `developer`.

        Raises:
            NotSubscribed, InvalidUser, BadTemplate, ValueDoesNotFit, BadPage, Banned,
            SeveralAtOnce, SensitiveWord, QuotaUsedUp, PlatformDown
        """
        values = {key: {"value": value} for key, value in data.items()}
        await self._transport.wxa.subscribe_send(
            openid, template_id, values, page=page, state=state, lang=lang
        )

    async def get_unlimited_qrcode(
        self,
        scene: str,
        page: str,
        *,
        env_version: str = "release",
        width: int = 430,
        check_path: bool = True,
    ) -> bytes:
        """The picture (JPEG or PNG) of a mini-program code; `wechat.codes` checks first.

        `env_version`: `release`, `trial` or `develop`; `width` 280 to 1280 pixels. With
        `check_path` the page must be in the published version.

        Raises:
            BadScene, BadPage, QuotaUsedUp, PlatformDown
        """
        picture = await self._transport.wxa.unlimited_code(
            scene=scene, page=page, env_version=env_version, width=width, check_path=check_path
        )
        if not isinstance(picture, bytes):
            raise PlatformDown
        return picture

    async def phone_number(self, code: str, openid: str | None = None) -> PhoneNumber:
        """The number behind a code of the phone-number button (not the login code).

        Raises:
            CodeInvalid, TooOften, PlatformDown
        """
        answer = await self._transport.wxa.phone_number(code, openid)
        info = answer.get("phone_info") if isinstance(answer, dict) else None
        if not isinstance(info, dict) or text_of(info.get("watermark"), "appid") != self.appid:
            raise PlatformDown
        return PhoneNumber(
            full=text_of(info, "phoneNumber"),
            local=text_of(info, "purePhoneNumber"),
            country_code=str(info.get("countryCode", "")),
        )

    async def check_text(
        self, openid: str, scene: int, content: str, title: str | None, nickname: str | None
    ) -> dict[str, Any]:
        """The platform's answer about a text; `wechat.moderation` checks first and reads it.

        Raises:
            UserNotActive, InvalidUser, QuotaUsedUp, TooOften, PlatformDown
        """
        answer: dict[str, Any] = await self._transport.wxa.text_check(
            openid=openid, scene=scene, content=content, title=title, nickname=nickname
        )
        return answer

    async def check_media(self, openid: str, scene: int, url: str, media_type: int) -> str:
        """Ask for a check of what is at `url`; the trace_id. See `wechat.moderation`.

        Raises:
            UserNotActive, InvalidUser, QuotaUsedUp, TooOften, PlatformDown
        """
        answer = await self._transport.wxa.media_check(
            openid=openid, scene=scene, media_url=url, media_type=media_type
        )
        return text_of(answer, "trace_id")

    async def generate_url_link(self, path: str, query: str, *, env_version: str, days: int) -> str:
        """A link that opens `path` with `query` for `days` days (1 to 30); see `wechat.links`.

        Raises:
            BadPage, BadQuery, BadExpiry, NotPublished, QuotaUsedUp, TooOften, PlatformDown
        """
        answer = await self._transport.wxa.url_link(
            path=path,
            query=query or None,
            env_version=env_version,
            expire_type=1,
            expire_interval=days,
        )
        return text_of(answer, "url_link")

    async def check_session(self, openid: str, signature: str) -> bool:
        """Whether the session key behind `signature` is valid; call it through `wechat.login`.

        Raises:
            InvalidUser, PlatformDown
        """
        try:
            await self._transport.wxa.check_session(openid, signature)
        except WeChatError as error:
            if error.errcode == _BAD_SESSION_SIGNATURE:
                return False
            raise
        return True


def _checked(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("wechat_base_url: an http or https address is wanted")
    return base_url.rstrip("/")
