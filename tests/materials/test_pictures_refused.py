"""What is refused as a photo, and that nothing comes through in between."""

import signal
import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from app.core.errors import Problem
from app.materials import heif
from app.materials.pictures import (
    Animated,
    Damaged,
    NotAPhoto,
    Picture,
    TooManyPixels,
    TooSmall,
    take_in,
)
from app.materials.whole import MAX_SCANS

from . import odd_pictures as odd

MAX_PIXELS = 1_000_000
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")
quick = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def taken(tmp_path: Path):
    """Writes the bytes to a file and takes it in."""

    def take(data: bytes, **options: int) -> Picture:
        return take_in(odd.put(tmp_path, data), **{"max_pixels": MAX_PIXELS} | options)

    return take


class TestRefusedAsNotAPhoto:
    @pytest.mark.parametrize(
        ("data", "advice"),
        [
            (b"", None),
            (b"\xff", None),
            (b"hello, this is text", None),
            (b"<html><script>alert(1)</script></html>", None),
            (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', None),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
            (b"\xef\xbb\xbf\n%PDF-1.4\n", "PDF"),
            (odd.saved(odd.scene(), "GIF"), "GIF"),
            (odd.frames("GIF"), "GIF"),
            (odd.saved(odd.scene(), "BMP"), "BMP"),
            (odd.saved(odd.scene(), "TIFF"), "TIFF"),
            (odd.saved(odd.scene(), "ICO"), None),
            (odd.saved(odd.scene(), "JPEG2000"), None),
            (odd.saved(odd.scene(), "PPM"), None),
            (odd.saved(odd.scene((64, 64)), "AVIF"), "AVIF"),
            pytest.param(odd.zip_behind(b""), "压缩包", id="zip-压缩包"),
            (b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41", "视频"),
            (b"\0" + odd.jpeg(), None),
        ],
        ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else value or "-",
    )
    def test_by_content_with_advice_where_the_kind_is_known(self, taken, data, advice):
        with pytest.raises(NotAPhoto) as refused:
            taken(data)
        if advice is None:
            assert refused.value.detail is None
        else:
            assert advice in refused.value.detail

    def test_name_and_suffix_do_not_help(self, tmp_path):
        path = tmp_path / "photo.jpg"
        path.write_bytes(b"%PDF-1.7")
        with pytest.raises(NotAPhoto):
            take_in(path, max_pixels=MAX_PIXELS)

    def test_a_file_that_is_not_there_is_no_matter_of_the_citizen(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            take_in(tmp_path / "nothing", max_pixels=MAX_PIXELS)


class TestRefusedAsAnimated:
    @pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
    def test_several_frames(self, taken, image_format):
        with pytest.raises(Animated):
            taken(odd.frames(image_format))

    def test_a_heif_sequence(self, taken):
        with pytest.raises(Animated):
            taken(odd.HEIC.replace(b"ftypheic", b"ftyphevc", 1))


class TestRefusedForItsPixels:
    @pytest.mark.parametrize(
        "data",
        [
            odd.png_of(100_000, 100_000),
            odd.png_of(2**31 - 1, 2**31 - 1),
            odd.png_of(1001, 1000),
            odd.jpeg_declaring(65_500, 65_500),
            odd.jpeg_declaring(2000, 2000),
            odd.png_bomb(1100),
        ],
        ids=["png", "png-largest", "png-just-over", "jpeg-largest", "jpeg", "bomb"],
    )
    def test_before_any_is_decoded(self, taken, data):
        """All but the bomb have no such pixels: to decode them would give `Damaged`."""
        with pytest.raises(TooManyPixels):
            taken(data)

    def test_heic_by_its_header(self, taken):
        with pytest.raises(TooManyPixels):
            taken(odd.HEIC, max_pixels=48 * 64 - 1)

    def test_a_bomb_within_the_limit_is_only_a_picture(self, taken):
        picture = taken(odd.png_bomb(1000))
        assert (picture.width, picture.height) == (1000, 1000)

    def test_the_answer_says_how_many_are_allowed(self, taken):
        with pytest.raises(TooManyPixels) as refused:
            taken(odd.png_of(4000, 3000))
        assert refused.value.detail == "这张照片有 1200 万像素，最多 100 万像素。"


class TestRefusedAsDamaged:
    @pytest.mark.parametrize(
        "whole",
        [
            odd.jpeg(),
            odd.jpeg(progressive=True),
            odd.phone_photo(6),
            odd.png(),
            odd.png(mode="P"),
            odd.saved(odd.scene(), "WEBP"),
            odd.saved(odd.scene(), "WEBP", lossless=True),
            odd.HEIC,
        ],
        ids=["jpeg", "progressive", "phone", "png", "palette", "webp", "webp-lossless", "heic"],
    )
    def test_a_truncated_file_never_gives_half_a_picture(self, taken, whole):
        """Refused at any point; only past its last pixel, near the end, it may be whole."""
        complete = taken(whole)
        length = len(whole)
        parts = 8 if whole is odd.HEIC else 40  # each HEIC takes a process
        refused = 0
        for cut in {length * part // parts for part in range(parts)} | {length - 1, length - 2}:
            try:
                picture = taken(whole[:cut])
            except (Damaged, NotAPhoto):
                refused += 1
            else:
                assert cut > length * 0.9
                assert picture.digest == complete.digest
        assert refused >= parts * 0.9

    def test_too_many_scans(self, taken):
        with pytest.raises(Damaged):
            taken(odd.many_scans(MAX_SCANS + 1))

    def test_not_by_the_scans_that_cameras_write(self, taken):
        assert odd.corners(taken(odd.jpeg(progressive=True)).display) == odd.UPRIGHT

    @pytest.mark.parametrize(
        "data",
        [
            odd.png_of(64, 64),
            odd.png_of(64, 64, odd.chunk(b"IDAT", b"not zlib")),
            odd.png_of(64, 64, depth=3, colour=9),
            odd.text_bomb(),
            b"\xff\xd8\xff",
            b"\xff\xd8\xff\xd9",
            b"\xff\xd8\xff\xe0\xff\xff",
            b"RIFF\xff\xff\xff\xffWEBP",
            b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0/\xff\xff\xff\xff\0\0\0\0\0\0\0\0",
            b"\0\0\0\x18ftypheic" + b"\0" * 200,
            b"\0\0\0\x18ftypmif1" + b"\xff" * 200,
        ],
        ids=range(11),
    )
    def test_what_begins_like_a_photo_and_is_none(self, taken, data):
        with pytest.raises(Damaged):
            taken(data)

    def test_a_heic_that_kills_its_decoder_does_not_kill_us(self, taken):
        with pytest.raises(Damaged) as refused:
            taken(odd.heic_that_kills_its_decoder())
        child = refused.value.__cause__.__cause__
        assert child.returncode == -signal.SIGSEGV

    def test_a_heic_that_takes_too_long(self, taken, monkeypatch):
        monkeypatch.setattr(heif, "SECONDS", 0.001)
        with pytest.raises(Damaged):
            taken(odd.HEIC)

    @pytest.mark.parametrize(
        "error", [MemoryError, OverflowError, struct.error, RecursionError, SyntaxError, IndexError]
    )
    def test_whatever_the_decoder_raises(self, taken, monkeypatch, error):
        def fail(*_args: object, **_options: object) -> None:
            raise error

        monkeypatch.setattr(Image, "open", fail)
        with pytest.raises(Damaged):
            taken(odd.jpeg())


def assert_refused_or_clean(path: Path) -> None:
    try:
        picture = take_in(path, max_pixels=MAX_PIXELS)
    except (NotAPhoto, TooManyPixels, TooSmall, Animated, Damaged):
        return
    odd.assert_only_pixels(picture)


STARTS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP", b"\0\0\0\x18ftypheic"]
WHOLE = [odd.phone_photo(6, (48, 64)), odd.png_with_metadata(), odd.HEIC]


class TestAnyBytes:
    """Nothing but a `Problem` or a clean picture ever comes out."""

    @quick
    @given(start=st.sampled_from(STARTS), rest=st.binary(max_size=400))
    def test_random(self, tmp_path, start, rest):
        assert_refused_or_clean(odd.put(tmp_path, start + rest))

    @quick
    @given(data=st.data())
    def test_a_photo_with_some_bytes_changed(self, tmp_path, data):
        changed = bytearray(data.draw(st.sampled_from(WHOLE)))
        for _ in range(data.draw(st.integers(1, 5))):
            at = data.draw(st.integers(0, len(changed) - 1))
            changed[at] = data.draw(st.integers(0, 255))
        assert_refused_or_clean(odd.put(tmp_path, bytes(changed)))


@pytest.mark.parametrize("error", [NotAPhoto, TooManyPixels, TooSmall, Animated, Damaged])
def test_every_refusal_says_in_chinese_what_to_do(error):
    assert issubclass(error, Problem)
    assert error.status == 422
    assert error.code.startswith("materials.")
    assert "请" in error.title
    assert error.title.endswith("。")
