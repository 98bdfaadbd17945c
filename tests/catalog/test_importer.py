"""Reading catalogue files: many shapes go in, every fault comes out with its row."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.entries import Read
from app.catalog.guide import CaseType, Kind, ServedObject
from app.catalog.importer import read_file
from tests.catalog.makers import HEADER, csv_row

CHINESE = (
    "部门,事项名称,实施编码,事项类型,承诺时限（工作日）,法定时限,网上办,一次办,服务对象,办件类型"
)


def read(text: str | bytes, *, is_json: bool = False) -> Read:
    raw = text if isinstance(text, bytes) else text.encode()
    return read_file(raw, is_json=is_json)


def said(found: Read) -> list[tuple[int, str]]:
    return [(fault.row, fault.message) for fault in found.faults]


def test_a_row_gives_an_item() -> None:
    found = read(f"{HEADER}\n{csv_row(' A-1 ', '取水许可')}\n")
    assert said(found) == []
    (entry,) = found.entries
    assert (entry.row, entry.code, entry.department) == (2, "A-1", "水利局")
    content = entry.content(None)
    assert (content.name, content.kind, content.limits_given) == ("取水许可", Kind.LICENCE, False)
    assert (content.legal_days, content.promised_days) == (20, 20)
    assert content.guide.materials == ()


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("gbk"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace(",", ";").encode(),
        lambda text: ("sep=;\n" + text.replace(",", ";")).encode(),
        lambda text: ("青河县目录\n填报：2026年\n\n" + text.replace(",", ";")).encode("gbk"),
        lambda text: text.replace(",", "\t").encode("utf-16"),
        lambda text: text.rstrip("\n").encode(),
        lambda text: text.replace("\n", "\n\n\n").encode(),
    ],
    ids=[
        "utf-8",
        "mark",
        "gbk",
        "crlf",
        "tabs",
        "semicolons",
        "sep",
        "title",
        "utf-16",
        "no last newline",
        "blank lines",
    ],
)
def test_files_of_every_usual_make_read_the_same(encode: Any) -> None:
    text = f"{HEADER}\n{csv_row('A-1')}\n{csv_row('A-2', '烟花爆竹许可')}\n"
    found = read(encode(text))
    assert said(found) == []
    assert [(e.code, e.given["name"]) for e in found.entries] == [
        ("A-1", "取水许可"),
        ("A-2", "烟花爆竹许可"),
    ]


def test_a_chinese_header_with_limits_and_flags_is_understood() -> None:
    row = "水利局,取水许可,A-1,行政许可,10个工作日,45,是,否,企业法人;自然人,承诺件"
    found = read(f"序号,{CHINESE}\n1,{row}\n")
    assert said(found) == []
    assert found.ignored == ["序号"]
    content = found.entries[0].content(None)
    assert (content.promised_days, content.legal_days, content.limits_given) == (10, 45, True)
    assert (content.online, content.one_visit, content.case_type) == (
        True,
        False,
        CaseType.PROMISED,
    )
    assert set(content.served_objects) == {ServedObject.PERSON, ServedObject.LEGAL}


def test_every_fault_of_every_row_is_told() -> None:
    rows = [
        csv_row(""),
        csv_row("A-1", name=""),
        csv_row("A-2", department=""),
        "水利局,,取水,A-3,1,公共服务,,",
        "水利局,,取水,A-4,99,,,",
        "水利局,,取水,A-5,,行政处罚,,",
        csv_row("5.11E+30"),
        csv_row("A-6") + ",多余",
        csv_row("A" * 81),
        csv_row("A-7"),
        csv_row("A-7", "另一个名称"),
    ]
    found = read("\n".join([HEADER, *rows]))
    by_row = dict(said(found))
    assert sorted(by_row) == [2, 3, 4, 5, 6, 7, 8, 9, 10, 12]
    assert by_row[2] == "缺少实施编码。"
    assert by_row[3] == "缺少事项名称。"
    assert by_row[4] == "缺少部门。"
    assert "不一致" in by_row[5]
    assert "99" in by_row[6]
    assert "行政处罚" in by_row[7]
    assert "电子表格" in by_row[8]
    assert "多出 1 列" in by_row[9]
    assert "80" in by_row[10]
    assert "与第 11 行重复" in by_row[12]


def test_the_same_row_twice_is_one_item() -> None:
    found = read("\n".join([HEADER, csv_row("A-1"), csv_row("A-1")]))
    assert (len(found.entries), said(found)) == (1, [])


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("水利局,取水,A,行政许可,30,20,,,,", "不能超过法定时限"),
        ("水利局,取水,A,行政许可,很快,20,,,,", "承诺时限“很快”应当是数字"),
        ("水利局,取水,A,行政许可,,9999,,,,", "1000"),
        ("水利局,取水,A,行政许可,,,也许,,,", "“网上办”只能填是或否"),
        ("水利局,取水,A,行政许可,,,,,外星人,", "服务对象“外星人”"),
        ("水利局,取水,A,行政许可,5,,,,,即办件", "即办件的承诺时限"),
        ("水利局,取水,A,行政许可,,,,,,慢办件", "办件类型“慢办件”"),
    ],
)
def test_a_cell_that_cannot_be_read_is_quoted(row: str, says: str) -> None:
    ((number, message),) = said(read(f"{CHINESE}\n{row}\n"))
    assert number == 2
    assert says in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "没有事项"),
        (HEADER, "没有事项"),
        ("department,name\n水利局,取水\n", "缺少“实施编码”这一列"),
        (HEADER + ",部门\n", "含义相同"),
        (HEADER + '\n水利局,,"取水,A,1,,,\n', "引号不配对"),
        (HEADER + "\n\x00", "空字符"),
        (b"name\n\xff\xff\xff", "编码"),
    ],
)
def test_a_file_that_is_no_catalogue_is_refused(text: str | bytes, says: str) -> None:
    found = read(text)
    assert any(says in message for _, message in said(found))


def test_rows_are_counted_as_a_spreadsheet_shows_them() -> None:
    quoted = csv_row("A-1").replace("取水许可", '"取水\n许可"')
    found = read("\n".join([HEADER, quoted, "", csv_row("")]))
    assert said(found) == [(4, "缺少实施编码。")]


def test_a_row_keeps_the_guide_that_the_item_has() -> None:
    before = read(f"{CHINESE}\n水利局,取水,A,行政许可,5,20,是,,,\n").entries[0].content(None)
    after = read(f"{HEADER}\n{csv_row('A', '取水许可')}").entries[0].content(before)
    assert (after.name, after.promised_days, after.online) == ("取水许可", 5, True)


ITEM: dict[str, Any] = {
    "implementation_code": "A-1",
    "department": "水利局",
    "content": {"name": "取水许可", "kind": 1},
}


def test_json_takes_one_item_or_a_list() -> None:
    for value in (ITEM, [ITEM], [ITEM, ITEM]):
        found = read(msgspec.json.encode(value), is_json=True)
        assert (len(found.entries), said(found)) == (1, [])
        assert found.entries[0].complete


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"[", "不是有效的 JSON"),
        (b'{"department": "a\\u0000"}', "空字符"),
        (msgspec.json.encode([ITEM | {"extra": 1}]), "extra"),
        (msgspec.json.encode([ITEM | {"content": {"name": "x"}}]), "kind"),
        (msgspec.json.encode([7]), "对象"),
        (b"[]", "没有事项"),
    ],
)
def test_json_that_is_no_item_is_refused(value: bytes, says: str) -> None:
    ((_, message),) = said(read(value, is_json=True))
    assert says in message


@given(st.binary(max_size=300), st.booleans())
def test_no_file_breaks_the_reader(raw: bytes, is_json: bool) -> None:
    found = read_file(raw, is_json=is_json)
    assert found.faults or found.entries


cells = st.text(max_size=12)


@given(st.lists(st.lists(cells, min_size=8, max_size=9), min_size=1, max_size=5))
def test_no_cells_break_the_reader(rows: list[list[str]]) -> None:
    quoted = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    found = read_file("\n".join([HEADER, *quoted]).encode("utf-8", "replace"), is_json=False)
    assert all(fault.row >= 1 and fault.message for fault in found.faults)
