"""A month is looked at, proposed by a manager, and answered by another person."""

from datetime import date

import pytest

from app.core import db
from evaluations.ratings.counting import DUE, DUE_RATED, Dimension
from tests.console.boards import Boards
from tests.console.pages import links, words

PATH = "/publications"
MONTH = "2026-02"
_COUNT = (
    "INSERT INTO score_days (hall_id, dimension, day, key, measure, n)"
    " VALUES ($1, $2, $3, $4, $5, $6)"
)


async def rated(boards: Boards, window: str, levels: dict[int, int]) -> None:
    """Ratings at a window on a day in February, as the score table has them."""
    place = boards.world.place
    rated = sum(levels.values())
    measures = levels | {DUE: rated + 2, DUE_RATED: rated}
    keys = {
        Dimension.HALL: str(place.hall_id),
        Dimension.WINDOW: str(place.windows[window]),
    }
    for dimension, key in keys.items():
        for measure, n in measures.items():
            day = date(2026, 2, 10 + int(window))
            await db.execute(_COUNT, place.hall_id, dimension, day, key, measure, n)


@pytest.fixture
async def february(boards: Boards) -> Boards:
    """Ten ratings at one window, seven at the other; nine and six of them satisfied."""
    await rated(boards, "01", {5: 8, 4: 1, 2: 1})
    await rated(boards, "02", {5: 6, 1: 1})
    return boards


async def propose(boards: Boards) -> str:
    """The address of a proposal of February."""
    form = {"hall_id": str(boards.world.place.hall_id), "month": MONTH}
    return (await boards.done("manager", PATH, form)).removeprefix("/console")


async def test_what_would_be_published_is_seen_before_it_is_proposed(february: Boards) -> None:
    asked = {"hall_id": str(february.world.place.hall_id), "month": MONTH}
    page = words(await february.page("manager", f"{PATH}/preview", **asked))
    assert "2026年2月拟公布内容" in page
    assert "满意度 88.2%" in page  # 15 of 17
    assert "综合窗口01 90.0%" in page
    assert not await db.fetch("SELECT id FROM score_proposals")
    listed = await february.page("manager", PATH)
    assert 'value="2026-02"' in listed, "the last month is offered"


async def test_the_proposal_shows_the_same_and_waits_for_another(february: Boards) -> None:
    asked = {"hall_id": str(february.world.place.hall_id), "month": MONTH}
    preview = words(await february.page("manager", f"{PATH}/preview", **asked))
    path = await propose(february)
    page = words(await february.page("manager", path))
    figures = page[page.index("以下是公布的全部内容") :]
    assert figures in preview
    assert "待确认" in page
    assert "同意公布" not in page
    assert f"/console{path}" in links(await february.page("supervisor", PATH))


async def test_the_second_person_publishes_it(february: Boards) -> None:
    path = await propose(february)
    assert "同意公布" in words(await february.page("supervisor", path))
    await february.done("supervisor", f"{path}/answer", {"agree": "true"})
    public = f"/published/{february.world.place.hall_id}/{MONTH}"
    page = await february.page("manager", path)
    assert public in links(page)
    assert "已公布" in words(page)
    assert (await february.world.client.get(public)).status_code == 200


async def test_who_declines_says_why(february: Boards) -> None:
    path = await propose(february)
    answer = await february.send("supervisor", f"{path}/answer", {"agree": "false"})
    assert answer.status_code == 422
    form = {"agree": "false", "reason": "窗口数据有误。"}
    await february.done("supervisor", f"{path}/answer", form)
    page = words(await february.page("manager", path))
    assert "未同意" in page
    assert "窗口数据有误。" in page
    await propose(february)  # once more, after it was put right


async def test_whoever_proposed_does_not_confirm(february: Boards) -> None:
    await february.world.add_role("manager", "supervisor")
    path = await propose(february)
    answer = await february.send("manager", f"{path}/answer", {"agree": "true"})
    assert answer.status_code == 403
    assert "另一人确认" in answer.text


async def test_too_few_ratings_are_withheld(boards: Boards) -> None:
    await rated(boards, "01", {5: 3})
    asked = {"hall_id": str(boards.world.place.hall_id), "month": MONTH}
    page = words(await boards.page("manager", f"{PATH}/preview", **asked))
    assert "评价太少，整月不公布数字" in page
    assert "100.0%" not in page


async def test_a_month_that_is_not_over_is_refused_in_words(boards: Boards) -> None:
    asked = {"hall_id": str(boards.world.place.hall_id), "month": "2026-03"}
    answer = await boards.ask("manager", f"{PATH}/preview", **asked)
    assert answer.status_code == 422
    assert "这个月还没有结束" in answer.text


async def test_only_the_halls_own_people_see_it(february: Boards) -> None:
    path = await propose(february)
    hall = {"hall_id": str(february.world.place.hall_id), "month": MONTH}
    assert (await february.ask("far_manager", path)).status_code in (403, 404)
    for by in ("clerk", "reviewer", "admin"):
        assert (await february.ask(by, path)).status_code == 403, by
    for by in ("far_manager", "supervisor", "clerk"):
        assert (await february.ask(by, f"{PATH}/preview", **hall)).status_code == 403, by
    answer = await february.send("far_manager", PATH, hall)
    assert answer.status_code == 403
