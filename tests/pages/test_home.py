"""Where people begin, by their roles."""

import pytest

from app.core.acts import Act
from app.pages import navigation
from tests.cases.builders import World
from tests.places import Place

HOMES = {
    "clerk": "/desk",
    "reviewer": "/desk",
    "manager": "/console",
    "supervisor": "/console",
    "admin": "/admin/staff",
}


@pytest.mark.parametrize(("name", "home"), HOMES.items())
async def test_everybody_begins_at_their_own_work(
    place: Place, act_as, name: str, home: str
) -> None:
    act: Act = act_as()
    assert navigation.home(await place.actor(act, name)) == home


async def test_whoever_has_several_roles_begins_at_the_desk(world: World) -> None:
    await world.add_role("manager", "clerk")
    assert navigation.home(await world.place.actor(world.act_as(), "manager")) == "/desk"


def test_nobody_begins_at_the_front_door() -> None:
    assert navigation.home(None) == "/"


@pytest.mark.parametrize("name", ["manager", "supervisor"])
async def test_who_sees_a_halls_work_is_led_to_it(place: Place, act_as, name: str) -> None:
    shown = navigation.of(await place.actor(act_as(), name), "/desk")
    here = [entry.address for _, entries in shown for entry in entries if entry.here]
    assert here == ["/desk"]
