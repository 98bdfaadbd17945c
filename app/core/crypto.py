"""Keys and ciphers: sealing, look-up indexes and message authentication, with keys that rotate.

One master key a line in the setting `keys`, newest first. Everything new is made with the newest;
older keys stay in the list for as long as something made with them is still read. The algorithms
are those of `algorithms.Commercial`, unless a hardware module stands in for them.
"""

import base64
import binascii
import hmac
import os
import re
import secrets
from functools import cached_property
from typing import ClassVar

from app.core.algorithms import TAG_BYTES, Algorithms, Commercial

MASTER_KEY_BYTES = 32
_VERSION = 1
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")

FIELD, BLOB, INDEX = "field", "blob", "index"


class KeyringError(Exception):
    """The keys are missing or malformed; the message names the line and never shows a key."""

    code: ClassVar[str] = "privacy.keys"


class Unsealable(Exception):  # noqa: N818 - what the value is, as callers read it
    """A sealed value cannot be opened: altered, of another context, or its key is gone.

    The message gives the reason and the context for the log; it holds nothing of the value.
    """

    code: ClassVar[str] = "privacy.unsealable"


class _Key:
    """One master key and what was derived from it, each derived when first asked for."""

    def __init__(self, key_id: str, master: bytes, algorithms: Algorithms) -> None:
        self.key_id = key_id
        self._master = master
        self._algorithms = algorithms
        self._derived: dict[str, bytes] = {}

    def for_purpose(self, purpose: str) -> bytes:
        if purpose not in self._derived:
            length = 16 if purpose in (FIELD, BLOB) else 32
            self._derived[purpose] = self._algorithms.derive(self._master, purpose, length)
        return self._derived[purpose]

    @cached_property
    def header(self) -> bytes:
        name = self.key_id.encode()
        return bytes((_VERSION, len(name))) + name


