"""A file that grows by pieces, of which one writer at a time sends the next.

Who writes holds a lock on the file, which the system lets go of when the process ends in whichever
way.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from app.materials.intake import BLOCK, TooLarge


def hold(file: Path) -> BinaryIO | None:
    """Open the file and hold it alone until that is closed; None where somebody else does.

    Raises:
        FileNotFoundError: there is no such file.
    """
    opened = file.open("r+b")
    if _try_lock(opened):
        return opened
    opened.close()
    return None


async def append(file: Path, start: int, size: int, pieces: AsyncIterator[bytes]) -> int:
    """Write the pieces behind `start`, and return where they end.

    What came before the line broke is written too: that is what the sender goes on from.

    Raises:
        TooLarge: there is more than `size`; nothing of this piece is kept.
    """
    at, block = start, bytearray()
    try:
        async for piece in pieces:
            block += piece
            if at + len(block) > size:
                raise TooLarge
            if len(block) >= BLOCK:
                await asyncio.to_thread(_write, file, at, bytes(block))
                at, block = at + len(block), bytearray()
    except TooLarge:
        os.truncate(file, start)
        raise
    except BaseException:
        # Not in a thread: after a cancellation there is no waiting for one.
        _write(file, at, bytes(block))
        raise
    await asyncio.to_thread(_write, file, at, bytes(block), last=True)
    return at + len(block)


def _write(file: Path, at: int, block: bytes, *, last: bool = False) -> None:
    # At its place and not at the end: a write that outlives its request changes nothing.
    with file.open("r+b") as out:
        out.seek(at)
        out.write(block)
        if last:
            out.flush()
            os.fsync(out.fileno())


def _try_lock(opened: BinaryIO) -> bool:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - Windows only

        try:
            opened.seek(1 << 40)  # a byte that no upload has
            msvcrt.locking(opened.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl  # noqa: PLC0415 - not on Windows

    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
