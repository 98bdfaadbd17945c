"""What is taken in as a photo, and how it comes out."""

import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from app.materials.pictures import (
    Picture,
    TooSmall,
    take_in,
)

from . import odd_pictures as odd

MAX_PIXELS = 1_000_000
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")


@pytest.fixture
def taken(tmp_path: Path):
    """Writes the bytes to a file and takes it in."""

    def take(data: bytes, **options: int) -> Picture:
        return take_in(odd.put(tmp_path, data), **{"max_pixels": MAX_PIXELS} | options)

    return take


class TestAPhoneJpeg:
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_comes_out_upright(self, taken, orientation):
        picture = taken(odd.phone_photo(orientation))
        assert odd.corners(picture.display) == odd.UPRIGHT
        assert odd.corners(picture.thumbnail) == odd.UPRIGHT
        assert (picture.width, picture.height) == (240, 320)

    @pytest.mark.parametrize("orientation", [1, 6])
    def test_loses_every_kind_of_metadata(self, taken, orientation):
        data = odd.phone_photo(orientation)
        assert data.count(odd.SECRET) == 7, "maker, 2 previews, XMP, IPTC, comment, APP15"
        odd.assert_only_pixels(taken(data))

    @pytest.mark.parametrize("orientation", [0, 9, 255, 65535])
    def test_stays_as_it_is_under_an_orientation_that_does_not_exist(self, taken, orientation):
        data = odd.with_segments(odd.jpeg(), odd.segment(0xE1, b"Exif\0\0" + odd.exif(orientation)))
        assert odd.corners(taken(data).display) == odd.UPRIGHT

    @pytest.mark.parametrize("cut", [0, 4, 8, 9, 20, 40, 60, 90])
    def test_is_taken_with_broken_exif_for_the_pixels_are_whole(self, taken, cut):
        block = b"Exif\0\0" + odd.exif(6)[:cut]
        picture = taken(odd.with_segments(odd.jpeg(), odd.segment(0xE1, block)))
        odd.assert_only_pixels(picture)

    def test_says_what_it_is(self, taken):
        picture = taken(odd.phone_photo())
        assert picture.source_format == "JPEG"
        assert picture.digest == hashlib.sha256(picture.display).hexdigest()

    def test_gives_the_same_bytes_every_time(self, taken):
        assert taken(odd.phone_photo(3)) == taken(odd.phone_photo(3))

    def test_with_a_second_picture_gives_its_first(self, taken):
        picture = taken(odd.two_picture_jpeg())
        assert odd.corners(picture.display) == odd.UPRIGHT
        assert picture.source_format == "JPEG"
        odd.assert_only_pixels(picture)

    def test_loses_an_archive_hidden_behind_it(self, taken):
        odd.assert_only_pixels(taken(odd.zip_behind(odd.jpeg())))


class TestSizes:
    @pytest.mark.parametrize(
        ("size", "display", "thumbnail"),
        [
            ((1000, 500), (1000, 500), (320, 160)),
            ((500, 1000), (500, 1000), (160, 320)),
            ((3200, 1600), (1600, 800), (320, 160)),
            ((1601, 1200), (1600, 1199), (320, 240)),
            ((200, 100), (200, 100), (200, 100)),
            ((32, 32), (32, 32), (32, 32)),
        ],
    )
    @pytest.mark.parametrize("kind", [odd.jpeg, odd.png])
    def test_are_fitted_and_never_enlarged(self, taken, kind, size, display, thumbnail):
        picture = taken(kind(size), max_pixels=10_000_000)
        assert (picture.width, picture.height) == display
        for jpeg, expected in ((picture.display, display), (picture.thumbnail, thumbnail)):
            with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
                assert image.size == expected
            assert odd.corners(jpeg) == odd.UPRIGHT

    @pytest.mark.parametrize("size", [(32, 60_000), (60_000, 32)])
    @pytest.mark.parametrize("kind", [odd.jpeg, odd.png])
    def test_of_a_ribbon_are_at_least_one_pixel(self, taken, kind, size):
        picture = taken(kind(size), max_pixels=2_000_000)
        assert sorted((picture.width, picture.height)) == [1, 1600]
        with Image.open(io.BytesIO(picture.thumbnail), formats=("JPEG",)) as image:
            assert sorted(image.size) == [1, 320]

    @pytest.mark.parametrize("size", [(1, 60_000), (31, 500), (500, 31), (1, 1)])
    def test_below_the_smallest_are_refused(self, taken, size):
        with pytest.raises(TooSmall) as refused:
            taken(odd.png(size))
        assert f"{size[0]}×{size[1]}" in refused.value.detail

    def test_follow_the_edges_asked_for(self, taken):
        picture = taken(odd.jpeg((300, 400)), display_edge=200, thumb_edge=40)
        assert (picture.width, picture.height) == (150, 200)
        with Image.open(io.BytesIO(picture.thumbnail), formats=("JPEG",)) as image:
            assert image.size == (30, 40)