class Keyring:
    """The keys in force. Sealing, indexes and authentication codes all come from here.

    A `context` says what a value is and where it lives, such as "citizens.phone"; what was made
    in one context does not open, match or verify in another.
    """

    def __init__(self, keys: dict[str, bytes], algorithms: Algorithms | None = None) -> None:
        """Take master keys of 32 bytes by id, newest first.

        Raises:
            KeyringError: no key, or an id or a key that does not fit.
        """
        if not keys:
            raise KeyringError("no keys: set ZHANGBAN_KEYS (a key is made by `zhangban keys new`)")
        self._algorithms: Algorithms = algorithms or Commercial()
        for key_id, master in keys.items():
            _check(key_id, master)
        if len(set(keys.values())) != len(keys):
            raise KeyringError("two ids have the same key")
        self._keys = {i: _Key(i, master, self._algorithms) for i, master in keys.items()}
        self._newest = next(iter(self._keys.values()))

    @classmethod
    def parse(cls, text: str, algorithms: Algorithms | None = None) -> "Keyring":
        """Read `id:base64` entries, one a line or separated by commas, newest first.

        Raises:
            KeyringError: an entry does not fit; the message gives its place, never the key.
        """
        keys: dict[str, bytes] = {}
        entries = [entry.strip() for entry in re.split(r"[\n,]", text)]
        for place, entry in enumerate(filter(None, entries), start=1):
            key_id, colon, encoded = entry.partition(":")
            if not colon:
                raise KeyringError(f"key {place}: must be `id:base64`")
            try:
                master = base64.b64decode(encoded.strip(), validate=True)
                _check(key_id.strip(), master)
            except (binascii.Error, ValueError):
                raise KeyringError(f"key {place}: not base64") from None
            except KeyringError as error:
                raise KeyringError(f"key {place}: {error}") from None
            if key_id.strip() in keys:
                raise KeyringError(f"key {place}: its id stands twice in the list")
            keys[key_id.strip()] = master
        return cls(keys, algorithms)

    @staticmethod
    def new_key(key_id: str | None = None) -> str:
        """A fresh entry `id:base64` for the top of the list; the id is random unless given.

        Raises:
            KeyringError: `key_id` is not 1 to 32 of a-z, 0-9 and hyphen.
        """
        key_id = f"k{secrets.token_hex(4)}" if key_id is None else key_id
        master = secrets.token_bytes(MASTER_KEY_BYTES)
        _check(key_id, master)
        return f"{key_id}:{base64.b64encode(master).decode()}"

    @property
    def key_ids(self) -> list[str]:
        """The ids of all keys, newest first."""
        return list(self._keys)

    @property
    def newest_id(self) -> str:
        """The id of the key that everything new is made with."""
        return self._newest.key_id

    @property
    def header(self) -> bytes:
        """How everything begins that is sealed with the newest key."""
        return self._newest.header

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Encrypt a field with the newest key; the same plaintext never gives the same bytes.

        Layout: version (1), length of the key id (1), key id, nonce (12), ciphertext, tag (16).
        The nonce is random, which is sound for 2^32 values a key (NIST SP 800-38D, section 8.3).
        """
        return self._seal(FIELD, plaintext, context)

    def open(self, sealed: bytes, context: str) -> bytes:
        """What `seal` was given.

        Raises:
            Unsealable: altered, sealed in another context, or its key is not in the list.
        """
        return self._open(FIELD, sealed, context)

    def seal_blob(self, plaintext: bytes, context: str) -> bytes:
        """As `seal`, with the key for photos and documents; about 7 ms of CPU a megabyte."""
        return self._seal(BLOB, plaintext, context)

    def open_blob(self, sealed: bytes, context: str) -> bytes:
        """What `seal_blob` was given; raises Unsealable as `open` does."""
        return self._open(BLOB, sealed, context)

    def is_current(self, sealed: bytes) -> bool:
        """Whether a sealed value uses the newest key; if not, open it and seal it again."""
        return key_id_of(sealed) == self.newest_id

    def index(self, value: str, context: str) -> bytes:
        """A 32-byte stand-in for `value` to look it up by: equal values of a context are equal.

        Bring the value to one form first (digits only, capital X, no blanks).
        """
        return self._code(self._newest, INDEX, value.encode(), context)

    def indexes(self, value: str, context: str) -> list[bytes]:
        """`index` under every key, newest first: look up with these while keys rotate."""
        return [self._code(key, INDEX, value.encode(), context) for key in self._keys.values()]

    def mac(self, data: bytes, purpose: str, *, key_id: str | None = None) -> bytes:
        """A 32-byte authentication code under the newest key, or the one of `key_id`.

        Each purpose has a key of its own.

        Raises:
            KeyringError: there is no key of that id.
        """
        key = self._newest if key_id is None else self._keys.get(key_id)
        if key is None:
            raise KeyringError(f"no key {key_id!r} in the list")
        return self._code(key, f"mac/{purpose}", data, purpose)

    def verify_mac(
        self, data: bytes, code: bytes, purpose: str, *, key_id: str | None = None
    ) -> bool:
        """Whether `code` is the `mac` of `data` under any key, or under that of `key_id` alone.

        False when there is no key of that id. Compared in constant time.
        """
        candidates = self._keys if key_id is None else {key_id} & self._keys.keys()
        return any(
            hmac.compare_digest(self.mac(data, purpose, key_id=candidate), code)
            for candidate in candidates
        )

    def _seal(self, purpose: str, plaintext: bytes, context: str) -> bytes:
        key = self._newest
        nonce = os.urandom(_NONCE_BYTES)
        bound = key.header + context.encode()
        secret = key.for_purpose(purpose)
        return key.header + nonce + self._algorithms.encrypt(secret, nonce, plaintext, bound)

    def _open(self, purpose: str, sealed: bytes, context: str) -> bytes:
        key = self._keys.get(_key_id(sealed, context))
        if key is None:
            raise Unsealable(f"{context}: its key is not in the list")
        start = len(key.header)
        nonce, ciphertext = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        bound = key.header + context.encode()
        plaintext = self._algorithms.decrypt(key.for_purpose(purpose), nonce, ciphertext, bound)
        if plaintext is None:
            raise Unsealable(f"{context}: altered, or sealed in another context")
        return plaintext

    def _code(self, key: _Key, purpose: str, data: bytes, context: str) -> bytes:
        # The length keeps ("ab", "c") and ("a", "bc") apart.
        name = context.encode()
        message = len(name).to_bytes(4, "big") + name + data
        return self._algorithms.mac(key.for_purpose(purpose), message)


def key_id_of(sealed: bytes) -> str:
    """The id of the key that `sealed` was made with.

    Raises:
        Unsealable: it is not a sealed value.
    """
    return _key_id(sealed, "value")


def _key_id(sealed: bytes, context: str) -> str:
    length = sealed[1] if len(sealed) > 1 else 0
    name = sealed[2 : 2 + length]
    whole = len(sealed) >= 2 + length + _NONCE_BYTES + TAG_BYTES
    if not whole or sealed[0] != _VERSION or not _KEY_ID.fullmatch(name.decode("latin-1")):
        raise Unsealable(f"{context}: not a sealed value")
    return name.decode("ascii")


def _check(key_id: str, master: bytes) -> None:
    if not _KEY_ID.fullmatch(key_id):
        raise KeyringError("an id is 1 to 32 of a-z, 0-9 and hyphen")
    if len(master) != MASTER_KEY_BYTES:
        raise KeyringError(f"a key is {MASTER_KEY_BYTES} bytes, not {len(master)}")
