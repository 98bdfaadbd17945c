"""API security (API 安全): calls that go and come signed and encrypted. Off by default.

Source: the platform's guide "服务端 API 签名加密指南" (`server/getting_started/api_signature`),
with AES256_GCM and RSAwithSHA256; its worked example is in the tests. Keys and certificate are made
and downloaded in the console, under 开发管理, API 安全.
"""

import base64
import binascii
import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.settings import Settings, SettingsError
from wechat.errors import AnswerNotTrusted

log = logging.getLogger(__name__)

SIGNED = frozenset(
    {"/wxa/business/getuserphonenumber", "/wxa/msg_sec_check", "/wxa/media_check_async"}
)
"""The calls of ours whose pages say that they take it ("支持加密请求")."""

WINDOW = 300
"""Seconds by which an answer's time may differ from ours."""

_SALT = 32
_STAMP = re.compile("[0-9]{1,11}")
_TAG = 16


@dataclass(frozen=True)
class SigningKeys:
    """What the console shows, read.

    `certificates` are the platform's public keys by the numbers that the console gives them, which
    are not the serial numbers inside the certificates.
    """

    appid: str
    serial: str
    key: bytes
    private: RSAPrivateKey
    certificates: Mapping[str, RSAPublicKey]

    def __repr__(self) -> str:
        return f"SigningKeys(appid={self.appid!r}, serial={self.serial!r})"


@dataclass(frozen=True)
class Sealed:
    """A request's body and headers, as they are to be sent."""

    content: bytes
    headers: dict[str, str]


class Signer:
    """Seals what is asked and opens what is answered; what it chooses is given for an example."""

    def __init__(
        self,
        keys: SigningKeys,
        *,
        new_nonce: Callable[[], str] = secrets.token_urlsafe,
        new_iv: Callable[[], bytes] = lambda: secrets.token_bytes(12),
    ) -> None:
        self._keys = keys
        self._new_nonce = new_nonce
        self._new_iv = new_iv

    @classmethod
    def from_settings(cls, settings: Settings) -> "Signer | None":
        """The signer of the settings; None where `wechat_signing` is off.

        Raises:
            SettingsError: a key is missing or cannot be read; the sentence names the variable.
        """
        return cls(keys_from(settings)) if settings.wechat_signing else None

    def seal(self, url: str, body: Mapping[str, Any], at: int) -> Sealed:
        """The request `body` to `url` (without its query), encrypted and signed at `at`."""
        keys = self._keys
        envelope = {"_n": self._new_nonce(), "_appid": keys.appid, "_timestamp": at}
        plain = _compact(envelope | dict(body))
        iv = self._new_iv()
        sealed = AESGCM(keys.key).encrypt(iv, plain, _bound_to(keys, url, at))
        parts = {"iv": iv, "data": sealed[:-_TAG], "authtag": sealed[-_TAG:]}
        content = _compact({name: base64.b64encode(part).decode() for name, part in parts.items()})
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), _SALT)
        signature = keys.private.sign(_signed(keys, url, at, content), pss, hashes.SHA256())
        headers = {
            "Wechatmp-Appid": keys.appid,
            "Wechatmp-TimeStamp": str(at),
            "Wechatmp-Signature": base64.b64encode(signature).decode(),
        }
        return Sealed(content, headers)

    @staticmethod
    def is_signed(headers: Mapping[str, str]) -> bool:
        """Whether an answer claims to be the platform's."""
        return "wechatmp-signature" in {name.lower() for name in headers}

    def open(self, url: str, headers: Mapping[str, str], content: bytes, at: int) -> dict[str, Any]:
        """What the platform answered to a call of `url`, without the fields of the envelope.

        While the platform changes its certificate it signs twice; the signature of the one that we
        have is checked, and if that is the one about to end, the log says so.

        Raises:
            AnswerNotTrusted: a signature, a time, the appid or the encryption is not right.
        """
        keys = self._keys
        given = {name.lower(): value for name, value in headers.items()}
        stamp = given.get("wechatmp-timestamp", "")
        if given.get("wechatmp-appid") != keys.appid or not _near(stamp, at):
            raise AnswerNotTrusted
        self._check_signature(_signed(keys, url, int(stamp), content), given)
        plain = _decrypted(keys, url, int(stamp), content)
        if plain.get("_appid") != keys.appid or str(plain.get("_timestamp")) != stamp:
            raise AnswerNotTrusted
        return {name: value for name, value in plain.items() if name not in _ENVELOPE}

    def _check_signature(self, signed: bytes, headers: Mapping[str, str]) -> None:
        for ending in ("", "-deprecated"):
            serial = headers.get(f"wechatmp-serial{ending}", "")
            public = self._keys.certificates.get(serial)
            if public is None:
                continue
            _verify(public, headers.get(f"wechatmp-signature{ending}", ""), signed)
            if ending:
                log.warning("wechat: the platform's certificate %s is about to end", serial)
            return
        raise AnswerNotTrusted


