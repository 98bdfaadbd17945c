"""The spreadsheet of the scores: the same figures, explained, and safe to open."""

import io

import openpyxl
import pytest

from app.core import db
from evaluations.scores import spreadsheet
from tests.evaluations.hub import SCORES, some_history
from tests.places import staff_headers


async def download(client, headers, place, **query):
    answer = await client.get(
        f"{SCORES}.xlsx", params={"hall_id": str(place.hall_id)} | query, headers=headers
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == spreadsheet.CONTENT_TYPE
    return openpyxl.load_workbook(io.BytesIO(answer.content))


async def test_it_shows_the_same_figures(client, evaluator, act_as, place, manager, period):
    await some_history(evaluator, act_as, place, [5, 4, 3, 2, 1, None])
    book = await download(client, manager, place, by="window", **period())
    sheet = book["统计"]
    head, total, row = ([cell.value for cell in line] for line in sheet.iter_rows(4, 6))
    named = dict(zip(head, row, strict=True))
    assert named["名称"] == "01 综合窗口01"
    assert (named["评价总数"], named["应评件数"], named["排名"]) == (5, 6, 1)
    assert named["满意度"] == pytest.approx(0.6)
    assert named["主动评价率"] == pytest.approx(5 / 6)
    assert total[1] == "合计"
    assert sheet["I5"].number_format == "0.0%"
    assert sheet.freeze_panes == "C5"


async def test_it_says_what_every_figure_means(client, place, manager, period):
    book = await download(client, manager, place, **period())
    text = "\n".join(
        str(cell.value) for line in book["口径说明"].iter_rows() for cell in line if cell.value
    )
    for needed in (
        "青河县政务服务中心",
        period()["from"],
        "满意度",
        "主动评价率",
        "威尔逊",
        "÷",
    ):
        assert needed in text


async def test_a_name_is_never_a_formula(client, evaluator, act_as, place, period):
    evil = '=HYPERLINK("http://x","点我")'
    await db.execute("UPDATE halls SET name = $2 WHERE id = $1", place.hall_id, evil)
    await db.execute("UPDATE windows SET name = '+1+1' WHERE hall_id = $1", place.hall_id)
    await some_history(evaluator, act_as, place, [5])
    manager = await staff_headers(act_as(), place, "manager")
    for by in ("hall", "window"):
        book = await download(client, manager, place, by=by, **period())
        for sheet in book:
            for line in sheet.iter_rows():
                assert all(cell.data_type != "f" for cell in line)
