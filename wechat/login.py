"""A login code becomes an identity, once; and what the identity's session key is good for."""

import base64
import hashlib
import hmac
import json
import logging
import re
import time
from typing import Any

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.padding import PKCS7
from redis.asyncio import Redis

from wechat.client import WeChat, WeChatSession
from wechat.errors import CodeInvalid, CodeUsed, DataRefused
from wechat.shared import RedisAway, ask

log = logging.getLogger(__name__)

CODE_LIVES = 300
"""Seconds for which the platform honours a login code, and for which its claim is kept."""

FRESH = 300
"""Seconds by which a watermark's time may differ from ours."""

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


async def check_session(client: WeChat, openid: str, session_key: str) -> bool:
    """Whether `session_key` is still the valid one of the user; the key itself is not sent.

    False: a later login has replaced it, or its time is over.

    Raises:
        InvalidUser, PlatformDown
    """
    signature = hmac.new(session_key.encode(), b"", hashlib.sha256).hexdigest()
    return await client.check_session(openid, signature)


def decrypt(
    appid: str,
    session_key: str,
    encrypted_data: str,
    iv: str,
    *,
    raw_data: str | None = None,
    signature: str | None = None,
    now: float | None = None,
    fresh: int = FRESH,
) -> dict[str, Any]:
    """What a phone received encrypted (`encryptedData`, `iv`), such as `phoneNumber`: the old way.

    The encryption has no MAC, so everything that can be checked is: the padding, the watermark's
    appid, its time (at most `fresh` seconds from `now`), and the `signature` of `raw_data` where
    the phone has the two (not with phone numbers). Check first that the session key is valid.

    Raises:
        DataRefused: it was encrypted with another session key, for another mini program, or too
            long ago, or was altered.
    """
    if (raw_data is None) != (signature is None):
        raise DataRefused
    if raw_data is not None and signature is not None:
        right = hashlib.sha1((raw_data + session_key).encode()).hexdigest()  # noqa: S324 - theirs
        if not hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace")):
            raise DataRefused
    data = _decrypted(session_key, encrypted_data, iv)
    watermark = data.get("watermark")
    if not isinstance(watermark, dict) or watermark.get("appid") != appid:
        raise DataRefused
    stamp = watermark.get("timestamp")
    if not isinstance(stamp, int) or abs(stamp - (time.time() if now is None else now)) > fresh:
        raise DataRefused
    return data


def _decrypted(session_key: str, encrypted_data: str, iv: str) -> dict[str, Any]:
    from wechatpy.crypto import WeChatCipher  # noqa: PLC0415 - heavy: loaded when used

    try:
        key, start, sealed = (
            base64.b64decode(text, validate=True) for text in (session_key, iv, encrypted_data)
        )
        if len(key) != 16 or len(start) != 16:
            raise DataRefused
        unpad = PKCS7(AES.block_size).unpadder()
        plain = unpad.update(WeChatCipher(key, start).decrypt(sealed)) + unpad.finalize()
        data = json.loads(plain)
    except (ValueError, RecursionError):
        raise DataRefused from None
    if not isinstance(data, dict):
        raise DataRefused
    return data


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