class TestOtherFormats:
    def test_heic_comes_out_upright_and_clean(self, taken):
        assert b"GPSPHONE" in odd.HEIC
        picture = taken(odd.HEIC)
        assert picture.source_format == "HEIF"
        assert (picture.width, picture.height) == (48, 64)
        assert odd.corners(picture.display) == odd.UPRIGHT
        odd.assert_only_pixels(picture)

    def test_heic_is_fitted_like_any_other(self, taken):
        picture = taken(odd.HEIC, display_edge=32, thumb_edge=16)
        assert (picture.width, picture.height) == (24, 32)
        assert odd.corners(picture.display) == odd.UPRIGHT

    def test_png_is_turned_by_its_exif_and_loses_its_texts(self, taken):
        data = odd.png_with_metadata()
        assert odd.SECRET in data
        picture = taken(data)
        assert odd.corners(picture.display) == odd.UPRIGHT
        odd.assert_only_pixels(picture)

    @pytest.mark.parametrize("lossless", [True, False])
    def test_webp_is_turned_by_its_exif(self, taken, lossless):
        lying = odd.scene().transpose(odd.TURNED[6])
        data = odd.saved(lying, "WEBP", lossless=lossless, exif=odd.exif(6), xmp=odd.xmp())
        picture = taken(data)
        assert picture.source_format == "WEBP"
        assert odd.corners(picture.display) == odd.UPRIGHT
        odd.assert_only_pixels(picture)

    @pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
    def test_png_modes_keep_their_colours(self, taken, mode):
        assert odd.corners(taken(odd.png(mode=mode)).display) == odd.UPRIGHT

    def test_cmyk_jpeg_becomes_rgb(self, taken):
        picture = taken(odd.saved(odd.scene(mode="CMYK"), "JPEG"))
        assert odd.corners(picture.display) == odd.UPRIGHT
        odd.assert_only_pixels(picture)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
    def test_gray_stays_gray_light_and_dark(self, taken, mode):
        steps = Image.new("L", (64, 64), 0)
        steps.paste(255, (32, 0, 64, 64))
        if mode == "I;16":
            data = odd.saved(steps.convert("I").point(lambda v: v * 257).convert("I;16"), "PNG")
        else:
            data = odd.saved(steps.convert(mode), "PNG")
        assert column_levels(taken(data)) == pytest.approx([0, 255], abs=3)

    @pytest.mark.parametrize(("level", "expected"), [(0, 0), (256, 1), (32768, 128), (65535, 255)])
    def test_sixteen_bits_are_scaled_not_clipped(self, taken, level, expected):
        picture = taken(odd.png_16_bit(level))
        assert column_levels(picture) == pytest.approx([expected] * 2, abs=2)

    @pytest.mark.parametrize("image_format", ["PNG", "WEBP"])
    def test_transparency_is_shown_on_white(self, taken, image_format):
        clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
        clear.paste((255, 0, 0, 255), (0, 0, 32, 32))
        picture = taken(odd.saved(clear, image_format, lossless=True))
        assert odd.corners(picture.display) == ["red", "white", "white", "white"]

    def test_half_transparency_is_half_white(self, taken):
        half = Image.new("LA", (64, 64), (0, 128))
        assert column_levels(taken(odd.saved(half, "PNG"))) == pytest.approx([127, 127], abs=2)

    @pytest.mark.parametrize("mode", ["RGB", "P"])
    def test_a_transparent_colour_is_shown_on_white(self, taken, mode):
        black = Image.new("RGB", (64, 64), 0).convert(mode)
        transparent = (0, 0, 0) if mode == "RGB" else 0
        data = odd.saved(black, "PNG", transparency=transparent)
        assert odd.corners(taken(data).display) == ["white"] * 4


def column_levels(picture: Picture) -> list[int]:
    """The gray of the left and of the right half; fails if a pixel is not gray."""
    with Image.open(io.BytesIO(picture.display), formats=("JPEG",)) as image:
        width, height = image.size
        pixels = [image.getpixel((x, height // 2)) for x in (width // 4, width * 3 // 4)]
    for pixel in pixels:
        assert max(pixel) - min(pixel) <= 2
    return [pixel[0] for pixel in pixels]


class TestColourProfiles:
    def test_are_honoured(self, taken):
        picture = taken(odd.png(icc_profile=odd.swapped_profile()))
        assert odd.corners(picture.display)[0] != "red"
        odd.assert_only_pixels(picture)

    def test_that_say_srgb_change_nothing(self, taken):
        assert odd.corners(taken(odd.jpeg(icc_profile=odd.srgb_profile())).display) == odd.UPRIGHT

    @pytest.mark.parametrize(
        "profile",
        [b"nonsense", b"\0" * 128, odd.srgb_profile()[:200], odd.profile_of_another_kind()],
    )
    @pytest.mark.parametrize("kind", [odd.jpeg, odd.png])
    def test_that_are_broken_or_unfitting_are_ignored(self, taken, kind, profile):
        picture = taken(kind(icc_profile=profile))
        assert odd.corners(picture.display) == odd.UPRIGHT
        odd.assert_only_pixels(picture)


def test_threads_do_not_disturb_each_other(tmp_path):
    files = []
    for number in range(8):
        folder = tmp_path / str(number)
        folder.mkdir()
        files.append(odd.put(folder, odd.phone_photo(number + 1)))
    together = threading.Barrier(4)

    def take(path: Path) -> list[str]:
        together.wait(10)
        return odd.corners(take_in(path, max_pixels=MAX_PIXELS).display)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(take, files)) == [odd.UPRIGHT] * 8
