"""How a device signs, and what its enrolment code looks like.

A request carries the device's id, its time, a nonce and a signature; see docs/decisions/0002.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

KEY_BYTES = 32
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Characters that are not taken for one another on a screen: no 0 O 1 I L."""
CODE_LENGTH = 10
CODE_LIFETIME = timedelta(minutes=30)
OFFLINE_AFTER = timedelta(minutes=2)
"""A device that was not heard of for so long is shown as offline; it pings every few seconds."""
FRAME_EDGE = 480
"""Pixels of each side of the picture in which a camera looks for an enrolment code."""
_IN_ADDRESS = re.compile(r"#code=([0-9A-Za-z-]+)")
_CODE = re.compile(rf"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}")
_NONCE = re.compile(r"[0-9A-Za-z_-]{8,64}")
_TIMESTAMP = re.compile(r"[0-9]{10,15}")


@dataclass(frozen=True)
class Signed:
    """What a request says of who signed it. `timestamp` is in milliseconds since 1970."""

    device_id: UUID
    timestamp: int
    nonce: str
    signature: bytes

    @classmethod
    def parse(cls, device: str, timestamp: str, nonce: str, signature: str) -> "Signed | None":
        """The parts of a signature as they came; None if one of them has not the right form."""
        if not (_TIMESTAMP.fullmatch(timestamp) and _NONCE.fullmatch(nonce)):
            return None
        try:
            raw = base64.b64decode(signature, validate=True)
            return cls(UUID(device), int(timestamp), nonce, raw)
        except (ValueError, binascii.Error):
            return None


def message(method: str, path: str, timestamp: int, nonce: str, body: bytes) -> bytes:
    """The bytes that are signed: method, path without query, time, nonce, SHA-256 of the body."""
    digest = hashlib.sha256(body).hexdigest()
    return f"{method}\n{path}\n{timestamp}\n{nonce}\n{digest}".encode()


def sign(key: bytes, method: str, path: str, timestamp: int, nonce: str, body: bytes) -> bytes:
    """HMAC-SHA256 over `message`: 32 bytes, sent in base64."""
    return hmac.digest(key, message(method, path, timestamp, nonce, body), "sha256")


def holds(signed: Signed, key: bytes, method: str, path: str, body: bytes) -> bool:
    """Whether the signature is the key's over this request. Compared in constant time."""
    expected = sign(key, method, path, signed.timestamp, signed.nonce, body)
    return hmac.compare_digest(expected, signed.signature)


def new_code() -> str:
    """A new enrolment code of about 49 bits, in two groups: `7KQ4M-XW29D`."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return f"{code[:5]}-{code[5:]}"


def normal_code(typed: str) -> str:
    """A code as it was typed, in the one form that is looked up: capitals, no hyphen, no blank."""
    return re.sub(r"[\s-]", "", typed).upper()


def code_in(text: str) -> str:
    """The enrolment code in what a QR code says, bare or in the kiosk's address; "" if none is."""
    found = _IN_ADDRESS.search(text)
    code = normal_code(found[1] if found else text)
    return code if _CODE.fullmatch(code) else ""


def is_offline(last_seen_at: datetime | None, now: datetime) -> bool:
    """Whether an enrolled device is to be looked after."""
    return last_seen_at is None or now - last_seen_at > OFFLINE_AFTER
