"""The files of long work: what it was given and what it made, each sealed in the storage.

Every work has a random key, which stands in its row, sealed with the house's keys: when the row
is deleted, no backup of the storage gives its files back.
"""

import asyncio
import secrets
from typing import Literal
from uuid import UUID

import structlog

from app.core.crypto import MASTER_KEY_BYTES, Keyring
from app.core.house import House
from app.core.storage import StorageDown

log = structlog.get_logger(__name__)
DATA_KEY = "works.data_key"
"""The context of the sealed key, see `Keyring`."""
Part = Literal["given", "result"]
PARTS: tuple[Part, ...] = ("given", "result")


def new_key(house: House) -> bytes:
    """A new work's key, sealed as its row holds it."""
    return house.keyring.seal(secrets.token_bytes(MASTER_KEY_BYTES), DATA_KEY)


async def put(house: House, work_id: UUID, sealed_key: bytes, part: Part, content: bytes) -> None:
    """Store a file of a work, in place of what was there. Raises StorageDown."""
    key = _object(work_id, part)
    sealed = await asyncio.to_thread(_ring(house, sealed_key).seal_blob, content, key)
    await house.storage.put(key, sealed)


async def get(house: House, work_id: UUID, sealed_key: bytes, part: Part) -> bytes:
    """A file of a work. Raises Missing, StorageDown, Unsealable."""
    key = _object(work_id, part)
    sealed = await house.storage.get(key)
    return await asyncio.to_thread(_ring(house, sealed_key).open_blob, sealed, key)


async def remove(house: House, work_id: UUID, *parts: Part) -> bool:
    """Remove files of a work; whether the storage did it. Nothing there is no error."""
    try:
        for part in parts or PARTS:
            await house.storage.delete(_object(work_id, part))
    except StorageDown:
        log.warning("works.files_left", work=str(work_id))
        return False
    return True


async def kept(house: House) -> set[UUID]:
    """The works of which the storage holds a file. Raises StorageDown."""
    found = set()
    async for key, _ in house.storage.list("works"):
        name = key.split("/")[1]
        if len(name) == 32 and all(sign in "0123456789abcdef" for sign in name):
            found.add(UUID(name))
    return found


def _object(work_id: UUID, part: Part) -> str:
    return f"works/{work_id.hex}/{part}"


def _ring(house: House, sealed_key: bytes) -> Keyring:
    return Keyring({"work": house.keyring.open(sealed_key, DATA_KEY)})
