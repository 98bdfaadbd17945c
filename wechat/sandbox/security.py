"""The platform's side of API security: requests opened, answers sealed and signed.

Written from the guide "服务端 API 签名加密指南", and on purpose without `wechat.signing`.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_public_key
from cryptography.x509.oid import NameOID

from wechat.sandbox.refusals import Refused

LATE = 300


class Certificate:
    """One of the platform's certificates, under the number that the console shows."""

    def __init__(self) -> None:
        self.number = secrets.token_hex(16)
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")])
        begins = datetime.now(UTC) - timedelta(days=1)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + timedelta(days=1826))
            .sign(self._private, SHA256())
        )
        self.pem = made.public_bytes(Encoding.PEM).decode()

    def sign(self, payload: bytes) -> str:
        """A signature, base64."""
        pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
        return base64.b64encode(self._private.sign(payload, pss, SHA256())).decode()


class Security:
    """What the console's "API 安全" holds: the developer's keys, and the platform's certificates.

    While `old` is there the platform signs twice.
    """

    def __init__(self, appid: str, serial: str, key: str, public_pem: str) -> None:
        self._appid = appid
        self._serial = serial
        self._key = base64.b64decode(key)
        found = load_pem_public_key(public_pem.encode())
        if not isinstance(found, rsa.RSAPublicKey) or len(self._key) != 32:
            raise ValueError("an RSA public key and 32 bytes of key are wanted")
        self._public = found
        self.current = Certificate()
        self.old: Certificate | None = None

    @property
    def certificates(self) -> dict[str, str]:
        """Number → PEM, the newest first."""
        known = (self.current, *([self.old] if self.old else []))
        return {certificate.number: certificate.pem for certificate in known}

    def rotate(self) -> None:
        """Begin to change the certificate."""
        self.old, self.current = self.current, Certificate()

    def open(self, url: str, headers: Mapping[str, str], body: bytes, now: float) -> dict[str, Any]:
        """The request's fields, without those of the envelope; or a refusal, 40231 to 40240."""
        appid = headers.get("wechatmp-appid")
        stamp = headers.get("wechatmp-timestamp")
        signature = headers.get("wechatmp-signature")
        if not appid:
            raise Refused(40233)
        if not stamp:
            raise Refused(40231)
        if not signature:
            raise Refused(40232)
        if appid != self._appid:
            raise Refused(40236)
        if not stamp.isdecimal() or abs(int(stamp) - now) > LATE:
            raise Refused(40240)
        pss = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
        payload = "\n".join((url, appid, stamp, body.decode("utf-8", "replace"))).encode()
        try:
            self._public.verify(base64.b64decode(signature), payload, pss, SHA256())
        except (InvalidSignature, ValueError):
            raise Refused(40234) from None
        fields = self._decrypted(url, stamp, body)
        if fields.pop("_appid", None) != appid or fields.pop("_timestamp", None) != int(stamp):
            raise Refused(40235)
        if not fields.pop("_n", None):
            raise Refused(40235)
        return fields

    def seal(self, url: str, answer: Mapping[str, Any], now: float) -> tuple[dict[str, str], bytes]:
        """The headers and the body of an answer."""
        at = int(now)
        fields = {
            "_n": secrets.token_urlsafe(16),
            "_appid": self._appid,
            "_timestamp": at,
            **answer,
        }
        iv = secrets.token_bytes(12)
        encryptor = Cipher(AES(self._key), GCM(iv)).encryptor()
        encryptor.authenticate_additional_data(self._aad(url, str(at)))
        data = encryptor.update(json.dumps(fields).encode()) + encryptor.finalize()
        parts = {"iv": iv, "data": data, "authtag": encryptor.tag}
        body = json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()})
        payload = f"{url}\n{self._appid}\n{at}\n{body}".encode()
        headers = {
            "Wechatmp-Appid": self._appid,
            "Wechatmp-TimeStamp": str(at),
            "Wechatmp-Serial": self.current.number,
            "Wechatmp-Signature": self.current.sign(payload),
        }
        if self.old:
            headers["Wechatmp-Serial-Deprecated"] = self.old.number
            headers["Wechatmp-Signature-Deprecated"] = self.old.sign(payload)
        return headers, body.encode()

    def _decrypted(self, url: str, stamp: str, body: bytes) -> dict[str, Any]:
        try:
            parts = json.loads(body)
            iv, data, tag = (base64.b64decode(parts[name]) for name in ("iv", "data", "authtag"))
            decryptor = Cipher(AES(self._key), GCM(iv, tag)).decryptor()
            decryptor.authenticate_additional_data(self._aad(url, stamp))
            fields = json.loads(decryptor.update(data) + decryptor.finalize())
        except (InvalidTag, ValueError, TypeError, KeyError):
            raise Refused(40235) from None
        if not isinstance(fields, dict):
            raise Refused(40235)
        return fields

    def _aad(self, url: str, stamp: str) -> bytes:
        return "|".join((url, self._appid, stamp, self._serial)).encode()
