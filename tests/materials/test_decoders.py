"""Where files are decoded: few at once, and no photo behind a PDF."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.materials import decoders

from . import odd_pdfs
from . import odd_pictures as odd


@pytest.fixture
def many_processors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(decoders.os, "cpu_count", lambda: 8)
    decoders._photos.cache_clear()
    yield
    decoders._photos.cache_clear()


async def most_at_once(path: Path, workers: int) -> int:
    """How many of six pieces of work on that file are done at the same time."""
    lock, now, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        threading.Event().wait(0.03)
        with lock:
            now -= 1

    await asyncio.gather(*(decoders.decode(path, workers, work) for _ in range(6)))
    return most


@pytest.mark.parametrize(("workers", "most"), [(1, 2), (4, 2), (8, 1), (64, 1)])
async def test_workers_share_the_processors(
    tmp_path: Path, many_processors: None, workers: int, most: int
) -> None:
    assert await most_at_once(odd.put(tmp_path, odd.jpeg()), workers) == most


async def test_one_pdf_is_drawn_at_a_time(tmp_path: Path, many_processors: None) -> None:
    assert await most_at_once(odd.put(tmp_path, odd_pdfs.scene()), 1) == 1


async def test_a_photo_does_not_wait_for_a_pdf(tmp_path: Path) -> None:
    photo, go_on = tmp_path / "photo", threading.Event()
    photo.write_bytes(odd.jpeg())
    paper = odd.put(tmp_path, odd_pdfs.scene())
    slow = asyncio.create_task(decoders.decode(paper, 2, lambda: go_on.wait(10)))
    assert await asyncio.wait_for(decoders.decode(photo, 2, lambda: "drawn"), 5) == "drawn"
    go_on.set()
    assert await slow


@pytest.mark.parametrize("data", [b"", b"%PDF", b"\xff\xd8\xff", b"\0\0\0\x18ftyphevc", b"no"])
async def test_what_is_no_pdf_is_decoded_with_the_photos(tmp_path: Path, data: bytes) -> None:
    path = odd.put(tmp_path, data)
    name = await decoders.decode(path, 2, lambda: threading.current_thread().name)
    assert name.startswith("photos")
