"""SM2 (GB/T 32918, GM/T 0003): signatures with SM3, and the wrapping of a message's key.

Keys are bytes: a private one 32, a public one 64 (x, y). What another system is given stands in
the usual raw forms: a signature r ‖ s, a wrapped key C1 ‖ C3 ‖ C2 with C1 uncompressed.

The library computes over Python integers: a signature takes about 8 ms, checking one or wrapping
a key about 16 ms, and the time taken depends on the numbers. So this belongs in a thread, in jobs
whose moment nobody outside can measure finely, and not in front of a route.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Protocol

import gmalg
from gmalg.errors import GMError

USER_ID = b"1234567812345678"
"""Whose signature it is, where the parties have not agreed on another (GM/T 0009, clause 10)."""
PRIVATE_BYTES, PUBLIC_BYTES, SIGNATURE_BYTES = 32, 64, 64
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_C1_BYTES, _C3_BYTES = 65, 32
_UNCOMPRESSED = b"\x04"


class KeyRefused(ValueError):  # noqa: N818 - a verdict on what was given
    """Not a key: of a wrong length or range, or no point of the curve. The key is not shown."""


class PublicKeys(Protocol):
    """What an exchange asks of its asymmetric cryptography; a hardware module can stand in.

    A private key is opaque here: bytes in the library, a handle's bytes in a module.
    """

    def sign(self, private: bytes, message: bytes) -> bytes:
        """The signature over `message`, 64 bytes."""
        ...

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is one over `message` by the holder of `public`."""
        ...

    def wrap(self, public: bytes, key: bytes) -> bytes:
        """A short `key`, encrypted for the holder of `public`."""
        ...

    def unwrap(self, private: bytes, wrapped: bytes) -> bytes | None:
        """The key that was wrapped; None if it was altered or is for somebody else."""
        ...


class Sm2:
    """SM2 over the curve that GB/T 32918.5 recommends, from the `gmalg` package.

    `random_bits(k)` gives the k-bit numbers of signatures and wrapped keys; only tests of the
    published examples give their own.
    """

    def __init__(self, random_bits: Callable[[int], int] | None = None) -> None:
        self._random_bits = random_bits

    def sign(self, private: bytes, message: bytes) -> bytes:
        """See `PublicKeys`. Raises KeyRefused."""
        r, s = self._with(private=check_private(private)).sign(message)
        return bytes(r).rjust(32, b"\0") + bytes(s).rjust(32, b"\0")

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        """See `PublicKeys`. Raises KeyRefused."""
        party = self._with(public=check_public(public))
        if len(signature) != SIGNATURE_BYTES:
            return False
        return bool(party.verify(message, signature[:32], signature[32:]))

    def wrap(self, public: bytes, key: bytes) -> bytes:
        """See `PublicKeys`. Raises KeyRefused."""
        return bytes(self._with(public=check_public(public)).encrypt(key))

    def unwrap(self, private: bytes, wrapped: bytes) -> bytes | None:
        """See `PublicKeys`. Raises KeyRefused."""
        party = self._with(private=check_private(private))
        if len(wrapped) <= _C1_BYTES + _C3_BYTES or not wrapped.startswith(_UNCOMPRESSED):
            return None
        try:
            # A point that is not on the curve would give the private key away, bit by bit.
            check_public(wrapped[1:_C1_BYTES])
            return bytes(party.decrypt(wrapped))
        except (KeyRefused, GMError):
            return None

    def _with(self, *, private: bytes | None = None, public: bytes | None = None) -> gmalg.SM2:
        # A new one each time: the library's keeps the state of its hash, and is not for threads.
        known = public or (public_of(private) if private else b"")
        point = _UNCOMPRESSED + known
        return gmalg.SM2(private, USER_ID, point, rnd_fn=self._random_bits)


def new_pair() -> tuple[bytes, bytes]:
    """A new private key and its public one."""
    private, public = gmalg.SM2().generate_keypair()
    return bytes(private).rjust(PRIVATE_BYTES, b"\0"), bytes(public)[1:]


@lru_cache(maxsize=8)
def public_of(private: bytes) -> bytes:
    """The public key that belongs to a private one. Raises KeyRefused."""
    return bytes(gmalg.SM2().generate_pk(check_private(private)))[1:]


def check_private(key: bytes) -> bytes:
    """The key, if it is one: 32 bytes, from 1 to n - 2. Raises KeyRefused."""
    if len(key) != PRIVATE_BYTES or not 0 < int.from_bytes(key, "big") < _N - 1:
        raise KeyRefused("an SM2 private key is 32 bytes, from 1 to the curve's order less 2")
    return key


def check_public(key: bytes) -> bytes:
    """The key, if it is one: a point of the curve, whose order is prime. Raises KeyRefused."""
    x, y = int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big")
    on_curve = (y * y - (x * x * x + _A * x + _B)) % _P == 0
    if len(key) != PUBLIC_BYTES or x >= _P or y >= _P or not on_curve:
        raise KeyRefused("an SM2 public key is a point of the curve, 64 bytes (x, y)")
    return key


def read_private(text: str) -> bytes:
    """A private key as 64 hexadecimal digits. Raises KeyRefused."""
    return check_private(_hex(text))


def read_public(text: str) -> bytes:
    """A public key as 128 hexadecimal digits, or 130 with the usual 04 before. KeyRefused."""
    found = _hex(text)
    return check_public(found[1:] if len(found) == 65 and found[:1] == _UNCOMPRESSED else found)


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise KeyRefused("an SM2 key is written in hexadecimal digits") from None
