"""Text messages: what a provider must do, and the one that writes them into a folder."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import msgspec

from app.core.privacy import Personal
from app.notices.delivery_rules import Failure


@dataclass(frozen=True)
class Message:
    """One text: the template's name with its variables, and the words that come of them."""

    template: str
    params: Mapping[str, str]
    words: str


class SmsError(Exception):
    """A provider did not take a text.

    Attributes:
        failure: what follows from it.
        reason: in Chinese, for the staff; without the number.
        until: with `Failure.WAIT`, when the person's limit ends.
    """

    def __init__(self, failure: Failure, reason: str, *, until: datetime | None = None) -> None:
        super().__init__(reason)
        self.failure = failure
        self.reason = reason
        self.until = until


class SmsProvider(Protocol):
    """Whoever sends text messages. The same `key` is the same message."""

    async def send(self, phone: Personal, message: Message, *, key: str, now: datetime) -> str:
        """Hand `message` over; returns the provider's own id of it.

        Raises:
            SmsError: it was not taken, or (`Failure.NO_ANSWER`) may not have been.
        """
        ...

    async def has(self, phone: Personal, *, key: str, since: datetime, now: datetime) -> bool:
        """Whether the provider took a message of this key since then.

        Raises:
            SmsError: it cannot say now.
        """
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...


@dataclass(frozen=True)
class Sms:
    """The provider in force, as a part of the house."""

    provider: SmsProvider


def own_id(key: str) -> str:
    """How a provider knows the message of `key`: 32 hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


class FolderSms:
    """Writes each message into a file of its own, for a demonstration or a gateway beside.

    Args:
        folder: made when the first message comes; only its owner can read it, because the files
            hold phone numbers.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def send(self, phone: Personal, message: Message, *, key: str, now: datetime) -> str:  # noqa: ARG002 - the protocol's
        """See `SmsProvider`; a repeat writes the same file again."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = own_id(key)
        written = self.folder / f"{name}.part"
        written.touch(mode=0o600)
        said = {"phone": phone.reveal(), "text": message.words, "template": message.template}
        written.write_bytes(msgspec.json.encode(said))
        written.replace(self.folder / f"{name}.json")
        return name

    async def has(self, phone: Personal, *, key: str, since: datetime, now: datetime) -> bool:  # noqa: ARG002 - the protocol's
        """See `SmsProvider`."""
        return (self.folder / f"{own_id(key)}.json").exists()

    async def aclose(self) -> None:
        """Nothing is open."""
