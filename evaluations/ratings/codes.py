"""Codes that let somebody without an account rate: at the window, of one visit, in a message.

A window's code never changes: its id and 8 bytes of a MAC, 32 characters, which also fit into a
mini-program code's scene. A service's code names the one service and the minute on which it ends:
30 bytes, 40 characters. Both are signed with the keyring; an old key's codes hold for as long as
that key stays in the list.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from app.core.privacy import Keyring
from evaluations.ratings.rules import Via

_PURPOSE = "ratings.code"
_WINDOW_MAC, _SERVICE_MAC = 8, 9
_KINDS = {1: Via.VISIT, 2: Via.SMS}
_NUMBERS = {via: number for number, via in _KINDS.items()}


@dataclass(frozen=True)
class WindowCode:
    """The static code at a window."""

    window_id: UUID


@dataclass(frozen=True)
class ServiceCode:
    """The code of one service, good until `expires_at`."""

    service_id: UUID
    via: Via
    expires_at: datetime


def window_code(keyring: Keyring, window_id: UUID) -> str:
    """The code to print and put up at a window."""
    body = window_id.bytes
    return _text(body + keyring.mac(b"w" + body, _PURPOSE)[:_WINDOW_MAC])


def service_code(keyring: Keyring, service_id: UUID, via: Via, expires_at: datetime) -> str:
    """The code of one service; `expires_at` is cut to the minute before."""
    minutes = int(expires_at.timestamp() // 60)
    body = bytes((_NUMBERS[via],)) + service_id.bytes + minutes.to_bytes(4, "big")
    return _text(body + keyring.mac(b"s" + body, _PURPOSE)[:_SERVICE_MAC])


def read(keyring: Keyring, code: str, now: datetime) -> WindowCode | ServiceCode | None:
    """What a code says; None if it is none of ours, was altered, or its time is over."""
    try:
        raw = base64.b64decode(code.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    if len(code) == 32:
        body = raw[:-_WINDOW_MAC]
        return WindowCode(UUID(bytes=body)) if _holds(keyring, b"w", raw, _WINDOW_MAC) else None
    if len(code) != 40 or not _holds(keyring, b"s", raw, _SERVICE_MAC):
        return None
    via = _KINDS.get(raw[0])
    expires_at = datetime.fromtimestamp(0, UTC) + timedelta(
        minutes=int.from_bytes(raw[17:21], "big")
    )
    if via is None or now >= expires_at:
        return None
    return ServiceCode(UUID(bytes=raw[1:17]), via, expires_at)


def _holds(keyring: Keyring, kind: bytes, raw: bytes, length: int) -> bool:
    body, given = raw[:-length], raw[-length:]
    return any(
        hmac.compare_digest(keyring.mac(kind + body, _PURPOSE, key_id=key_id)[:length], given)
        for key_id in keyring.key_ids
    )


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
