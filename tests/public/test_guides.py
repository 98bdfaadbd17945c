"""Guides: found, narrowed down, and told for the reader's own situation, all without a script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog import service as catalog
from app.catalog.guide import Guide, Requirement
from app.catalog.schemas import ItemIn, VersionIn
from app.halls import service as halls
from app.halls.schemas import DepartmentIn
from app.public.guides import answers_in
from tests.catalog.makers import content
from tests.public.guided import EXTRAS, GUIDE, PHOTO, SIZE, STAGE
from tests.public.reading import read


@pytest.fixture
def add(act_as, place):
    """`await add(name, …)` publishes an item of the hall; its id."""

    async def do(name, department="market", code=None, *, hall_id=None, department_id=None, **more):
        made = await catalog.add_item(
            act_as(),
            ItemIn(
                hall_id=hall_id or place.hall_id,
                implementation_code=code or f"CODE-{name}",
                department_id=department_id or place.departments[department],
                bundle=more.pop("bundle", False),
                content=content(name=name, **more),
            ),
        )
        return made.item_id

    return do


def names_in(page) -> list[str]:
    return [link for link in page.links if link.startswith("/guides/")]


class TestFinding:
    @pytest.mark.parametrize("typed", ["取水", "qushui", "qsxk", "取水许可"])
    async def test_by_words_pinyin_and_initials(self, client, add, typed):
        wanted = await add("取水许可", "water")
        await add("小餐饮登记")
        page = read(await client.get("/guides", params={"q": typed}))
        assert names_in(page) == [f"/guides/{wanted}"]
        assert dict(page.forms[0].values)["q"] == typed

    async def test_it_is_narrowed_down_by_what_the_page_offers(self, client, add, place):
        wanted = await add("取水许可", "water", on_phone=True)
        await add("水土保持方案审批", "water")
        await add("小餐饮登记", on_phone=True)
        form = read(await client.get("/guides")).forms[0]
        water = ("department_id", str(place.departments["water"]))
        body = form.filled(water, ("flag", "on_phone"))
        page = read(await client.get("/guides", params=[pair for pair in body if pair[1]]))
        assert names_in(page) == [f"/guides/{wanted}"]
        assert {water, ("flag", "on_phone")} <= set(page.forms[0].values)

    async def test_a_long_list_goes_on_with_the_same_search(self, client, add):
        for n in range(23):
            await add(f"取水许可{n:02d}")
        first = read(await client.get("/guides", params={"q": "取水"}))
        (further,) = [link for link in first.links if "after=" in link]
        second = read(await client.get(further))
        found = names_in(first) + names_in(second)
        assert (len(found), len(set(found))) == (23, 23)
        assert not [link for link in second.links if "after=" in link]

    async def test_nothing_found_says_what_to_do(self, client, place):
        assert "换一个说法" in read(await client.get("/guides?q=火星移民")).text

    async def test_a_hall_can_be_chosen_where_several_have_guides(self, client, add, act_as, place):
        await add("取水许可", "water")
        alone = read(await client.get("/guides"))
        assert not [pair for pair in alone.forms[0].offered if pair[0] == "hall_id"]
        far = await halls.add_department(
            act_as(), place.other_hall_id, DepartmentIn(name="邻县水利局")
        )
        there = await add("取水许可", hall_id=place.other_hall_id, department_id=far.id)
        both = read(await client.get("/guides"))
        choice = ("hall_id", str(place.other_hall_id))
        assert choice in both.forms[0].offered
        assert names_in(read(await client.get("/guides", params=[choice]))) == [f"/guides/{there}"]

    async def test_what_is_typed_into_the_address_is_told_as_wrong(self, client):
        answer = await client.get("/guides?kind=7000")
        assert read(answer, 422).headings == ["查询条件不正确，请修改后重试。"]

    async def test_what_was_withdrawn_is_gone(self, client, add, act_as):
        item = await add("取水许可")
        await catalog.withdraw(act_as(), item, "取消")
        assert names_in(read(await client.get("/guides"))) == []
        read(await client.get(f"/guides/{item}"), 404)


class TestOneGuide:
    async def test_it_tells_everything(self, client, add):
        item = await add("餐饮许可", guide=GUIDE, limits_given=True, promised_days=5)
        page = read(await client.get(f"/guides/{item}"))
        for said in (
            "餐饮许可",
            "市场监管局",
            "承诺 5 个工作日",
            "法定时限20 个工作日",
            "10 元",
            "某价〔2020〕1 号",
            "《食品安全法》第三十五条",
            "场所固定。",
            "提交申请",
            "综合窗口",
            "青河县政务服务中心",
            "CODE-餐饮许可",
        ):
            assert said in "".join(page.text.split("\n")).replace("      ", ""), said
        assert "tel:0827-1234567" in page.links

    async def test_answers_step_by_step_lead_to_the_list_that_applies(self, client, add):
        item = await add("餐饮许可", guide=GUIDE)
        page = read(await client.get(f"/guides/{item}"))
        assert "看情形" in page.text
        assert EXTRAS.text not in page.text
        page = await _answered(client, page, ("q_size", "large"))
        assert EXTRAS.text in page.text
        assert "可能要的材料" in page.text
        page = await _answered(client, page, ("q_extras", "sign"))
        for said in ("要准备的材料", "疏散示意图", "招牌效果图", "可容缺", "需要另交疏散图。"):
            assert said in page.text
        assert "播放音乐" in page.text, "the questions stay, to be answered otherwise"

    async def test_none_of_many_is_an_answer_too(self, client, add):
        item = await add("餐饮许可", guide=GUIDE)
        page = await _answered(
            client, read(await client.get(f"/guides/{item}")), ("q_size", "large")
        )
        page = await _answered(client, page)
        assert "疏散示意图" in page.text
        assert "招牌效果图" not in page.text

    async def test_the_shortest_way_needs_one_answer(self, client, add):
        item = await add("餐饮许可", guide=GUIDE)
        page = await _answered(
            client, read(await client.get(f"/guides/{item}")), ("q_size", "small")
        )
        assert "要准备的材料" in page.text
        assert "疏散示意图" not in page.text

    @pytest.mark.parametrize("query", ["q_none=a", "q_size=huge", "q_size=small&q_size=large"])
    async def test_answers_that_do_not_fit_bring_the_first_questions_again(
        self, client, add, query
    ):
        item = await add("餐饮许可", guide=GUIDE)
        page = read(await client.get(f"/guides/{item}?{query}"))
        assert SIZE.text in page.text
        assert "重新选择" in page.text or "只能选一项" in page.text

    async def test_without_questions_the_list_stands_there_at_once(self, client, add):
        item = await add("取水许可", guide=Guide(materials=(PHOTO,)))
        page = read(await client.get(f"/guides/{item}"))
        assert "要准备的材料" in page.text
        assert not page.forms

    async def test_a_bundle_leads_to_what_it_joins(self, client, add):
        member = await add("小餐饮登记", code="MEMBER")
        item = await add(
            "开餐馆一件事", bundle=True, guide=Guide(members=("MEMBER", "GONE"), stages=(STAGE,))
        )
        page = read(await client.get(f"/guides/{item}"))
        assert f"/guides/{member}" in page.links
        assert "GONE" in page.text

    async def test_what_became_less_is_told(self, client, add, act_as):
        item = await add(
            "取水许可", guide=Guide(materials=(PHOTO, Requirement(code="b", name="证明")))
        )
        await catalog.add_version(
            act_as(), item, VersionIn(content=content(guide=Guide(materials=(PHOTO,))))
        )
        page = read(await client.get(f"/guides/{item}"))
        assert "比以前少了" in page.text
        assert "证明" in page.text

    async def test_names_and_texts_are_text(self, client, add):
        evil = "<img src=x onerror=alert(1)>"
        item = await add(f"取水{evil}", guide=Guide(conditions=(evil,), window=evil))
        for path in (f"/guides/{item}", "/guides", "/"):
            assert evil not in (await client.get(path)).text

    async def test_it_is_light(self, client, add):
        item = await add("餐饮许可", guide=GUIDE)
        for path in (f"/guides/{item}", "/guides", "/"):
            assert (await client.get(path)).num_bytes_downloaded < 20_000


async def _answered(client, page, *ticked):
    """The next page, with what the page before had and these answers."""
    form = page.forms[0]
    return read(await client.get(form.action.partition("#")[0], params=form.filled(*ticked)))


class TestAnswersInAnAddress:
    def test_only_answers_and_what_was_asked_count(self):
        args = {"q_size": ["large"], "asked": ["size", "extras"], "after": ["x"], "q": ["水"]}
        assert answers_in(args) == {"size": ["large"], "extras": []}

    @given(st.dictionaries(st.text(max_size=8), st.lists(st.text(max_size=8), max_size=3)))
    def test_no_address_is_too_strange(self, args):
        found = answers_in(args)
        assert set(found) <= {name[2:] for name in args} | set(args.get("asked", []))
