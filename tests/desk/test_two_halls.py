"""Whoever works in several halls chooses one, on every page alike, and stays there."""

import html as html_module
import re
from uuid import UUID

import pytest

from app.halls import service as halls
from app.halls.schemas import HallIn
from app.pages import navigation
from tests.agency import owned as agency
from tests.cases.builders import World
from tests.desk.pages import Desk

OF_HALL = [
    entry.address
    for chapter in navigation.CHAPTERS
    for entry in chapter.entries
    if entry.of_hall and entry.address != "/desk/card-checks"
]


@pytest.fixture
async def town(world: World) -> UUID:
    """A second hall of the clerk's."""
    given = HallIn(code="TOWN", name="安宁镇便民服务中心", level="town", region_code="511602")
    made = await halls.add_hall(world.act_as(), given)
    await world.add_role("clerk", "clerk", hall=made.id)
    return made.id


def chosen(html: str) -> str | None:
    """The name of the hall that the switch stands at; None where there is none."""
    place = html.partition('class="bar-place"')[2].partition("</form>")[0]
    found = re.search(r"<option[^>]* selected>([^<]+)", place)
    return found[1] if found else None


@pytest.mark.parametrize("path", OF_HALL)
async def test_each_page_of_a_hall_has_the_same_switch(
    desk: Desk, world: World, town: UUID, path: str
) -> None:
    here = path.removeprefix("/desk")
    assert chosen(await desk.page("clerk2", here)) is None
    assert chosen(await desk.page("clerk", here)) == "青河县政务服务中心"
    html = await desk.page("clerk", here, hall_id=str(town))
    assert chosen(html) == "安宁镇便民服务中心"
    for entry in OF_HALL:
        assert f'href="{entry}?hall_id={town}"' in html


async def test_a_case_leads_on_in_its_own_hall(desk: Desk, world: World, town: UUID) -> None:
    item, owner = await world.item(), await world.citizen()
    case, later = [await world.filed(owner, item) for _ in range(2)]
    html = html_module.unescape(await desk.page("clerk", f"/cases/{case.id}"))
    assert f'href="/desk?hall_id={world.place.hall_id}"' in html
    assert f'case-next" href="/desk/cases/{later.id}"' in html


async def test_what_was_narrowed_down_stays(desk: Desk, world: World, town: UUID) -> None:
    html = await desk.page("clerk", "/deadlines", step="case", light="red", hall_id=str(town))
    form = html.partition('class="bar-place"')[2].partition("</form>")[0]
    assert '<input type="hidden" name="step" value="case">' in form
    assert '<input type="hidden" name="light" value="red">' in form


async def test_after_a_registration_the_list_is_of_its_hall(
    desk: Desk, world: World, town: UUID
) -> None:
    one = (await agency.registration(world))["registration_id"]
    to = await desk.done("clerk", f"/registrations/{one}/answer", {"confirm": "true"})
    assert to == f"/desk/registrations?hall_id={world.place.hall_id}"
