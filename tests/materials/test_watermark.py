"""Copies for reviewers: marked everywhere, readable underneath, whatever the picture."""

import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from app.core import fonts
from app.materials import watermark
from app.materials.watermark import Mark

MARK = Mark("食品经营许可（新办）", "青河县市场监督管理局", date(2026, 11, 22), "0017")


def jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def changes(image: Image.Image, mark: Mark = MARK) -> Image.Image:
    """How much each pixel of the copy differs from the picture, in gray."""
    before = jpeg(image)
    copy = Image.open(io.BytesIO(watermark.marked(before, mark)))
    return ImageChops.difference(Image.open(io.BytesIO(before)).convert("L"), copy.convert("L"))


@pytest.mark.parametrize("colour", ["white", "black", "gray", "red", "#203060", "#e0d8c0"])
@pytest.mark.parametrize("size", [(1600, 1200), (1200, 1600), (1600, 500), (320, 240)])
def test_no_part_that_can_be_read_is_free_of_it(colour: str, size: tuple[int, int]) -> None:
    """A tenth of the long side holds about five letters of a certificate's print."""
    found = changes(Image.new("RGB", size, colour))
    edge = max(size) // 10
    for x in range(0, size[0] - edge + 1, edge // 2):
        for y in range(0, size[1] - edge + 1, edge // 2):
            part = found.crop((x, y, x + edge, y + edge))
            assert part.getextrema()[1] >= 18, (x, y)


def test_the_text_below_stays_readable() -> None:
    """Black print stays far darker than the marks on white, wherever they cross."""
    page = Image.new("L", (1200, 1600), 255)
    font = ImageFont.truetype(str(fonts.path()), 26)
    draw = ImageDraw.Draw(page)
    for line in range(36):
        draw.text((60, 60 + line * 42), "统一社会信用代码 91511602MA6XXXX0" * 2, 0, font)
    copy = Image.open(io.BytesIO(watermark.marked(jpeg(page.convert("RGB")), MARK))).convert("L")
    print_, paper = page.point(lambda p: 255 * (p < 20)), page.point(lambda p: 255 * (p > 250))
    darkest_paper = min(value for value, n in enumerate(copy.histogram(paper)) if n > 50)
    lightest_print = max(value for value, n in enumerate(copy.histogram(print_)) if n > 50)
    assert lightest_print < 120
    assert darkest_paper > 150
    assert ImageStat.Stat(copy, paper).mean[0] > 235


@given(
    matter=st.text(min_size=1, max_size=200).filter(str.strip),
    place=st.text(min_size=1, max_size=60).filter(str.strip),
    reader=st.text(min_size=1, max_size=20).filter(str.strip),
    size=st.tuples(st.integers(32, 700), st.integers(32, 700)),
)
@settings(max_examples=40, deadline=None)
def test_any_words_on_any_size(matter: str, place: str, reader: str, size: tuple[int, int]) -> None:
    copy = watermark.marked(
        jpeg(Image.new("RGB", size, "white")), Mark(matter, place, date(2026, 1, 1), reader)
    )
    with Image.open(io.BytesIO(copy)) as image:
        assert image.size == size
        assert image.convert("L").getextrema()[0] < 235


def test_it_says_what_where_when_and_who() -> None:
    assert (
        MARK.text == "仅供食品经营许可（新办）使用 · 青河县市场监督管理局 · 2026-11-22 · 工号0017"
    )
    long = Mark("很长" * 50, "局\n科", date(2026, 11, 22), "1").text
    assert long == f"仅供{'很长' * 11}很…使用 · 局 科 · 2026-11-22 · 工号1"


def test_the_copy_has_no_metadata_and_is_another_for_another_reader() -> None:
    page = jpeg(Image.new("RGB", (400, 300), "white"))
    mine = watermark.marked(page, MARK)
    other = watermark.marked(page, Mark(MARK.matter, MARK.place, MARK.day, "0018"))
    assert mine != other
    with Image.open(io.BytesIO(mine)) as image:
        assert not image.getexif()
        assert "comment" not in image.info


def test_few_tiles_are_kept() -> None:
    page = jpeg(Image.new("RGB", (320, 240), "white"))
    for number in range(20):
        watermark.marked(page, Mark("a", "b", date(2026, 1, 1), str(number)))
    assert len(watermark._tiles._kept) == watermark.TILES
