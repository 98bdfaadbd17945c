"""Envelopes: a message sealed for one reader and signed by its sender, over a wire of others.

The content is encrypted with SM4-GCM under a key of its own, the key wrapped with the reader's SM2
key, and all of it signed with the sender's (SM2 with SM3). The signature covers what is sent, so
that a forged envelope is refused before anything of it is decrypted.
"""

import base64
import binascii
import os
from dataclasses import dataclass, field

import msgspec
from cryptography.hazmat.primitives import hashes

from app.core.algorithms import Algorithms, Commercial
from app.core.sm2 import PublicKeys, Sm2

VERSION = "1"
_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 16, 12, 16


class EnvelopeRefused(Exception):  # noqa: N818 - a verdict on what was received
    """An envelope is not what it claims to be; `reason` is one word for logs and answers."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What goes over the wire. Binary members are base64.

    `sender` is the sender's id, `kind` says what the content is, `message_id` is new for each
    message, `timestamp` is in milliseconds since 1970.
    """

    version: str
    sender: str
    kind: str
    message_id: str
    timestamp: int
    key: str
    nonce: str
    content: str
    signature: str = ""

    def header(self) -> bytes:
        """What the content is bound to."""
        parts = (self.version, self.sender, self.kind, self.message_id, str(self.timestamp))
        return "\n".join(parts).encode()

    def signed(self) -> bytes:
        """What the signature is over: the header, the wrapped key, and SM3 of the content."""
        digest = sm3(self.content.encode()).hex()
        return b"\n".join((self.header(), self.key.encode(), self.nonce.encode(), digest.encode()))


@dataclass(frozen=True)
class Post:
    """One end of an exchange: its own private key, and the public key of the other end.

    Every method computes for some tens of milliseconds: call them in a thread.
    """

    private: bytes = field(repr=False)
    theirs: bytes
    public_keys: PublicKeys = field(default_factory=Sm2, repr=False)
    symmetric: Algorithms = field(default_factory=Commercial, repr=False)

    def seal(
        self, content: bytes, *, sender: str, kind: str, message_id: str, timestamp: int
    ) -> Envelope:
        """`content` in an envelope for the other end."""
        key, nonce = os.urandom(_KEY_BYTES), os.urandom(_NONCE_BYTES)
        empty = Envelope(
            version=VERSION,
            sender=sender,
            kind=kind,
            message_id=message_id,
            timestamp=timestamp,
            key=_text(self.public_keys.wrap(self.theirs, key)),
            nonce=_text(nonce),
            content="",
        )
        sealed = self.symmetric.encrypt(key, nonce, content, empty.header())
        closed = msgspec.structs.replace(empty, content=_text(sealed))
        signature = self.public_keys.sign(self.private, closed.signed())
        return msgspec.structs.replace(closed, signature=_text(signature))

    def open(self, envelope: Envelope) -> bytes:
        """The content of an envelope that the other end signed for this one.

        Raises:
            EnvelopeRefused: another version; not signed by the other end or altered since
                ("signature"); sealed for somebody else ("sealed").
        """
        if envelope.version != VERSION:
            raise EnvelopeRefused("version")
        signature = _bytes(envelope.signature)
        if not self.public_keys.verify(self.theirs, envelope.signed(), signature):
            raise EnvelopeRefused("signature")
        key = self.public_keys.unwrap(self.private, _bytes(envelope.key))
        nonce, sealed = _bytes(envelope.nonce), _bytes(envelope.content)
        if (
            key is None
            or len(key) != _KEY_BYTES
            or len(nonce) != _NONCE_BYTES
            or len(sealed) < _TAG_BYTES
        ):
            raise EnvelopeRefused("sealed")
        content = self.symmetric.decrypt(key, nonce, sealed, envelope.header())
        if content is None:
            raise EnvelopeRefused("sealed")
        return content

    def sign(self, content: bytes, purpose: str) -> str:
        """A signature over `content` for one purpose, in base64: for what need not be secret."""
        return _text(self.public_keys.sign(self.private, _of_purpose(content, purpose)))

    def verify(self, content: bytes, purpose: str, signature: str) -> bool:
        """Whether the other end signed `content` for this purpose."""
        try:
            given = _bytes(signature)
        except EnvelopeRefused:
            return False
        return self.public_keys.verify(self.theirs, _of_purpose(content, purpose), given)


def sm3(content: bytes) -> bytes:
    """The SM3 digest (GB/T 32905), 32 bytes."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(content)
    return digest.finalize()


def _of_purpose(content: bytes, purpose: str) -> bytes:
    return f"{purpose}\n{sm3(content).hex()}".encode()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise EnvelopeRefused("encoding") from None
