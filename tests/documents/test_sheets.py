"""What a paper looks like: rendered, and read back."""

import io
import subprocess
import sys
from datetime import date

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from app.core.privacy import Personal
from app.documents import papers
from app.documents.pages import HEIGHT, OFFICIAL, WIDTH
from app.documents.parts import QR_SIDE, QUIET
from app.documents.rules import Kind, Paper
from app.documents.sheets import (
    Column,
    Heading,
    KeyValues,
    Paragraph,
    Sheet,
    Signed,
    Space,
    Table,
    pdf_of,
)
from app.documents.strips import MM
from tests.documents.makers import (
    ADDRESS,
    CODE,
    DOTS,
    NUMBER,
    ink_within,
    modules,
    pages,
    paper,
    picture,
    text,
)


def drawn(given_paper: Paper, *, anonymous: bool = False) -> bytes:
    return pdf_of(papers.sheet(given_paper, CODE, ADDRESS, anonymous=anonymous))


CERTIFICATE = paper(
    kind=Kind.CERTIFICATE,
    number="JY25116020000001",
    title="小餐饮经营许可证",
    holder=Personal("青河巷子豆花店", "name"),
    valid_until=date(2029, 3, 1),
    details=(("经营场所", "青河县东风路 18 号"), ("经营项目", "热食类食品制售")),
)


def test_a_letter_says_all_that_it_should_and_it_can_be_copied() -> None:
    said = text(drawn(paper()))
    for part in (
        "青河县政务服务中心",
        f"编号：{NUMBER}",
        "受理通知书",
        "欧阳明月：",
        "2026年3月2日",
    ):
        assert part in said
    for line in paper().lines:
        assert line.replace(" ", "") in said.replace(" ", "")
    assert "0123-4567-89AB-CDEF" in said
    assert "GHJK-MNPQ-RSTV" in said
    assert "https://hall.example.gov.cn/v " in said


def test_the_file_says_what_it_is_and_that_it_is_chinese() -> None:
    reader = PdfReader(io.BytesIO(drawn(paper())))
    assert reader.metadata is not None
    assert reader.metadata.title == f"受理通知书 {NUMBER}"
    assert reader.metadata.author == "青河县政务服务中心"
    assert reader.metadata["/CreationDate"] == "D:20260302020000+00'00'"
    assert reader.root_object["/Lang"] == "zh-CN"


def test_the_font_is_in_the_file_and_only_as_much_of_it_as_is_used() -> None:
    pdf = drawn(paper())
    fonts = PdfReader(io.BytesIO(pdf)).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    for font in fonts.values():
        described = font.get_object()["/FontDescriptor"]
        assert "/FontFile2" in described
        assert "+NotoSansSC" in described["/FontName"]
    assert len(pdf) < 80_000  # the font has ten million bytes


def test_the_same_paper_is_the_same_bytes_and_another_is_not() -> None:
    assert drawn(paper()) == drawn(paper())
    assert drawn(paper()) != drawn(paper(title="不予受理通知书"))
    assert drawn(CERTIFICATE) == drawn(CERTIFICATE)


def test_the_code_at_the_lower_right_is_the_address() -> None:
    made = segno.make_qr(ADDRESS, error="m", boost_error=False)
    wanted = ["".join(str(int(bool(module))) for module in row) for row in made.matrix]
    step = QR_SIDE / (len(wanted) + 2 * QUIET)
    seen = picture(drawn(paper()))
    # The first dark pixel of the lower right corner is the upper left of the code.
    left = WIDTH - OFFICIAL.right - QR_SIDE + QUIET * step
    tops = [
        y / DOTS
        for y in range(int(HEIGHT / 2 * DOTS), int(HEIGHT * DOTS))
        if seen.getpixel((int((left + step / 2) * DOTS), y)) == 0
    ]
    top = tops[0]
    assert top > HEIGHT * 0.7
    assert modules(seen, (left, top, step * len(wanted)), len(wanted)) == wanted
    margin = QUIET * step - 1
    for box in (
        (left - margin, top - margin, left - 0.5, top + step * len(wanted)),
        (left - margin, top - margin, left + step * len(wanted), top - 0.5),
    ):
        assert not ink_within(seen, box), "the quiet zone is not white"


def test_a_certificate_has_its_frame_and_its_fields_on_one_page() -> None:
    pdf = drawn(CERTIFICATE)
    assert len(pages(pdf)) == 1
    said = text(pdf)
    for part in ("小餐饮经营许可证", "持证人 青河巷子豆花店", "事项 小餐饮登记", "经营项目"):
        assert part in said
    assert "有效期 2026年3月2日至2029年3月1日" in said
    edge = 14 * MM
    assert ink_within(picture(pdf), (edge - 1, HEIGHT / 2, edge + 1, HEIGHT / 2 + 5))
    assert not ink_within(picture(drawn(paper())), (edge - 1, HEIGHT / 2, edge + 1, HEIGHT / 2 + 5))


def test_a_certificate_without_a_last_day_holds_for_good() -> None:
    unlimited = paper(kind=Kind.CERTIFICATE, number="J-1", title="登记证")
    assert "有效期 2026年3月2日起长期" in text(drawn(unlimited))


