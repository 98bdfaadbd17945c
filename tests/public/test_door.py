"""The door, what is told about the house, and what is not there."""

import pytest

from app.public.door import NOT_FOR_MACHINES
from tests.places import staff_headers
from tests.public.reading import read

PAGES = ("/", "/about/rating", "/about/privacy", "/guides", "/published", "/v")


async def test_the_door_leads_to_everything(client, place):
    page = read(await client.get("/"))
    assert {"/guides", "/published", "/v", "/about/rating", "/about/privacy", "/sign-in"} <= set(
        page.links
    )
    assert "青河县政务服务中心" in page.text
    assert page.forms[0].action == "/guides"


async def test_a_house_without_a_hall_has_a_door_too(client, house):
    assert read(await client.get("/")).headings == ["政务服务"]


@pytest.mark.parametrize("path", PAGES)
async def test_pages_for_everybody_need_no_cookie_and_set_none(client, place, path):
    answer = await client.get(path)
    assert "set-cookie" not in answer.headers
    assert read(answer).metas["description"]


@pytest.mark.parametrize("path", PAGES)
async def test_they_are_the_same_for_staff(client, place, act_as, path):
    headers = await staff_headers(act_as(), place, "manager")
    assert (await client.get(path, headers=headers)).status_code == 200


async def test_privacy_tells_the_settings_in_force(client, house):
    settings = house.settings
    text = read(await client.get("/about/privacy")).text
    for days in (settings.draft_days, settings.case_retention_days, settings.citizen_session_days):
        assert f"{days} 天" in text
    assert "身份核验服务" not in text, "none is set up in this house"


async def test_how_to_rate_tells_the_rules_and_the_settings(client, house):
    text = read(await client.get("/about/rating")).text
    for said in (
        "非常不满意",
        "10 个工作日",
        f"{house.settings.rectification_complex_days} 个工作日",
    ):
        assert said in text


async def test_machines_are_asked_to_leave_codes_and_staff_alone(client, house):
    answer = await client.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert {f"Disallow: {path}" for path in NOT_FOR_MACHINES} == set(lines[1:])
    assert "Disallow: /" not in lines


async def test_the_mark_is_there_for_old_browsers(client, house):
    answer = await client.get("/favicon.ico")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "<svg" in answer.text


@pytest.mark.parametrize("path", ["/nowhere", "/guides/x", "/published/1/2/3"])
async def test_what_is_not_there_is_a_page_for_a_browser(client, house, path):
    page = read(await client.get(path, headers={"Accept": "text/html"}), 404)
    assert "/" in page.links


async def test_what_is_not_in_the_api_stays_a_problem(client, house):
    answer = await client.get("/api/v1/nowhere", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == "application/problem+json"
