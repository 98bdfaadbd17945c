"""Pictures in the storage: sealed with a key of their own, written, read, removed.

Every picture has a random key. It stands in the picture's row, sealed with the house's keys: a
copy of the storage opens with neither the database nor the house's keys alone, and when the row is
deleted, no backup of the storage gives the picture back.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import structlog

from app.core.crypto import MASTER_KEY_BYTES, Keyring, Unsealable
from app.core.db import new_id
from app.core.house import House
from app.core.storage import Missing, StorageDown
from app.materials import rules
from app.materials.pictures import Picture
from app.materials.rules import SIZES, Size

log = structlog.get_logger(__name__)
DATA_KEY = "pictures.data_key"
"""The context of the sealed key, see `Keyring`."""


class Kept(msgspec.Struct, frozen=True):
    """A picture whose objects are stored, with what its row must hold."""

    stored_as: UUID
    data_key: bytes
    """Sealed with the house's keys."""


async def keep(house: House, picture: Picture) -> Kept:
    """Store both sizes of every page of `picture` under a new name and a new key.

    Raises:
        StorageDown: not all could be stored; what was written is an orphan.
    """
    name, data_key = new_id(), secrets.token_bytes(MASTER_KEY_BYTES)
    ring = _ring(data_key)
    for number, page in enumerate(picture.pages, 1):
        for size in SIZES:
            key = rules.object_key(name, size, number)
            # 7 ms a megabyte: too long for the loop.
            sealed = await asyncio.to_thread(ring.seal_blob, page.of(size), key)
            await house.storage.put(key, sealed)
    return Kept(name, house.keyring.seal(data_key, DATA_KEY))


async def read(house: House, kept: Kept, size: Size, page: int = 1) -> bytes:
    """The JPEG of this size, of a page that there is.

    Raises:
        Missing: its object is not in the storage.
        StorageDown: the storage does not answer.
        Unsealable: the object or the key was altered, or the house's key is gone.
    """
    key = rules.object_key(kept.stored_as, size, page)
    ring = _ring(house.keyring.open(kept.data_key, DATA_KEY))
    try:
        sealed = await house.storage.get(key)
    except Missing:
        log.exception("materials.object_missing", object=key)
        raise
    return await asyncio.to_thread(ring.open_blob, sealed, key)


def opens(house: House, kept: Kept) -> bool:
    """Whether the house's keys open the picture's own key."""
    try:
        house.keyring.open(kept.data_key, DATA_KEY)
    except Unsealable:
        return False
    return True


async def remove(house: House, stored_as: UUID) -> None:
    """Remove the objects of a picture whose row is gone.

    A storage that is down is no error: without the row nobody can open them, and the sweep of
    orphans removes them later.
    """
    try:
        folder = rules.object_folder(stored_as)
        for key in [key async for key, _ in house.storage.list(folder)]:
            await house.storage.delete(key)
    except StorageDown:
        log.warning("materials.objects_left", stored_as=stored_as.hex)


async def names(house: House) -> AsyncIterator[UUID]:
    """The name of every stored object of a picture, so most of them twice, in no order."""
    async for key, _ in house.storage.list("photos"):
        name = rules.stored_as(key)
        if name is not None:
            yield name


def _ring(data_key: bytes) -> Keyring:
    return Keyring({"picture": data_key})


def kept_of(row: dict[str, Any]) -> Kept:
    """What a row of `pictures` says about its objects."""
    return Kept(row["stored_as"], row["data_key"])
