"""What the platform pushes to us: verified, decrypted, and read into an event.

Source: the platform's page "消息推送" (`framework/server-ability/message-push`), whose worked
examples are in the tests. Plain, compatible and secure mode, JSON and XML. Whatever is wrong with
a push, hostile or merely broken, is a `PushRefused`; nothing else is raised.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from wechat.xml import XmlRefused, read_xml

MOST_BYTES = 65_536
"""Bytes of a body; what is longer is refused unread."""

WINDOW = 300
"""Seconds by which a push's time may differ from ours."""

_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
_TIMESTAMP = re.compile(r"[0-9]{1,11}")
_BLOCK = 32
_HEAD = 20
"""Sixteen random bytes and the length of the message, four bytes in network order."""
_DEEPEST = 16


class PushRefused(Exception):  # noqa: N818 - a verdict on what was received
    """A push is not what it claims to be, or cannot be read.

    `reason` is one word for logs and counters: `signature`, `time`, `size`, `body`, `encryption`,
    `appid` or `mode`. `forged`: the sender has not shown that it knows the token.
    """

    def __init__(self, reason: str, *, forged: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.forged = forged


@dataclass(frozen=True)
class PushKeys:
    """What the platform's console says under "消息推送配置".

    `aes_key` is the EncodingAESKey, 43 characters; empty in plain mode. With it, a push that is
    not encrypted is refused: a plain one's signature does not cover its body.

    Raises:
        ValueError: the token is empty, or the key is no EncodingAESKey.
    """

    token: str
    aes_key: str
    appid: str

    def __post_init__(self) -> None:
        if not self.token:
            raise ValueError("the token of pushes is empty")
        if self.aes_key and not _AES_KEY.fullmatch(self.aes_key):
            raise ValueError("an EncodingAESKey has 43 letters and digits")

    def __repr__(self) -> str:
        return f"PushKeys(appid={self.appid!r})"


class Event(msgspec.Struct, frozen=True):
    """One pushed event (or message).

    `event` is empty for what is no event, such as a customer's message. `data` is all of it, as
    the platform names it; leaves of XML are texts. `key` is the same for every repetition of the
    push, and different for every other: drop what comes again. `wechat.events` reads the events
    that the house uses.
    """

    msg_type: str
    event: str
    openid: str
    created_at: datetime
    data: dict[str, Any]
    key: str

    def __repr__(self) -> str:
        return f"Event({self.msg_type!r}, {self.event!r}, key={self.key!r})"


def verify_echo(token: str, query: Mapping[str, Any], *, now: float | None = None) -> str:
    """The text to answer when the platform checks the address (GET), after checking its signature.

    Raises:
        PushRefused: a parameter is missing, or the signature or the time is wrong.
    """
    _check_time(query, now)
    _check_signature(token, _text(query, "signature"), query)
    return _text(query, "echostr")


def read(
    keys: PushKeys,
    query: Mapping[str, Any],
    body: bytes,
    content_type: str,
    *,
    now: float | None = None,
) -> Event:
    """The event of a push (POST): `query` its parameters, each one text; `now` for tests.

    The answer to a push that was read is `success`, also when its `key` was here before.

    Raises:
        PushRefused: see there.
    """
    if len(body) > MOST_BYTES:
        raise PushRefused("size", forged=True)
    stamp = _check_time(query, now)
    outer = _parse(body, content_type, forged=True)
    if keys.aes_key:
        sealed = outer.get("Encrypt")
        if not isinstance(sealed, str) or not sealed:
            raise PushRefused("mode", forged=True)
        _check_signature(keys.token, _text(query, "msg_signature"), query, sealed)
        return _event(_parse(_opened(keys, sealed), content_type), stamp)
    _check_signature(keys.token, _text(query, "signature"), query)
    if "MsgType" not in outer and "Encrypt" in outer:
        raise PushRefused("mode")
    return _event({name: value for name, value in outer.items() if name != "Encrypt"}, stamp)


def signature_of(*parts: str) -> str:
    """The platform's signature: SHA-1 of the sorted parts, the token among them."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - its choice


def _text(query: Mapping[str, Any], name: str) -> str:
    value = query.get(name)
    if not isinstance(value, str) or not value or len(value) > 1024:
        raise PushRefused("signature", forged=True)
    return value


def _check_time(query: Mapping[str, Any], now: float | None) -> int:
    text = _text(query, "timestamp")
    if not _TIMESTAMP.fullmatch(text):
        raise PushRefused("time", forged=True)
    if abs(int(text) - (time.time() if now is None else now)) > WINDOW:
        raise PushRefused("time", forged=True)
    return int(text)


def _check_signature(token: str, given: str, query: Mapping[str, Any], *more: str) -> None:
    right = signature_of(token, _text(query, "timestamp"), _text(query, "nonce"), *more)
    if not hmac.compare_digest(right.encode(), given.encode("utf-8", "replace")):
        raise PushRefused("signature", forged=True)


def _opened(keys: PushKeys, sealed: str) -> bytes:
    """The message inside `Encrypt`, whose signature was right; the rest is checked here."""
    from wechatpy.crypto import WeChatCipher  # noqa: PLC0415 - heavy: loaded when used

    try:
        sealed_bytes = base64.b64decode(sealed, validate=True)
        key = base64.b64decode(keys.aes_key + "=")
        plain: bytes = WeChatCipher(key).decrypt(sealed_bytes)
    except (ValueError, binascii.Error):
        raise PushRefused("encryption") from None
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= _BLOCK or plain[-padding:] != bytes([padding]) * padding:
        raise PushRefused("encryption")
    content = plain[:-padding]
    end = _HEAD + int.from_bytes(content[16:_HEAD], "big")
    if len(content) < _HEAD or end > len(content):
        raise PushRefused("encryption")
    if not hmac.compare_digest(content[end:], keys.appid.encode()):
        raise PushRefused("appid")
    return content[_HEAD:end]


def _parse(body: bytes, content_type: str, *, forged: bool = False) -> dict[str, Any]:
    """JSON or XML as names and values. By its first character, if the content type names neither.

    What is decrypted comes in the format that was configured, which is the envelope's.
    """
    start = body.lstrip()[:1]
    is_xml = start == b"<" if start in (b"<", b"{") else "xml" in content_type.lower()
    try:
        found = read_xml(body) if is_xml else msgspec.json.decode(body)
    except (XmlRefused, msgspec.MsgspecError, ValueError, RecursionError):
        raise PushRefused("body", forged=forged) from None
    if not isinstance(found, dict) or not _storable(found, _DEEPEST):
        raise PushRefused("body", forged=forged)
    return found


def _storable(value: Any, deep: int) -> bool:
    """Not too deep, and without NUL, which no database column takes."""
    if isinstance(value, str):
        return "\0" not in value
    if isinstance(value, dict):
        both = (*value.keys(), *value.values())
        return deep > 0 and all(_storable(item, deep - 1) for item in both)
    if isinstance(value, list):
        return deep > 0 and all(_storable(item, deep - 1) for item in value)
    return True


def _event(data: dict[str, Any], stamp: int) -> Event:
    msg_type = data.get("MsgType")
    event = data.get("Event", "")
    openid = data.get("FromUserName", "")
    if not (isinstance(msg_type, str) and isinstance(event, str) and isinstance(openid, str)):
        raise PushRefused("body")
    return Event(
        msg_type=msg_type,
        event=event,
        openid=openid,
        created_at=_created(data.get("CreateTime"), stamp),
        data=data,
        key=_key(data, event, openid),
    )


def _created(given: Any, stamp: int) -> datetime:
    """`CreateTime`, a number or a text of one; the push's own time where it is missing."""
    text = str(given) if isinstance(given, int | str) and not isinstance(given, bool) else ""
    return datetime.fromtimestamp(int(text) if _TIMESTAMP.fullmatch(text) else stamp, UTC)


def _key(data: dict[str, Any], event: str, openid: str) -> str:
    """`MsgId` or the check's `trace_id`, where there is one.

    Otherwise, as the platform advises, user, time and event; and a digest of the rest, because two
    messages to one user can be reported as sent in the same second.
    """
    message = data.get("MsgId")
    trace = data.get("trace_id")
    if isinstance(message, int | str) and message:
        return f"message:{_short(str(message))}"
    if isinstance(trace, str) and trace:
        return f"trace:{_short(trace)}"
    whole = json.dumps(data, sort_keys=True, ensure_ascii=False)
    parts = "\n".join((openid, str(data.get("CreateTime")), event, whole))
    return f"event:{hashlib.sha256(parts.encode()).hexdigest()}"


def _short(text: str) -> str:
    """At most 64 characters: an id as it is, anything else by its digest."""
    if re.fullmatch(r"[A-Za-z0-9_\-]{1,64}", text):
        return text
    return hashlib.sha256(text.encode()).hexdigest()
