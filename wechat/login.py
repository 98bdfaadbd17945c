"""A login code becomes an identity, once."""

import hashlib
import logging
import re

from redis.asyncio import Redis

from wechat.client import WeChat, WeChatSession
from wechat.errors import CodeInvalid, CodeUsed
from wechat.shared import RedisAway, ask

log = logging.getLogger(__name__)

CODE_LIVES = 300
"""Seconds for which the platform honours a login code, and for which its claim is kept."""

_CODE = re.compile(r"[\x21-\x7e]{1,256}")


class WeChatIdentity(WeChatSession, frozen=True):
    """Who logged in. `session_key` stays on the server."""


async def exchange(client: WeChat, redis: "Redis | None", js_code: str) -> WeChatIdentity:
    """The identity behind a code of `wx.login`.

    The code is claimed before the platform is asked, and stays claimed whatever comes back: after
    a timeout the platform may have used it up, so the phone logs in anew. While Redis is down the
    platform's own single use is the guard.

    Raises:
        CodeUsed: this code was here before, or the platform has seen it.
        CodeInvalid, HighRiskUser, TooOften, PlatformDown: as the platform answers.
    """
    if not _CODE.fullmatch(js_code):
        raise CodeInvalid
    await _claim(client.appid, redis, js_code)
    session = await client.code_to_session(js_code)
    return WeChatIdentity(
        openid=session.openid, unionid=session.unionid, session_key=session.session_key
    )


async def _claim(appid: str, redis: "Redis | None", js_code: str) -> None:
    if redis is None:
        return
    digest = hashlib.sha256(js_code.encode()).hexdigest()
    try:
        key = f"wechat:{appid}:code:{digest}"
        claimed = await ask(redis.set(key, b"1", nx=True, ex=CODE_LIVES))
    except RedisAway as away:
        log.warning("wechat login: code not claimed, redis is away (%s)", away)
        return
    if not claimed:
        raise CodeUsed
