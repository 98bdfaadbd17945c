"""The page behind a QR code: rated once, without an account, a script or a word about anybody."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from app.core import db
from app.pages import assets
from evaluations.ratings import codes, links, visits
from evaluations.ratings.rules import LEVEL_NAMES, Via
from evaluations.ratings.schemas import LEVELS
from evaluations.scores import service as scores
from tests.evaluations.hub import decided_case, visit
from tests.places import citizen_actor, staff_headers
from tests.public.reading import Page, read

_LOADED = ("app.css", "theme.js", "mark.svg", "public/public.css", "public/rate.js")
_MODULES = ("forms.js", "server.js", "say.js")
BAD_TAG = ("tags_1", "115")


@pytest.fixture
def window_code(house, place):
    return codes.window_code(house.keyring, place.windows["01"])


@pytest.fixture
def open_form(client):
    """Scans a code: the page and its form."""

    async def do(code) -> Page:
        return read(await client.get(f"/q/{code}"))

    return do


@pytest.fixture
def send(client):
    """Sends the form of a page, as a browser without scripts."""

    async def do(page, *ticked, headers=None, **typed):
        form = page.forms[0]
        assert form.method == "post"
        body = form.filled(*ticked, **typed)
        data: dict[str, list[str]] = {}
        for name, value in body:
            data.setdefault(name, []).append(value)
        return await client.post(form.action, data=data, headers=headers)

    return do


def chosen(level):
    return ("level", str(level))


async def kept():
    return await db.fetch("SELECT * FROM ratings")


class TestTheForm:
    async def test_it_shows_where_and_by_whom_and_five_faces_of_which_none_is_chosen(
        self, act_as, place, window_code, open_form
    ):
        await visit(act_as, place)
        page = await open_form(window_code)
        for said in ("青河县政务服务中心", "综合窗口01", "员工001", *LEVEL_NAMES.values()):
            assert said in page.text
        form = page.forms[0]
        assert [pair for pair in form.offered if pair[0] == "level"] == [
            chosen(level) for level in LEVEL_NAMES
        ]
        assert not [name for name, _ in form.values if name.startswith(("level", "tags"))]

    async def test_each_level_offers_its_own_tags(self, act_as, place, window_code, open_form):
        await visit(act_as, place)
        form = (await open_form(window_code)).forms[0]
        for level in LEVELS:
            name = f"tags_{level.level}"
            assert [value for given, value in form.offered if given == name] == [
                tag.code for tag in level.tags
            ]

    async def test_it_says_nothing_of_who_was_served_or_what_for(
        self, client, act_as, place, window_code
    ):
        citizen, _ = await citizen_actor(act_as())
        await visit(act_as, place, about="张三的离婚登记", citizen_id=citizen.id)
        answer = await client.get(f"/q/{window_code}")
        assert "张三" not in answer.text
        assert str(citizen.id) not in answer.text

    async def test_it_is_kept_nowhere_listed_nowhere_and_light(
        self, client, act_as, place, window_code
    ):
        await visit(act_as, place)
        answer = await client.get(f"/q/{window_code}")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "set-cookie" not in answer.headers
        assert read(answer).metas["robots"] == "noindex"


async def test_the_page_with_all_it_loads_is_cheap_on_an_old_phone(
    client, act_as, place, window_code
):
    await visit(act_as, place)
    answer = await client.get(f"/q/{window_code}")
    weight = answer.num_bytes_downloaded
    for name in (*_LOADED, *_MODULES):
        loaded = await client.get(assets.url(name))
        assert loaded.status_code == 200
        weight += loaded.num_bytes_downloaded
    for name in _LOADED:
        assert assets.url(name) in answer.text
    assert weight < 50_000


class TestRating:
    async def test_a_tap_is_kept_once_and_thanked_for(
        self, client, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        answer = await send(await open_form(window_code), chosen(5), ("tags_5", "517"))
        assert answer.status_code == 303
        thanks = read(await client.get(answer.headers["location"]))
        assert thanks.headings == ["谢谢您的评价"]
        (row,) = await kept()
        assert (row["level"], row["tags"], row["channel"], row["via"]) == (5, ["517"], 3, "static")
        assert row["citizen_id"] is None
        assert await scores.verify() == []

    async def test_the_same_form_sent_again_and_at_once_is_one_rating_and_thanked_for_each_time(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        page = await open_form(window_code)
        answers = await asyncio.gather(*(send(page, chosen(4)) for _ in range(4)))
        answers.append(await send(page, chosen(4)))
        assert {answer.status_code for answer in answers} == {303}
        assert len(await kept()) == 1

    async def test_another_phone_is_told_that_it_was_rated(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        first, second = await open_form(window_code), await open_form(window_code)
        await send(first, chosen(5))
        late = read(await send(second, BAD_TAG, chosen(1)), 409)
        assert "已经评价过了" in late.headings[0]
        assert not late.forms
        assert "已经评价过了" in (await open_form(window_code)).headings[0]
        assert [row["level"] for row in await kept()] == [5]

    async def test_only_the_tags_of_the_chosen_level_count(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        page = await open_form(window_code)
        assert (await send(page, chosen(5), ("tags_5", "510"), BAD_TAG)).status_code == 303
        assert [row["tags"] for row in await kept()] == [["510"]]

    async def test_what_was_shown_is_what_is_rated_also_when_the_next_is_served_already(
        self, act_as, place, window_code, open_form, send
    ):
        first = await visit(act_as, place)
        page = await open_form(window_code)
        await visit(act_as, place)
        await send(page, chosen(3))
        assert [row["service_id"] for row in await kept()] == [first.id]

    async def test_a_message_s_link_rates_its_case_by_sms(
        self, house, act_as, place, open_form, send
    ):
        act = act_as()
        served = await decided_case(act, place, "511602202603020000018")
        code = codes.service_code(house.keyring, served, Via.SMS, act.at + timedelta(days=9))
        await send(await open_form(code), chosen(4))
        assert [(r["service_id"], r["channel"]) for r in await kept()] == [(served, 7)]


class TestMending:
    async def test_a_bad_rating_without_a_word_comes_back_as_it_was(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        page = await open_form(window_code)
        again = read(await send(page, chosen(1)), 422)
        assert "请至少选择一个原因标签" in again.text
        values = again.forms[0].values
        assert chosen(1) in values
        assert dict(values)["event_id"] == dict(page.forms[0].values)["event_id"]
        assert (await send(again, BAD_TAG)).status_code == 303
        assert [(row["level"], row["tags"]) for row in await kept()] == [(1, ["115"])]

    async def test_what_was_typed_and_ticked_is_still_there(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        long = "字" * 151
        sent = await send(await open_form(window_code), chosen(2), ("tags_2", "213"), comment=long)
        again = read(sent, 422)
        assert "最多 150 个字" in again.text
        values = again.forms[0].values
        assert {chosen(2), ("tags_2", "213"), ("comment", long)} <= set(values)
        assert await kept() == []

    async def test_blanks_are_no_reason(self, act_as, place, window_code, open_form, send):
        await visit(act_as, place)
        sent = await send(await open_form(window_code), chosen(1), comment=" \r\n\u3000 ")
        assert "请至少选择一个原因标签" in read(sent, 422).text
        assert await kept() == []

    @pytest.mark.parametrize("text", ["👍🏽" * 75, "好\n" * 75, "字" * 150])
    async def test_as_many_signs_as_are_promised_are_taken(
        self, act_as, place, window_code, open_form, send, text
    ):
        await visit(act_as, place)
        typed = text.replace("\n", "\r\n")  # as a browser sends it
        assert (
            await send(await open_form(window_code), chosen(2), comment=typed)
        ).status_code == 303
        assert [row["comment"] for row in await kept()] == [text.strip()]

    async def test_five_hundred_characters_are_told_of_and_not_lost(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        long = "等了很久没有人来。😀" * 50
        again = read(await send(await open_form(window_code), chosen(2), comment=long), 422)
        assert "最多 150 个字" in again.text
        assert dict(again.forms[0].values)["comment"] == long

    async def test_a_level_that_is_none_and_a_service_that_is_none_are_said_in_words(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        page = await open_form(window_code)
        body = dict(page.forms[0].values)
        assert (await send(page, level="9")).status_code == 422
        answer = await send(page, chosen(5), service_id="x")
        assert (answer.status_code, body["service_id"] in answer.text) == (422, False)
        assert await kept() == []

    async def test_no_face_at_all_is_asked_for(self, act_as, place, window_code, open_form, send):
        await visit(act_as, place)
        assert (
            "请在五个评价等级中选择一个" in read(await send(await open_form(window_code)), 422).text
        )

    async def test_markup_that_is_typed_is_text(self, act_as, place, window_code, open_form, send):
        await visit(act_as, place)
        evil = "</textarea><script>alert(1)</script>" + "字" * 150
        answer = await send(await open_form(window_code), chosen(5), comment=evil)
        assert "<script>" not in answer.text
        assert dict(read(answer, 422).forms[0].values)["comment"] == evil

    async def test_a_script_gets_the_problem_as_data(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        asks = {"Accept": "application/json"}
        page = await open_form(window_code)
        wrong = await send(page, chosen(1), headers=asks)
        assert (wrong.status_code, wrong.json()["field"]) == (422, "tags")
        right = await send(page, chosen(1), BAD_TAG, headers=asks)
        assert right.json() == {"to": f"/q/{window_code}/thanks"}


class TestNothingToRate:
    async def test_a_window_at_which_nobody_was_served(self, client, window_code):
        page = read(await client.get(f"/q/{window_code}"), 404)
        assert "现在没有可以评价的服务" in page.headings[0]
        assert "5 个工作日" in page.text
        assert not page.forms

    @pytest.mark.parametrize("code", ["x", "A" * 32, "%00", "中文"])
    async def test_a_code_that_is_not_ours(self, client, house, code):
        answer = await client.get(f"/q/{code}")
        assert answer.status_code in (400, 404)
        assert "无效或已过期" in answer.text or answer.status_code == 400

    async def test_a_code_whose_time_is_over(self, client, house, act_as, place):
        served = await visit(act_as, place)
        clerk = act_as(await place.actor(act_as(), "clerk"))
        code = (await visits.code_of(clerk, served.id)).code
        house.clock.shift(timedelta(days=30))
        assert "无效或已过期" in read(await client.get(f"/q/{code}"), 404).headings[0]

    async def test_a_case_whose_time_is_over(self, client, house, act_as, place):
        act = act_as()
        served = await decided_case(act, place, "511602202603020000026")
        code = codes.service_code(house.keyring, served, Via.SMS, act.at + timedelta(days=90))
        house.clock.shift(timedelta(days=40))
        assert "已超过可以评价的时间" in read(await client.get(f"/q/{code}")).headings[0]

    async def test_another_windows_service_is_not_this_codes(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        elsewhere = await visit(act_as, place, "clerk2", "02")
        page = await open_form(window_code)
        body = await send(page, chosen(1), BAD_TAG, service_id=str(elsewhere.id))
        read(body, 404)
        again = await send(page, chosen(1), service_id=str(elsewhere.id))
        assert "综合窗口02" not in again.text, "nor does a form that has to be mended tell of it"
        assert await kept() == []

    async def test_somebody_on_duty_does_not_rate_from_the_desk(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        page = await open_form(window_code)
        headers = await staff_headers(act_as(), place, "clerk")
        answer = await send(page, chosen(5), headers=headers)
        assert answer.status_code == 403
        assert "请退出工作账号" in answer.text
        assert await kept() == []


class TestLimits:
    async def test_the_page_and_the_api_count_the_same_uses(self, client, window_code):
        for n in range(40):
            await client.get(f"/api/v1/q/{n}")
        seen = [(await client.get(f"/q/{n}")).status_code for n in range(21)]
        assert seen == [404] * 20 + [429]
        told = await client.get("/q/x")
        assert told.headers["retry-after"] == "60"
        assert "太频繁" in told.text

    async def test_nobody_rates_on_without_end(
        self, act_as, place, window_code, open_form, send, monkeypatch
    ):
        monkeypatch.setattr(links, "RATINGS", "2/minute")
        await visit(act_as, place)
        page = await open_form(window_code)
        assert [(await send(page)).status_code for _ in range(3)] == [422, 422, 429]

    async def test_a_form_from_elsewhere_is_refused(
        self, act_as, place, window_code, open_form, send
    ):
        await visit(act_as, place)
        page = await open_form(window_code)
        cross = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
        assert (await send(page, chosen(1), BAD_TAG, headers=cross)).status_code == 403
        assert await kept() == []


async def test_thanks_say_nothing_of_the_rating_and_look_at_no_code(client, house):
    page = read(await client.get(f"/q/{uuid4().hex}/thanks"))
    assert "5 个工作日" in page.text
    assert page.metas["robots"] == "noindex"
