"""The threads in which files are decoded: few, because one picture can take ten bytes a pixel.

They are of their own, because a decoder works on when its client has hung up, and still counts. All
workers together have about as many as the machine has processors: more would be no faster, take
more memory, and leave less of the processors to those who wait for an answer. PDFs take seconds
and have a thread of their own, behind which no photo waits.
"""

import asyncio
import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from app.materials.formats import is_pdf

MOST = 2
T = TypeVar("T")


@functools.cache
def _photos(workers: int) -> ThreadPoolExecutor:
    share = (os.cpu_count() or 1) // workers
    return ThreadPoolExecutor(max(1, min(MOST, share)), thread_name_prefix="photos")


@functools.cache
def _documents() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="documents")


async def decode(path: Path, workers: int, work: Callable[[], T]) -> T:
    """Do `work` on the file at `path` in the thread for its kind, of a server of `workers`."""
    document = await asyncio.to_thread(is_pdf, path)
    pool = _documents() if document else _photos(workers)
    return await asyncio.get_running_loop().run_in_executor(pool, work)
