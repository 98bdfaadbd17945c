"""The month's report: all that the hall's manager needs, and nobody's personal data."""

import io
from collections.abc import Awaitable, Callable
from datetime import date

import httpx
import pypdf
import pypdfium2
import pytest

from app.core.clock import day_of
from app.core.house import House
from app.documents import service as documents
from app.reports import plots
from app.reports.month import year_before
from app.reports.month_pdf import pdf_of
from app.reports.plots import runs, scale
from app.reports.service import last_whole, months
from evaluations.scores.periods import Period
from evaluations.scores.rules import Counts
from tests.evaluations.hub import Evaluator, some_history
from tests.places import Place, code_of, staff_headers
from tests.reports import made

Finish = Callable[[], Awaitable[None]]
PATH = "/api/v1/reports/month"


def said(content: bytes) -> str:
    """The text of a PDF, without its line feeds."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "")


async def drawn(**other: object) -> bytes:
    return await documents.drawn(lambda: pdf_of(made.report(**other)))  # type: ignore[arg-type]


class TestWhatItSays:
    async def test_every_chapter_is_there(self) -> None:
        text = said(await drawn())
        for heading in (
            "政务服务评价与效能月报",
            "2026年3月",
            "满意度近十二个月",
            "评价等级与渠道",
            "部门满意度排名",
            "窗口满意度排名",
            "好评标签",
            "差评标签",
            "参与与缺失",
            "差评整改",
            "办理用时近十二个月",
            "各部门办理情况",
            "指标口径",
        ):
            assert heading in text

    async def test_rates_are_told_with_what_they_are_made_of(self) -> None:
        text = said(await drawn())
        assert "93.3%（112/120）" in text, "整改率"
        assert "98.5%（65/66）" in text, "回访率"
        assert "属实 120 件" in text

    async def test_a_small_sample_is_named_and_not_ranked(self) -> None:
        text = said(await drawn())
        assert "评价不足 5 件，不参与排名：帮办代办窗口（3 件）、办不成事反映窗口（3 件）。" in text

    async def test_what_is_left_out_is_counted(self) -> None:
        text = said(await drawn(many=26, silent=24))
        assert "另有 6 个未列出" in text
        assert "另有 4 个未列出" in text

    async def test_pages_are_numbered_and_say_what_they_belong_to(self) -> None:
        reader = pypdf.PdfReader(io.BytesIO(await drawn(many=26, silent=24)))
        count = len(reader.pages)
        assert count > 3
        for at, page in enumerate(reader.pages, 1):
            text = page.extract_text()
            assert f"第 {at} 页，共 {count} 页" in text
            assert ("青河县政务服务中心 · " in text) == (at > 1)
        assert reader.metadata
        assert reader.metadata.title == "政务服务评价与效能月报（2026年3月）"

    async def test_a_month_that_goes_on_says_until_when(self) -> None:
        text = said(await drawn(until=date(2026, 3, 18)))
        assert "本月尚未结束，截至2026年3月18日" in text

    async def test_the_same_figures_give_the_same_file(self) -> None:
        assert await drawn() == await drawn()

    async def test_an_empty_month_is_a_report_too(self) -> None:
        content = await documents.drawn(lambda: pdf_of(made.empty()))
        text = said(content)
        assert "本月没有收到差评" in text
        assert "上月没有可比数据" in text
        assert "指标口径" in text

    async def test_where_nothing_was_counted_no_empty_chart_stands(self) -> None:
        text = said(await documents.drawn(lambda: pdf_of(made.empty())))
        assert text.count("这段时间没有数据。") == 4, "satisfaction, participation, time, shares"

    async def test_a_few_ratings_are_not_compared(self) -> None:
        few = said(
            await drawn(
                trend=made.trend_ending(made.counts(400, 0.9, 500), Counts((0, 0, 0, 1, 2), 3, 3))
            )
        )
        assert "评价太少，仅供参考" in few
        assert "个百分点" not in few
        after = said(
            await drawn(
                trend=made.trend_ending(Counts((0, 0, 0, 1, 2), 3, 3), made.counts(400, 0.9, 500))
            )
        )
        assert "上月评价太少，不作比较" in after
        assert "个百分点" not in after

    async def test_a_department_with_few_cases_is_marked(self) -> None:
        text = said(await drawn())
        assert "样本少" in text.split("指标口径")[1], "told what it means"
        assert "自然资源和规划局（样本少）" not in text
        few = made.handling_of({"自然资源和规划局": 3, "市场监督管理局": 80})
        text = said(await drawn(handling=few))
        assert "自然资源和规划局（样本少）" in text
        assert "市场监督管理局（样本少）" not in text

    async def test_the_formulas_stand_together(self) -> None:
        """Whatever stands before them: all on the page of their heading."""
        for many in range(5, 20):
            pages = pypdf.PdfReader(io.BytesIO(await drawn(many=many))).pages
            [page] = [one for one in pages if "指标口径" in one.extract_text()]
            assert "本报告不含评价人和申请人的个人信息" in page.extract_text(), many

    async def test_nothing_lies_beyond_the_margins(self) -> None:
        """Long names and numbers stay on the paper: no ink within 8 mm of its edges."""
        document = pypdfium2.PdfDocument(await drawn(many=26, silent=24))
        for page in document:
            picture = page.render(scale=1, grayscale=True).to_pil()
            width, height = picture.size
            edge = 22
            for box in ((0, 0, edge, height), (width - edge, 0, width, height)):
                assert picture.crop(box).getextrema()[0] > 250
        document.close()


class TestDrawing:
    def test_an_axis_is_easy_to_read(self) -> None:
        assert scale([0.93, 0.99]) == (0.92, 1.0, 0.02)
        assert scale([0.2, 0.95]) == (0.0, 1.0, 0.2)
        assert scale([]) == (0.0, 1.0, 0.2)
        lower, upper, step = scale([0.031])
        assert lower == 0
        assert upper >= 0.031
        assert step == 0.01

    def test_months_tell_their_year_where_it_begins(self) -> None:
        year = [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
        assert plots.month_labels(year) == ["25年11月", "12月", "26年1月", "2月"]

    def test_gaps_part_a_line(self) -> None:
        assert runs([None, 1.0, 2.0, None, 3.0]) == [(1, [1.0, 2.0]), (4, [3.0])]
        assert runs([None]) == []

    def test_the_levels_have_the_colours_of_the_pages(self) -> None:
        assert set(plots.LEVELS) == {1, 2, 3, 4, 5}
        assert len(set(plots.LEVELS.values())) == 5


class TestMonths:
    @pytest.mark.parametrize(
        ("month", "first"),
        [
            ((2026, 3), date(2025, 4, 1)),
            ((2026, 12), date(2026, 1, 1)),
            ((2026, 1), date(2025, 2, 1)),
        ],
    )
    def test_trends_go_back_a_year(self, month: tuple[int, int], first: date) -> None:
        period = Period(date(*month, 1), date(*month, 28))
        assert year_before(period) == Period(first, period.last)

    def test_months_are_offered_in_order_and_the_last_whole_one_is_chosen(self) -> None:
        offered = months(date(2026, 1, 9), 4)
        assert [value for value, _ in offered] == ["2026-01", "2025-12", "2025-11", "2025-10"]
        assert [text for _, text in offered[:2]] == ["2026年1月（未结束）", "2025年12月"]
        assert last_whole(offered) == "2025-12"


class TestByHttp:
    async def test_it_is_made_as_long_work(
        self,
        client: httpx.AsyncClient,
        house: House,
        place: Place,
        evaluator: Evaluator,
        manager: dict[str, str],
        act_as: Callable[..., object],
        finish: Finish,
    ) -> None:
        await some_history(evaluator, act_as, place, [5, 5, 4, 4, 3, 2, 1, None])  # type: ignore[arg-type]
        month = f"{day_of(house.clock.now()):%Y-%m}"
        body = {"hall_id": str(place.hall_id), "month": month}
        answer = await client.post(PATH, json=body, headers=manager)
        assert answer.status_code == 202, answer.text
        work = answer.json()
        again = await client.post(PATH, json=body, headers=manager)
        assert again.json()["id"] == work["id"], "ordered twice, made once"
        await finish()
        shown = (await client.get(f"/api/v1/works/{work['id']}", headers=manager)).json()
        assert (shown["state"], shown["share"]) == ("done", 1.0), shown
        file = await client.get(f"/api/v1/works/{work['id']}/file", headers=manager)
        assert file.headers["content-type"] == "application/pdf"
        text = said(file.content)
        assert "青河县政务服务中心" in text
        assert "71.4%" in text, "5 of 7 are 3 and better"
        assert "其中差评 2 件" in text
        assert "8 件" in text, "should have been rated"

    async def test_only_for_who_reads_the_halls_figures(
        self, client: httpx.AsyncClient, place: Place, act_as: Callable[..., object]
    ) -> None:
        body = {"hall_id": str(place.hall_id), "month": "2026-01"}
        for who in ("clerk", "far_manager"):
            headers = await staff_headers(act_as(), place, who)  # type: ignore[arg-type]
            answer = await client.post(PATH, json=body, headers=headers)
            assert answer.status_code == 403

    async def test_a_month_to_come_has_no_report(
        self, client: httpx.AsyncClient, place: Place, manager: dict[str, str]
    ) -> None:
        body = {"hall_id": str(place.hall_id), "month": "2099-01"}
        answer = await client.post(PATH, json=body, headers=manager)
        assert (answer.status_code, code_of(answer)) == (422, "invalid_body")
        assert answer.json()["field"] == "month"
