"""What the house asks of its cryptography, and the library that does it.

Commercial cryptography throughout: SM4 (GB/T 32907) in GCM, and SM3 (GB/T 32905) in HMAC and HKDF
(RFC 5869).
"""

from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

TAG_BYTES = 16


class Algorithms(Protocol):
    """What a keyring asks of its cryptography; a hardware module can stand in for the library.

    A key is opaque here: bytes in the library, a handle's bytes in a module.
    """

    def derive(self, master: bytes, purpose: str, length: int) -> bytes:
        """A key of `length` bytes for one purpose; different purposes give unrelated keys."""
        ...

    def encrypt(self, key: bytes, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
        """Ciphertext followed by a 16-byte tag over it and `bound`; `key` is 16 bytes."""
        ...

    def decrypt(self, key: bytes, nonce: bytes, ciphertext: bytes, bound: bytes) -> bytes | None:
        """The plaintext; None when the tag does not fit."""
        ...

    def mac(self, key: bytes, data: bytes) -> bytes:
        """A 32-byte keyed hash of `data`."""
        ...


class Commercial:
    """SM4-GCM, SM3-HMAC and HKDF over SM3, from the `cryptography` package."""

    def derive(self, master: bytes, purpose: str, length: int) -> bytes:
        """See `Algorithms`."""
        info = f"zhangban/{purpose}".encode()
        return HKDF(hashes.SM3(), length=length, salt=None, info=info).derive(master)

    def encrypt(self, key: bytes, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
        """See `Algorithms`."""
        cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        cipher.authenticate_additional_data(bound)
        return cipher.update(plaintext) + cipher.finalize() + cipher.tag

    def decrypt(self, key: bytes, nonce: bytes, ciphertext: bytes, bound: bytes) -> bytes | None:
        """See `Algorithms`."""
        body, tag = ciphertext[:-TAG_BYTES], ciphertext[-TAG_BYTES:]
        cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        cipher.authenticate_additional_data(bound)
        try:
            return cipher.update(body) + cipher.finalize()
        except InvalidTag:
            return None

    def mac(self, key: bytes, data: bytes) -> bytes:
        """See `Algorithms`."""
        code = hmac.HMAC(key, hashes.SM3())
        code.update(data)
        return code.finalize()
