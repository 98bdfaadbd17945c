"""How the platform writes a push: JSON or XML, plain, compatible or secure.

Written from the platform's page "消息推送", and on purpose without `wechat.push`: tests compare.
"""

import base64
import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from typing import Any, Literal, get_args
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

Mode = Literal["plain", "compatible", "secure"]
Format = Literal["json", "xml"]


class Target(msgspec.Struct, forbid_unknown_fields=True):
    """Where pushes go, and how: what a console's "消息推送配置" holds."""

    url: str
    token: str = "sandbox-push-token"  # noqa: S105 - the stand-in's, known to all
    aes_key: str = ""
    mode: Mode = "secure"
    format: Format = "json"

    @classmethod
    def checked(cls, url: str, token: str, aes_key: str, mode: str, form: str) -> "Target":
        """A target from what a person typed; a mode that encrypts gets a key if it has none.

        Raises:
            ValueError: with a sentence that says what does not fit.
        """
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError(f"{url}: an http or https address is wanted")
        if mode not in get_args(Mode) or form not in get_args(Format):
            raise ValueError("modes are secure, compatible and plain; formats are json and xml")
        if aes_key and not re.fullmatch(r"[A-Za-z0-9+/]{43}", aes_key):
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        key = aes_key or ("" if mode == "plain" else new_aes_key())
        return msgspec.convert(
            {"url": url, "token": token, "aes_key": key, "mode": mode, "format": form}, cls
        )

    def __repr__(self) -> str:
        return f"Target({self.url!r}, {self.mode}, {self.format})"


class Envelope(msgspec.Struct, frozen=True):
    """A push as it goes over the wire."""

    query: dict[str, str]
    body: bytes
    content_type: str


def new_aes_key() -> str:
    """An EncodingAESKey: 43 characters of base64."""
    return base64.b64encode(os.urandom(32)).decode().rstrip("=")


def write(target: Target, appid: str, message: Mapping[str, Any], at: int) -> Envelope:
    """The push of `message` at the time `at`, with a nonce and a sealing of its own."""
    nonce = str(secrets.randbelow(10**9))
    query = {
        "signature": sign(target.token, str(at), nonce),
        "timestamp": str(at),
        "nonce": nonce,
        "openid": str(message.get("FromUserName", "")),
    }
    shown: dict[str, Any] = dict(message)
    if target.mode != "plain":
        sealed = seal(target.aes_key, appid, _written(target.format, message))
        query |= {
            "encrypt_type": "aes",
            "msg_signature": sign(target.token, str(at), nonce, sealed),
        }
        hidden = {"ToUserName": message.get("ToUserName", "")}
        shown = (shown if target.mode == "compatible" else hidden) | {"Encrypt": sealed}
    kind = "text/xml" if target.format == "xml" else "application/json"
    return Envelope(query, _written(target.format, shown), kind)


def sign(*parts: str) -> str:
    """SHA-1 over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()  # noqa: S324 - its choice


def seal(aes_key: str, appid: str, message: bytes, start: bytes | None = None) -> str:
    """The message between 16 random bytes (`start`), its length, and the appid, encrypted."""
    key = base64.b64decode(aes_key + "=")
    whole = (start or os.urandom(16)) + len(message).to_bytes(4, "big") + message + appid.encode()
    pad = PKCS7(256).padder()
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    sealed = encryptor.update(pad.update(whole) + pad.finalize()) + encryptor.finalize()
    return base64.b64encode(sealed).decode()


def _written(form: Format, message: Mapping[str, Any]) -> bytes:
    if form == "json":
        return msgspec.json.encode(message)
    return f"<xml>{_elements(message)}</xml>".encode()


def _elements(message: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in message.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, dict):
        return f"<{name}>{_elements(value)}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    text = str(value)
    inside = escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"
    return f"<{name}>{inside}</{name}>"
