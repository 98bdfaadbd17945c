"""PDF files: pictures of their pages are kept, and nothing else of them."""

import io
from pathlib import Path

import pytest
from PIL import Image

from app.materials import pdf
from app.materials.pictures import (
    Damaged,
    LivingForm,
    Locked,
    NotAPhoto,
    OddPage,
    Picture,
    TooManyPages,
    TooManyPixels,
    take_in,
)
from app.materials.quality import Finding

from . import odd_pdfs, papers
from . import odd_pictures as odd

MAX_PIXELS = 4_000_000


@pytest.fixture
def taken(tmp_path: Path):
    def take(data: bytes, **options: int) -> Picture:
        path = odd.put(tmp_path, data)
        return take_in(path, **{"max_pixels": MAX_PIXELS, "max_pages": 3} | options)

    return take


def darkest(jpeg: bytes) -> int:
    with Image.open(io.BytesIO(jpeg)) as image:
        return image.convert("L").getextrema()[0]


class TestPages:
    def test_are_pictures_as_they_look(self, taken):
        picture = taken(odd_pdfs.scene(3))
        assert picture.source_format == "PDF"
        assert len(picture.pages) == 3
        for page in picture.pages:
            assert (page.width, page.height) == (1131, 1600)
            assert odd.corners(page.display) == odd.corners(page.thumbnail) == odd.UPRIGHT

    def test_hold_nothing_of_the_file_but_pixels(self, taken):
        data = odd_pdfs.scene(2)
        assert odd_pdfs.SECRET.encode() in data
        for page in taken(data).pages:
            odd.assert_only_pixels(Picture((page,), "PDF", ""))

    def test_are_the_same_every_time_and_differ_by_their_number(self, taken):
        assert taken(odd_pdfs.scene(2)) == taken(odd_pdfs.scene(2))
        assert taken(odd_pdfs.scene(2)).digest != taken(odd_pdfs.scene(1)).digest

    @pytest.mark.parametrize(
        ("size", "expected"),
        [((842, 595), (1600, 1131)), ((100, 100), (1600, 1600)), ((300, 2000), (240, 1600))],
    )
    def test_are_fitted_whatever_their_size(self, taken, size, expected):
        picture = taken(odd_pdfs.scene(1, size))
        assert (picture.width, picture.height) == expected

    def test_show_words_of_a_font_that_is_not_in_the_file(self, taken):
        assert darkest(taken(odd_pdfs.words()).display) < 60
        assert darkest(taken(odd_pdfs.words(" ")).display) > 240

    def test_show_what_is_filled_into_fields(self, taken):
        assert darkest(taken(odd_pdfs.form_field("12345678")).display) < 60
        assert darkest(taken(odd_pdfs.form_field("")).display) > 180

    def test_are_measured_like_photos(self, taken):
        blurred = papers.lit(papers.blurred(papers.on_table(papers.page(1)), 4))
        assert Finding("blurred") in taken(odd_pdfs.scan_of(blurred)).findings
        assert taken(odd_pdfs.scan_of(papers.page(1))).findings == ()

    def test_of_a_file_locked_against_changes_alone_are_taken(self, taken):
        assert odd.corners(taken(odd_pdfs.encrypted("")).display) == odd.UPRIGHT

    def test_stand_behind_what_others_wrote_before_the_header(self, taken):
        assert odd.corners(taken(b"\r\n" * 200 + odd_pdfs.scene()).display) == odd.UPRIGHT


class TestWhatIsActive:
    def test_is_not_run_and_not_kept(self, taken):
        data = odd_pdfs.with_script()
        assert b"/JavaScript" in data
        assert b"/Launch" in data
        picture = taken(data)
        assert odd.corners(picture.display) == odd.UPRIGHT
        odd.assert_only_pixels(picture)

    def test_attachments_are_left_out_and_the_sender_is_told(self, taken):
        picture = taken(odd_pdfs.with_attachment())
        odd.assert_only_pixels(picture)
        assert picture.findings == (Finding("attachments"),)


class TestRefused:
    @pytest.mark.parametrize(
        ("data", "why"),
        [
            (odd_pdfs.encrypted("password"), Locked),
            (odd_pdfs.living_form(), LivingForm),
            (odd_pdfs.scene(4), TooManyPages),
            (odd_pdfs.claims_pages(1_000_000), TooManyPages),
            (odd_pdfs.claims_pages(2), Damaged),
            (odd_pdfs.endless_tree(), Damaged),
            (odd_pdfs.bomb(2001), TooManyPixels),
            (odd_pdfs.broken_picture(), Damaged),
            (odd_pdfs.page_of(15_000, 15_000), OddPage),
            (odd_pdfs.page_of(20, 20), OddPage),
            (odd_pdfs.page_of(50, 500), OddPage),
            (b"%PDF-1.7", Damaged),
            (b"%PDF-1.7\n%%EOF\n", Damaged),
            (odd_pdfs.scene() + bytes(pdf.TAIL), Damaged),
        ],
        ids=range(14),
    )
    def test_with_a_reason(self, taken, data, why):
        with pytest.raises(why) as refused:
            taken(data)
        assert "请" in refused.value.title or "请" in (refused.value.detail or "")

    def test_without_its_end_at_any_place(self, taken):
        data = odd_pdfs.scene()
        last = data.rindex(b"%%EOF")
        for cut in (*range(0, last, last // 8), last, last + 4):
            with pytest.raises((Damaged, NotAPhoto)):
                taken(data[:cut])

    def test_that_draws_itself_without_end(self, taken):
        with pytest.raises(Damaged):
            taken(odd_pdfs.endless_form())

    def test_that_takes_too_long(self, taken, monkeypatch):
        monkeypatch.setattr(pdf, "SECONDS", 0.001)
        with pytest.raises(Damaged):
            taken(odd_pdfs.scene())

    def test_wherever_no_pdf_is_wanted(self, taken):
        with pytest.raises(NotAPhoto):
            taken(odd_pdfs.scene(), max_pages=0)

    def test_the_answer_says_how_many_pages_are_taken(self, taken):
        with pytest.raises(TooManyPages) as refused:
            taken(odd_pdfs.scene(5))
        assert refused.value.detail == "这个 PDF 有 5 页，最多 3 页。"


def test_a_picture_that_is_a_pdf_further_on_is_a_picture(taken):
    picture = taken(odd_pdfs.pdf_and_jpeg())
    assert picture.source_format == "JPEG"
    odd.assert_only_pixels(picture)


def test_contents_that_unpack_to_megabytes_are_only_contents(taken):
    assert taken(odd_pdfs.deep_filters()).findings == (Finding("blank"),)


def test_a_child_that_lies_about_sizes_is_not_believed():
    pages = pdf.Pages(Path("x"), max_pages=1, max_pixels=1, edge=10, fonts=None)
    for said in (b"", b"pages", b"pages x 0", b"pages 0 0", b"pages 1 0\npage 11 1\n", b"\xff 1 1"):
        with pytest.raises(pdf.CannotDraw):
            list(pages._read(io.BytesIO(said + b"\n" + bytes(20))))
