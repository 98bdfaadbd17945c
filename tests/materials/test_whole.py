"""Holes in the coded data of a JPEG: found where the decoder says nothing."""

import io
import random

import pytest
from PIL import Image

from app.materials.pictures import Damaged, take_in
from app.materials.whole import Scan

from . import odd_pictures as odd
from . import papers


def jpeg(**options: object) -> bytes:
    seen = papers.lit(papers.on_table(papers.page(1)))
    return odd.saved(seen, "JPEG", **options)


PHOTOS = {
    "plain": jpeg(quality=85),
    "optimised": jpeg(quality=70, optimize=True),
    "full colour": jpeg(quality=90, subsampling=0),
    "restarts": jpeg(quality=85, restart_marker_rows=4),
    "gray": odd.saved(papers.page(2).convert("L"), "JPEG"),
    "cmyk": odd.saved(papers.page(2).convert("CMYK"), "JPEG"),
}


@pytest.fixture
def is_taken(tmp_path):
    def take(data: bytes) -> bool:
        try:
            take_in(odd.put(tmp_path, data), max_pixels=10_000_000)
        except Damaged:
            return False
        return True

    return take


@pytest.mark.parametrize("name", PHOTOS)
def test_a_whole_photo_is_taken(is_taken, name):
    assert is_taken(PHOTOS[name])
    assert is_taken(PHOTOS[name] + b"appended")
    assert is_taken(PHOTOS[name][:-2] + bytes(5000) + b"\xff\xd9"), "some cameras fill up"


@pytest.mark.parametrize("name", sorted(PHOTOS.keys() - {"restarts"}))
@pytest.mark.parametrize("size", [1024, 16_384])
def test_a_photo_that_lost_bytes_in_its_middle_is_damaged(is_taken, name, size):
    rng, whole = random.Random(name), PHOTOS[name]
    for _ in range(6):
        at = rng.randrange(len(whole) // 10, len(whole) * 9 // 10 - size)
        assert not is_taken(whole[:at] + whole[at + size :])


@pytest.mark.parametrize("name", PHOTOS)
def test_a_photo_of_which_a_fifth_was_overwritten_is_found_damaged_nearly_always(is_taken, name):
    rng, whole = random.Random(name), PHOTOS[name]
    size, found = len(whole) // 5, 0
    for filler in (bytes(size), rng.randbytes(size)) * 5:
        at = rng.randrange(len(whole) // 10, len(whole) - size - 2)
        found += not is_taken(whole[:at] + filler + whole[at + size :])
    assert found >= 9


def test_restart_markers_that_are_missing_are_a_hole(is_taken):
    whole = PHOTOS["restarts"]
    first, second = whole.index(b"\xff\xd2"), whole.index(b"\xff\xd3")
    assert not is_taken(whole[:first] + whole[second:])


def test_a_progressive_photo_is_left_to_the_decoder(is_taken):
    assert is_taken(jpeg(progressive=True))


def test_what_stands_behind_the_coded_data_is_never_read():
    scan = Scan(PHOTOS["plain"] + odd.SECRET * 100)
    with Image.open(scan, formats=("JPEG",)) as image:
        image.load()
    scan.check_read()
    assert scan.tell() <= len(PHOTOS["plain"])


@pytest.mark.parametrize("cut", range(2, 700, 7))
def test_a_header_cut_anywhere_is_no_error_of_ours(cut):
    with pytest.raises((OSError, SyntaxError, Damaged), match=r"."):
        Image.open(Scan(PHOTOS["plain"][:cut]), formats=("JPEG",)).load()


def test_bytes_before_the_picture_count_as_other_files_do():
    assert Scan(b"no picture").read() == b"no picture"
    assert isinstance(Scan(b""), io.BytesIO)
