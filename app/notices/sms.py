"""Text messages: what a provider must do, and the one that writes them into a folder."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from app.core.privacy import Personal


class SmsProvider(Protocol):
    """Whoever sends text messages.

    `send` returns when the provider has taken the message, and raises when it may not have. The
    same `key` is the same message: sending it again must not reach the person twice.
    """

    async def send(self, phone: Personal, text: str, *, key: str) -> None:
        """Send `text` to `phone`, once for each `key`."""
        ...


@dataclass(frozen=True)
class Sms:
    """The provider in force, as a part of the house."""

    provider: SmsProvider


class FolderSms:
    """Writes each message into a file of its own, for a demonstration or a gateway beside.

    Args:
        folder: made when the first message comes; only its owner can read it, because the files
            hold phone numbers.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, phone: Personal, text: str, *, key: str) -> None:
        """See `SmsProvider`; a repeat writes the same file again."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        written = self.folder / f"{name}.part"
        written.touch(mode=0o600)
        written.write_bytes(msgspec.json.encode({"phone": phone.reveal(), "text": text}))
        written.replace(self.folder / f"{name}.json")
