"""From a rating to its case and its rectification; nobody who rated or applied is told."""

from uuid import uuid4

from app.core import db
from tests.cases.builders import ID_NUMBER, NAME, PHONE, World
from tests.console.pages import Console, links, words
from tests.evaluations.hub import RATE, visit


async def a_rating(console: Console, level: int = 5, **more: object) -> str:
    loops = console.loops
    served = await visit(loops.act_as, loops.place)
    assert loops.evaluator
    await loops.evaluator.post(RATE, loops.evaluator.tap(served.id, level, **more))
    row = await db.fetch_one("SELECT id FROM ratings WHERE service_id = $1", served.id)
    assert row
    return str(row["id"])


async def test_what_was_written_is_shown_to_supervisors_alone(console: Console) -> None:
    rating = await a_rating(console, 5, comment="张姐办事特别快。")
    for path in ("/ratings", f"/ratings/{rating}"):
        assert "张姐" not in await console.page("manager", path)
        assert "张姐" in await console.page("supervisor", path)
    assert "有文字" in await console.page("manager", "/ratings")


async def test_a_bad_rating_leads_to_its_rectification(console: Console) -> None:
    rectification = await console.loops.named()
    page = await console.page("manager", "/ratings")
    assert f"/console/rectifications/{rectification}" in links(page)
    assert "整改：待联系" in words(page)
    [rating] = links(page, "/console/ratings/")
    assert f"/console/rectifications/{rectification}" in links(
        await console.page("manager", rating)
    )


async def test_another_hall_s_rating_is_not_there(console: Console) -> None:
    rating = await a_rating(console)
    answer = await console.ask("far_manager", f"/ratings/{rating}")
    assert answer.status_code == 404
    assert (await console.ask("manager", f"/ratings/{uuid4()}")).status_code == 404


async def test_the_list_is_read_on_page_by_page(console: Console, monkeypatch) -> None:
    monkeypatch.setattr("app.console.ratings.A_PAGE", 2)
    ratings = [await a_rating(console) for _ in range(5)]
    seen: list[str] = []
    url = "/console/ratings"
    while url:
        page = await console.page("manager", url)
        seen += [one.rpartition("/")[2] for one in links(page, "/console/ratings/")]
        url = next((one for one in links(page, "/console/ratings?") if "after=" in one), "")
    assert seen == ratings[::-1]


async def test_a_case_is_shown_without_who_applied(console: Console, world: World) -> None:
    case = await world.granted()
    page = await console.page("manager", f"/cases/{case.id}")
    assert case.number in page
    assert "准予" in page
    for personal in (NAME, PHONE, ID_NUMBER):
        assert personal not in page
    answer = await console.ask("manager", f"/cases/of/{case.number}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/console/cases/{case.id}")
    for path in (f"/cases/{case.id}", f"/cases/of/{case.number}"):
        assert (await console.ask("far_manager", path)).status_code == 404
    assert (await console.ask("manager", "/cases/of/000")).status_code == 404


async def test_the_rating_of_a_case_leads_to_the_case(console: Console, world: World) -> None:
    case = await world.granted()
    body = {"case_number": case.number, "level": 4, "tags": []}
    answer = await world.client.post("/api/v1/ratings", json=body, headers=case.owner.headers)
    assert answer.status_code == 201, answer.text
    page = await console.page(
        "manager", "/ratings", by="department", key=str(world.place.departments["market"])
    )
    [url] = links(page, "/console/cases/")
    answer = await console.ask("manager", url)
    assert answer.headers["Location"] == f"/console/cases/{case.id}"
