"""Spreadsheets: what a person sees in one is imported; a hostile one is refused in a sentence."""

import subprocess
import sys
from datetime import date
from typing import Any

import pytest

from app.catalog import workbook
from app.catalog.entries import Read
from app.catalog.importer import read_file
from app.catalog.template import template
from app.catalog.workbook import COMPOUND
from tests.catalog.books import HEAD, TAIL, book, good, replaced, rows, with_sheet
from tests.catalog.makers import HEADER, csv_row


def read(raw: bytes) -> Read:
    return read_file(raw, is_json=False)


def said(found: Read) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.message) for fault in found.faults]


def test_a_spreadsheet_gives_what_the_same_csv_gives() -> None:
    text = "\n".join([HEADER, csv_row("A-1"), csv_row("A-2", "护照签发", "公安局", "20")])
    assert read(good()) == read_file(text.encode(), is_json=False)
    assert len(read(good()).entries) == 2


def test_it_is_known_by_what_it_holds_not_by_its_name() -> None:
    assert len(read_file(good(), is_json=True).entries) == 2


def test_a_title_above_the_header_and_empty_margins_are_passed_over() -> None:
    lines = [["", ""], ["", "青河县政务服务事项目录"], ["", "填报单位：政务服务局"], []]
    lines += [["", *line] for line in rows(csv_row("A-1"), csv_row(""))]
    found = read(book(lines))
    assert [entry.row for entry in found.entries] == [6]
    assert said(found) == [(7, "E", "缺少实施编码。")]


def test_a_department_joined_over_several_rows_is_the_department_of_each() -> None:
    lines = rows(csv_row("A-1"), csv_row("A-2", department=""), csv_row("A-3", department="公安局"))
    found = read(book(lines, lambda made: made.active.merge_cells("A2:A3")))
    assert said(found) == []
    assert [entry.department for entry in found.entries] == ["水利局", "水利局", "公安局"]


def test_lines_are_broken_in_cells_and_in_the_header_to_fit() -> None:
    lines = rows(csv_row("A-1", "取水\n许可证\n核发"), csv_row("A-2", "A类\nB类 Type\nC"))
    lines[0][2] = "事项\n名称"
    names = [entry.given["name"] for entry in read(book(lines)).entries]
    assert names == ["取水许可证核发", "A类B类 Type C"]


def test_whole_numbers_truth_values_and_dates_are_what_is_seen() -> None:
    header = ["部门", "事项名称", "实施编码", "事项类型编码", "行政区划代码", "网上办", "备注"]
    line = ["水利局", "取水", "A-1", 1, 511602000000, True, date(2026, 3, 1)]
    found = read(book([header, line]))
    assert said(found) == []
    (entry,) = found.entries
    assert (entry.given["region_code"], entry.given["online"]) == ("511602000000", True)
    assert found.ignored == ["备注"]


def test_a_code_that_was_rounded_to_a_number_is_refused_with_its_cell() -> None:
    lines: list[list[Any]] = [*rows(csv_row("A-1"), csv_row("A-2"))]
    lines[1][3] = 5116022026030200001
    lines[2][7] = 11511301008778183000
    places = [
        (row, column) for row, column, message in said(read(book(lines))) if "数字" in message
    ]
    assert places == [(2, "D"), (3, "H")]


def test_a_formula_without_a_value_is_no_empty_cell() -> None:
    def formulas(made: Any) -> None:
        made.active["B2"] = "=VLOOKUP(A2,[1]Sheet1!A:B,2,0)"  # never calculated
        made.active["C3"].value = "#REF!"
        made.active["C3"].data_type = "e"

    found = read(book(rows(csv_row("A-1"), csv_row("A-2")), formulas))
    assert [(row, column) for row, column, _ in said(found)] == [(2, "B"), (3, "C")]
    assert all("公式没有结果" in message for *_, message in said(found))


def test_a_formula_counts_with_the_value_that_was_seen() -> None:
    sheet = HEAD + b'<row r="1"><c r="A1" t="str"><f>"x"</f><v>name</v></c></row>' + TAIL
    assert said(read(with_sheet([sheet])))[0][2] == "缺少“部门”这一列。"
    (row,) = workbook.Workbook(with_sheet([sheet]))
    assert row == (1, ["name"])


