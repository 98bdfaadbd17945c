"""Hostile files over HTTP: each is taken or refused, nothing of them but pixels is kept.

A run takes 200; `make hostile` takes 1,000, or as many as HOSTILE_FILES says.
"""

import io
import os
import time

import msgspec
import pytest
from PIL import Image

from app.core import db
from app.core.house import House
from app.materials import service

from . import hostile
from . import odd_pictures as odd
from .conftest import Phone, Stored

FILES = int(os.environ.get("HOSTILE_FILES", "200"))
PARTS = 4
"""Tests that share the files, so that several workers can run them."""
SECONDS = 60
"""In which each must be answered: the longest that a child may take."""
MAX_PIXELS = 4_000_000


@pytest.fixture
def lenient(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room for a thousand uploads in an hour, and for little pixels."""
    settings = msgspec.structs.replace(
        house.settings, uploads_per_hour=100_000, upload_max_pixels=MAX_PIXELS
    )
    monkeypatch.setattr(house, "settings", settings)


def decodes(data: bytes) -> bool:
    """Whether the first picture in it can be decoded to its end, by the library alone."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as image:
            image.load()
    except Exception:
        return False
    return True


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("part", range(PARTS))
async def test_each_is_taken_or_refused_and_only_pixels_are_kept(
    part: int, phone: Phone, house: House, stored: Stored, lenient: None
) -> None:
    taken: dict[str, int] = {}
    longest = 0.0
    for seed in range(part, FILES, PARTS):
        name, data = hostile.made(seed)
        began = time.monotonic()
        answer = await phone.client.post(
            "/api/v1/materials",
            files={"file": ("照片.jpg", data)},
            headers=phone.headers,
            timeout=SECONDS,
        )
        longest = max(longest, time.monotonic() - began)
        assert answer.status_code in (201, 422), f"{name}: {answer.status_code} {answer.text}"
        assert odd.SECRET.decode() not in answer.text, name
        if answer.status_code == 201:
            shown = answer.json()
            taken[shown["id"]] = shown["pages"]
            is_photo = shown["format"] == "photo" and data[4:8] != b"ftyp"
            assert not is_photo or decodes(data), f"{name} was taken and does not decode"
        else:
            said = answer.json()
            assert "请" in said.get("detail", "") + said["title"], name
    assert FILES // PARTS * 0.2 < len(taken) < FILES // PARTS * 0.9, "some of both kinds"
    for material_id, pages in taken.items():
        for number in range(1, pages + 1):
            for size in ("display", "thumbnail"):
                page = await phone.get(f"/{material_id}/{size}", page=number)
                assert decodes(page.content)
                odd.assert_clean(page.content)
    rows = await db.fetch("SELECT sum(pages) AS pages FROM pictures")
    assert len(await stored()) == 2 * rows[0]["pages"], "nothing is kept but what was taken"
    assert list(service.upload_folder(house).iterdir()) == []
    assert longest < SECONDS


def test_the_same_number_is_the_same_file() -> None:
    for seed in (0, 17, 402):
        assert hostile.made(seed) == hostile.made(seed)


def test_all_kinds_come_up() -> None:
    names = " ".join(hostile.made(seed).name for seed in range(0, 400, 2))
    assert {maker.__name__ for maker, _ in hostile.MAKERS} == {
        maker.__name__ for maker, _ in hostile.MAKERS if maker.__name__ in names
    }
