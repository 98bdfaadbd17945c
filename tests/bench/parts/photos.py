"""Photos: their processor time beside the bare library's, two threads, fifty uploads at once."""

import asyncio
import io
import os
import random
import shutil
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image, ImageDraw

from app import server
from app.core import db, sessions
from app.materials import pictures
from app.materials.pixels import fit
from tests.bench.ground import ONE_HALL, ROOT, Ground
from tests.bench.table import Figure, out
from tests.materials import papers

DATABASE = "bench_photos"
SIZE = (4000, 3000)
"""12 megapixels, as a phone takes them."""
EDGE, THUMB = 1600, 320
ROUNDS, IN_A_ROUND, IN_A_ROW = 9, 3, 10
UPLOADS, UPLOAD_BYTES = 50, 5_000_000
ASKED_A_SECOND = 100
ASKED = "/api/v1/halls"
MAX_PIXELS = 60_000_000


def _photo() -> Image.Image:
    """A paper on a table in the light of a room, with a sensor's noise."""
    seen = papers.on_table(papers.certificate(1, (2400, 1700)), size=SIZE, angle=2)
    return papers.lit(seen, grain=5)


def bare(path: Path) -> None:
    """The same work with Pillow alone: nothing checked, cleaned or measured."""
    with Image.open(path) as image:
        image.draft(None, fit(image.size, EDGE))
        drawn = image.resize(fit(image.size, EDGE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    drawn.save(io.BytesIO(), "JPEG", quality=85, subsampling="4:4:4")
    small = drawn.resize(fit(drawn.size, THUMB), Image.Resampling.BICUBIC, reducing_gap=2.0)
    small.save(io.BytesIO(), "JPEG", quality=75, subsampling="4:2:0")


def ours(path: Path) -> None:
    """All that an upload is worth before it is sealed."""
    pictures.take_in(path, max_pixels=MAX_PIXELS)


def cpu_vs_pillow(path: Path) -> float:
    """Processor time of ours by that of the bare library; the median of rounds by turns."""
    ratios = []
    for _ in range(ROUNDS):
        spent = []
        for work in (bare, ours):
            began = time.thread_time()
            for _ in range(IN_A_ROUND):
                work(path)
            spent.append((time.thread_time() - began) / IN_A_ROUND)
        ratios.append(spent[1] / spent[0])
    out.print(f"  a photo: {spent[1] * 1000:.0f} ms of processor, bare {spent[0] * 1000:.0f} ms")
    return statistics.median(ratios)


def two_threads_vs_one(path: Path) -> float:
    """Photos a second with two threads by those with one; the median of rounds by turns."""
    ratios = []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for _ in range(IN_A_ROW):
                ours(path)
            one = IN_A_ROW / (time.perf_counter() - began)
            began = time.perf_counter()
            list(pool.map(ours, [path] * 2 * IN_A_ROW))
            ratios.append(2 * IN_A_ROW / (time.perf_counter() - began) / one)
    out.print(f"  two threads by one, rounds: {' '.join(f'{ratio:.2f}' for ratio in ratios)}")
    return statistics.median(ratios)


def _different_photos(folder: Path) -> None:
    """Photos of 5 MB, no two of which are the same picture."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    seen = _photo()
    rng = random.Random(1)
    for n in range(UPLOADS):
        x, y = rng.randrange(SIZE[0] - 400), rng.randrange(SIZE[1] - 400)
        ImageDraw.Draw(seen).ellipse((x, y, x + 300, y + 300), fill=(n * 5, 90, 200 - n))
        coded = io.BytesIO()
        seen.save(coded, "JPEG", quality=90)
        # What is behind the picture is sent, and dropped.
        data = coded.getvalue()
        (folder / f"{n:02}.jpg").write_bytes(data + bytes(max(0, UPLOAD_BYTES - len(data))))


async def _citizen(ground: Ground) -> str:
    """A token of a citizen."""
    async with server.open_house(ground.on(DATABASE)) as house:
        now, citizen = house.clock.now(), db.new_id()
        await db.execute(
            "INSERT INTO citizens (id, openid, created_at, seen_at) VALUES ($1, $2, $3, $3)",
            citizen,
            f"o-bench-{citizen}",
            now,
        )
        token, _ = await sessions.open_session(
            "citizen", citizen, now=now, lifetime=timedelta(hours=6)
        )
    return token


def _processes(url: str) -> list[Path]:
    """Those of the server there, as folders of /proc."""
    mark = f"ZHANGBAN_PORT={urlsplit(url).port}\0".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes():
                found.append(folder)
        except OSError:
            continue
    return found


def _resident_mb(processes: list[Path]) -> float:
    pages = sum(int((folder / "statm").read_text().split()[1]) for folder in processes)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def _ask(url: str, times: list[float]) -> None:
    """Ask for something else at a steady pace; times in ms from when each was due."""
    parts, loop = urlsplit(url), asyncio.get_running_loop()
    request = f"GET {ASKED} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()

    async def one(due: float) -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(request)
        line = await reader.readline()
        times.append((loop.time() - due) * 1000)
        assert b" 200 " in line, line
        writer.close()

    began, asked = loop.time(), []
    try:
        for n in range(1_000_000):
            due = began + n / ASKED_A_SECOND
            await asyncio.sleep(max(0.0, due - loop.time()))
            asked.append(asyncio.create_task(one(due)))
    finally:
        await asyncio.gather(*asked)


async def _weigh(processes: list[Path], seen: list[float]) -> None:
    while True:
        seen.append(_resident_mb(processes))
        await asyncio.sleep(0.02)


async def _upload_all(url: str, folder: Path, token: str) -> tuple[float, list[float], float]:
    processes, weights, times = _processes(url), [], []
    files = len(os.listdir(folder))  # noqa: PTH208
    before = _resident_mb(processes)
    watchers = [
        asyncio.create_task(_ask(url, times)),
        asyncio.create_task(_weigh(processes, weights)),
    ]
    began = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.uploads", url, str(folder), token]
    sending = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    said, _ = await sending.communicate()
    took = time.perf_counter() - began
    for watcher in watchers:
        watcher.cancel()
    await asyncio.gather(*watchers, return_exceptions=True)
    taken = int(said)
    assert taken == files, f"{taken} of {files} were taken in"
    return max(weights) - before, sorted(times), took


def run(ground: Ground) -> list[Figure]:
    """The library beside us in this process; the uploads against two workers, as deployed."""
    file = ground.folder / "photo.jpg"
    _photo().save(file, "JPEG", quality=90)
    ours(file)
    ratio, threads = cpu_vs_pillow(file), two_threads_vs_one(file)
    ground.make(DATABASE, ONE_HALL)
    token = asyncio.run(_citizen(ground))
    folder, first = ground.folder / "photos", ground.folder / "first"
    _different_photos(folder)
    shutil.rmtree(first, ignore_errors=True)
    first.mkdir()
    for n in range(4):  # what the first photos load is not counted
        odd = papers.page(n).resize((900, 1200))
        odd.save(first / f"{n}.jpg", "JPEG")
    with ground.serving(DATABASE, workers=2, uploads_per_hour=1000) as url:
        asyncio.run(_upload_all(url, first, token))
        weight, times, took = asyncio.run(_upload_all(url, folder, token))
    p99 = times[len(times) * 99 // 100]
    out.print(
        f"  {UPLOADS} uploads of {UPLOAD_BYTES / 1e6:.0f} MB in {took:.1f} s; others meanwhile:"
        f" p50 {times[len(times) // 2]:.1f} ms, p99 {p99:.1f} ms of {len(times)}"
    )
    return [
        Figure(
            "photo_cpu_vs_pillow",
            ratio,
            "processor time of a 12-megapixel photo, by bare Pillow's",
            1.15,
            at_most=True,
        ),
        Figure("photo_two_threads_vs_one", threads, "photos a second, two threads by one", 1.8),
        Figure(
            "upload_memory_mb", weight, "more memory during 50 uploads of 5 MB", 150, at_most=True
        ),
        Figure(
            "upload_others_p99_ms", p99, "what others wait meanwhile, two workers", 50, at_most=True
        ),
    ]