def test_the_first_sheet_that_is_seen_and_says_something_is_read_the_others_are_named() -> None:
    def sheets(made: Any) -> None:
        made.active.sheet_state = "hidden"
        made.create_sheet("空")
        items = made.create_sheet("目录")
        for line in rows(csv_row("A-1")):
            items.append(line)
        made.create_sheet("说明").append(["x"])

    found = read(book([["藏起来的"]], sheets))
    assert [entry.code for entry in found.entries] == ["A-1"]
    assert found.sheets == ["空", "说明"]


def _bomb() -> bytes:
    cell = b'<row><c t="inlineStr"><is><t>' + b"A" * 1_000_000 + b"</t></is></c></row>"
    return with_sheet([HEAD, *[cell] * 400, TAIL])


def _lying_bomb() -> bytes:
    raw = bytearray(_bomb())
    at = raw.find(b"PK\x01\x02", raw.find(b"PK\x01\x02") + 1)
    while at >= 0:  # each part says that it is small
        raw[at + 24 : at + 28] = (1000).to_bytes(4, "little")
        at = raw.find(b"PK\x01\x02", at + 1)
    return bytes(raw)


def _far_away() -> bytes:
    return book([["部门"]], lambda made: made.active.cell(1_048_576, 16_384, "x"))


def _entities() -> bytes:
    lines = [b'<!ENTITY a0 "AAAAAAAAAA">']
    lines += [b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)]
    sheet = HEAD.replace(b"?>", b"?><!DOCTYPE x [" + b"".join(lines) + b"]>", 1)
    return with_sheet(
        [sheet, b'<row r="1"><c r="A1" t="inlineStr"><is><t>&a9;</t></is></c></row>', TAIL]
    )


HOSTILE = {
    "a bomb": (_bomb, "太大"),
    "a bomb that lies about its size": (_lying_bomb, ""),
    "a cell far away": (_far_away, "太大"),
    "entities of entities": (_entities, ""),
    "cut off": (lambda: good()[:2000], "已损坏"),
    "a zip of something else": (lambda: replaced(good(), "x", ()).replace(b"xl/", b"yl/"), ".xlsx"),
    "no zip at all": (lambda: b"PK\x03\x04" + b"\x00" * 500, "已损坏"),
    "a password": (lambda: COMPOUND + "EncryptedPackage".encode("utf-16-le"), "密码"),
    "the format before": (lambda: COMPOUND + b"\x00" * 500, "旧格式"),
    "a broken sheet": (lambda: with_sheet([HEAD, b"<row><c></row"]), ""),
}


@pytest.mark.parametrize(("make", "says"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_ends_in_a_sentence(make: Any, says: str) -> None:
    found = read(make())
    assert found.entries == []
    ((row, column, message), *more) = said(found)
    assert (row, column) == (1, "")
    assert says in message
    assert message.endswith("。")
    assert more == [] or "这一列" in message  # read after all, and no catalogue


def test_millions_of_cells_take_no_more_memory_than_is_allowed() -> None:
    line = b"<row>" + b"<c><v>1</v></c>" * 250 + b"</row>"
    (fault, *_) = read(with_sheet([HEAD, *[line] * 60_000, TAIL])).faults
    assert "太大" in fault.message or "这一列" in fault.message


def test_a_file_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "PATIENCE", 0.01)
    assert "太大" in said(read(good()))[0][2]


def test_no_worker_loads_the_library() -> None:
    program = (
        "import sys; from app.catalog import service, routes, workbook;"
        "assert not {'python_calamine', 'xlsxwriter'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_template_is_filled_in_and_read() -> None:
    import io

    import openpyxl

    made = openpyxl.load_workbook(io.BytesIO(template()))
    sheet = made["事项目录"]
    assert [fault.message for fault in read(template()).faults] == ["文件中没有事项。"]
    sheet["D3"].value = "A-1"
    for letter in "ABCEFHIJKL":
        sheet[f"{letter}3"].value = sheet[f"{letter}2"].value
    target = io.BytesIO()
    made.save(target)
    found = read(target.getvalue())
    assert said(found) == []
    assert [(entry.row, entry.code) for entry in found.entries] == [(3, "A-1")]
    assert (found.ignored, found.sheets) == ([], ["填写说明"])
    assert found.entries[0].given["promised_days"] == 10