def test_an_anonymous_paper_shows_neither_name_nor_details() -> None:
    said = text(drawn(CERTIFICATE, anonymous=True)) + text(drawn(paper(), anonymous=True))
    assert "青河巷子豆花店" not in said
    assert "欧阳明月" not in said
    assert "东风路" not in said
    assert "（姓名已隐去）：" in said
    assert "持证人 （姓名已隐去）" in said


def test_a_long_letter_flows_and_says_which_page_of_how_many() -> None:
    long = paper(
        lines=tuple(f"第{n}项：需要补正的材料说明，请按要求重新拍照上传。" for n in range(1, 90))
    )
    found = pages(drawn(long))
    assert len(found) > 3
    for at, page in enumerate(found, 1):
        assert f"第 {at} 页，共 {len(found)} 页" in page
        assert "受理通知书" in page, "each page says what it is of"
        assert NUMBER in page
    assert "GHJK-MNPQ-RSTV" in found[-1]
    assert not any("GHJK-MNPQ-RSTV" in page for page in found[:-1])
    whole = "".join(found).replace("\n", "")
    positions = [whole.index(f"第{n}项：") for n in range(1, 90)]
    assert positions == sorted(positions)


@pytest.mark.parametrize("count", range(9, 24))
def test_a_signature_never_stands_without_a_line_of_its_text(count: int) -> None:
    found = pages(drawn(paper(lines=tuple(f"（{n}）完" for n in range(count)))))
    assert f"（{count - 1}）完" in found[-1]
    assert "2026年3月2日" in found[-1]


@pytest.mark.slow
def test_two_hundred_pages() -> None:
    rows = tuple((str(n), f"事项{n}", "市场监管局", "12.5%") for n in range(7_000))
    columns = (Column("序号", 1, "right"), Column("事项", 4), Column("部门", 2), Column("占比", 1))
    found = pages(pdf_of(Sheet("办件情况", (Table(columns, rows),), head="青河县政务服务中心")))
    assert len(found) >= 200
    assert all("序号" in page and "占比" in page for page in found), "titles on every page"
    assert all("事项6999" not in page for page in found[:-1])
    assert "事项6999" in found[-1]


def test_a_row_higher_than_a_page_is_cut_and_nothing_is_lost() -> None:
    long = "".join(f"{n}、" for n in range(3_000))
    sheet = Sheet("纪要", (Table((Column("议题"), Column("内容", 2)), (("一", long),)),))
    found = pages(pdf_of(sheet))
    assert len(found) > 3
    assert "2999、" in found[-1]
    assert all("议题" in page for page in found)


def test_a_sheet_of_every_block() -> None:
    sheet = Sheet(
        "联席会议纪要",
        (
            Heading("一、会议概况"),
            KeyValues((("时间", "2026年3月2日"), ("地点", "二楼会议室"))),
            Space(5),
            Heading("二、各方意见"),
            Paragraph("会议同意联合验收。"),
            Table((Column("部门"), Column("意见", 3)), (("消防救援大队", "同意"),)),
            Signed("青河县政务服务中心", "2026年3月2日"),
        ),
    )
    said = text(pdf_of(sheet))
    for part in ("一、会议概况", "时间 2026年3月2日", "会议同意联合验收。", "消防救援大队", "同意"):
        assert part in said


def test_a_table_with_a_ragged_row_is_refused() -> None:
    with pytest.raises(ValueError, match="cell"):
        Table((Column("甲"), Column("乙")), (("一",),))


def test_what_the_font_lacks_is_a_box_and_is_named() -> None:
    said = text(drawn(paper(holder=Personal("张𠮷😀", "name"))))
    assert "张□□：" in said
    assert "文中“□”为字库暂缺的字（统一码 U+1F600、U+20BB7）" in said
    assert "字库" not in text(drawn(paper()))


def test_characters_beyond_the_basic_plane_that_the_font_has_are_themselves() -> None:
    assert "𪚥" not in text(drawn(paper()))
    known = next(chr(code) for code in range(0x20000, 0x2FA20) if _has(chr(code)))
    assert f"张{known}：" in text(drawn(paper(holder=Personal(f"张{known}", "name"))))


def _has(sign: str) -> bool:
    from app.documents import font

    return font.face().covers(sign)


HOSTILE = (
    "<b>粗</b>&amp;<para>",
    ") Tj ET Q (",
    "\\n\\051%PDF-1.4",
    "\u202e反过来\u202c",
    "a" * 5000,
    "，" * 500,
    "（" * 500,
    "字\u0301" * 200,
    "\n" * 60,
    "👨‍👩‍👧‍👦" * 50,
    "\ud800\udfff",
    " " * 300,
    "",
)


@pytest.mark.parametrize("line", HOSTILE)
def test_hostile_lines_are_drawn_as_text_or_left_out(line: str) -> None:
    pdf = drawn(paper(lines=(line, "末行。"), title=f"题{line[:60]}"))
    said = text(pdf)
    assert "末行。" in said
    if line.isascii() and line.strip() and len(line) < 100:
        assert line.replace(" ", "") in said.replace(" ", "")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300), st.text(max_size=80), st.text(max_size=40))
def test_nothing_that_can_be_written_stops_the_pen(line: str, title: str, name: str) -> None:
    found = drawn(paper(lines=(line,), title=title, holder=Personal(name, "name")))
    assert len(pages(found)) >= 1


def test_a_worker_that_draws_no_paper_loads_nothing_for_it() -> None:
    code = (
        "import sys, app.server;"
        "print([name for name in ('reportlab', 'zhplot', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