_ENVELOPE = frozenset({"_n", "_appid", "_timestamp"})


def keys_from(settings: Settings) -> SigningKeys:
    """The keys of the settings `wechat_signing_…`.

    Raises:
        SettingsError: see `Signer.from_settings`.
    """
    if not settings.wechat_signing_serial:
        raise _missing("SERIAL", "the number of the symmetric key")
    try:
        key = base64.b64decode(settings.wechat_signing_key, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise _missing("KEY", "the AES-256 key, 44 characters of base64")
    try:
        private = load_pem_private_key(_pem(settings.wechat_signing_private_key), password=None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, RSAPrivateKey):
        raise _missing("PRIVATE_KEY", "an RSA private key in PEM")
    certificates = {
        number: _public_key(number, pem)
        for number, pem in settings.wechat_signing_certificates.items()
    }
    if not certificates:
        raise _missing("CERTIFICATES", "the platform's certificate")
    return SigningKeys(
        settings.wechat_appid, settings.wechat_signing_serial, key, private, certificates
    )


def _public_key(number: str, pem: str) -> RSAPublicKey:
    try:
        public = x509.load_pem_x509_certificate(_pem(pem)).public_key()
    except ValueError:
        public = None
    if not isinstance(public, RSAPublicKey):
        raise _missing("CERTIFICATES", f"an RSA certificate in PEM under {number!r}")
    return public


def _missing(name: str, wanted: str) -> SettingsError:
    return SettingsError(f"ZHANGBAN_WECHAT_SIGNING_{name}: {wanted} is wanted")


def _pem(text: str) -> bytes:
    """The PEM; a variable of one line has its line ends written as `\\n`."""
    return text.replace("\\n", "\n").encode()


def _compact(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _bound_to(keys: SigningKeys, url: str, at: int) -> bytes:
    """The additional data of the encryption."""
    return f"{url}|{keys.appid}|{at}|{keys.serial}".encode()


def _signed(keys: SigningKeys, url: str, at: int, content: bytes) -> bytes:
    """What a signature is over."""
    return f"{url}\n{keys.appid}\n{at}\n".encode() + content


def _near(stamp: str, at: int) -> bool:
    return bool(_STAMP.fullmatch(stamp)) and abs(int(stamp) - at) <= WINDOW


def _verify(public: RSAPublicKey, signature: str, signed: bytes) -> None:
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.AUTO)
    try:
        public.verify(base64.b64decode(signature, validate=True), signed, pss, hashes.SHA256())
    except (InvalidSignature, ValueError):
        raise AnswerNotTrusted from None


def _decrypted(keys: SigningKeys, url: str, at: int, content: bytes) -> dict[str, Any]:
    try:
        parts = json.loads(content)
        iv, data, tag = (
            base64.b64decode(parts[name], validate=True) for name in ("iv", "data", "authtag")
        )
        plain = json.loads(AESGCM(keys.key).decrypt(iv, data + tag, _bound_to(keys, url, at)))
    except (InvalidTag, ValueError, TypeError, KeyError, RecursionError):
        raise AnswerNotTrusted from None
    if not isinstance(plain, dict):
        raise AnswerNotTrusted
    return plain
