"""Checking what citizens write and send: the platform's content check, version 2.

A text is judged at once; a picture within half an hour, by a push (`wechat.events`). The user must
have been in the mini program within two hours.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from wechat.client import WeChat
from wechat.errors import ContentDoesNotFit, PlatformDown, WeChatError

LONGEST = 2_500
"""Characters of a text in one check."""

NORMAL, OTHER = 100, 21000

LABELS: Mapping[int, str] = {
    NORMAL: "正常",
    10001: "广告",
    20001: "时政",
    20002: "色情",
    20003: "辱骂",
    20006: "违法犯罪",
    20008: "欺诈",
    20012: "低俗",
    20013: "版权",
    OTHER: "其他",
}
"""The platform's labels, and what a person reads."""

Suggest = Literal["pass", "review", "risky"]

_RISKY_IN_VERSION_1 = 87014
_IMAGE = 2


class Scene(IntEnum):
    """What kind of content it is, as the platform numbers it."""

    PROFILE = 1
    COMMENT = 2
    FORUM = 3
    SOCIAL = 4


class Verdict(msgspec.Struct, frozen=True):
    """`suggest` is `pass`, `review` (a person should look) or `risky`; `label` see `LABELS`."""

    suggest: Suggest
    label: int
    trace_id: str


async def check_text(
    client: WeChat,
    openid: str,
    scene: Scene,
    content: str,
    *,
    title: str | None = None,
    nickname: str | None = None,
) -> Verdict:
    """The platform's verdict on a text of 1 to 2,500 characters by the user `openid`.

    Raises:
        ContentDoesNotFit: the text is empty or too long; nothing was asked.
        UserNotActive: the user has not been in the mini program for two hours.
        InvalidUser: the openid is not one of this mini program's users.
        QuotaUsedUp, TooOften, PlatformDown: `retryable`.
    """
    if not content.strip() or len(content) > LONGEST:
        raise ContentDoesNotFit(f"内容安全检查的文字应为 1 至 {LONGEST} 个字。")
    try:
        answer = await client.check_text(openid, int(scene), content, title, nickname)
    except WeChatError as error:
        # Version 1's way of saying so, should the platform fall back to it.
        if error.errcode == _RISKY_IN_VERSION_1:
            return Verdict("risky", OTHER, "")
        raise
    result = answer.get("result")
    suggest = suggest_of(result)
    if suggest is None:
        raise PlatformDown
    trace_id = answer.get("trace_id")
    return Verdict(suggest, label_of(result), trace_id if isinstance(trace_id, str) else "")


async def check_image(client: WeChat, openid: str, scene: Scene, url: str) -> str:
    """Ask for a check of the picture at `url`; the trace_id under which the result is pushed.

    The platform fetches `url` (at most 10 MB) soon after; it needs no more than a short-lived one.

    Raises:
        ContentDoesNotFit: `url` is no http address; nothing was asked.
        UserNotActive, InvalidUser, QuotaUsedUp, TooOften, PlatformDown: as for `check_text`.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ContentDoesNotFit("内容安全检查的图片地址应以 http 或 https 开头。")
    return await client.check_media(openid, int(scene), url, _IMAGE)


def suggest_of(result: Any) -> Suggest | None:
    """The suggestion of a `result`, None if it has none; an unknown one counts as `review`."""
    found = result.get("suggest") if isinstance(result, dict) else None
    if not isinstance(found, str) or not found:
        return None
    if found == "pass":
        return "pass"
    return "risky" if found == "risky" else "review"


def label_of(result: Any) -> int:
    """The label of a `result`, which may be a number or a text; `OTHER` if it is neither."""
    found = result.get("label") if isinstance(result, dict) else None
    text = str(found)
    return int(text) if text.isdecimal() and len(text) <= 6 else OTHER
