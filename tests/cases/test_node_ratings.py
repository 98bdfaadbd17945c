"""受理, 出证: each can be rated by itself where the hall has that set, and only there."""

from app.core import db
from evaluations.scores import service as scores
from tests.cases.builders import World, ok
from tests.evaluations.hub import NODES_RATED
from tests.places import staff_headers

PAPER = {"title": "许可证", "number": "1"}


async def _nodes() -> list[dict]:
    return await db.fetch(
        "SELECT id, subject, item_name, staff_id, service_number FROM services"
        " WHERE kind = 'case_node' ORDER BY id"
    )


async def _set(world: World, **changed: object) -> None:
    manager = await staff_headers(world.act_as(), world.place, "manager")
    path = f"/api/v1/halls/{world.place.hall_id}/rating-settings"
    answer = await world.client.put(path, json=NODES_RATED | changed, headers=manager)
    assert answer.status_code == 200, answer.text
    assert answer.json() == NODES_RATED | changed


async def test_without_the_setting_only_the_case_is_rated(world: World) -> None:
    case = await world.granted()
    ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER))
    assert await _nodes() == []
    assert len(await db.fetch("SELECT id FROM services")) == 1


async def test_each_node_is_a_service_of_its_own(world: World) -> None:
    await _set(world)
    case = await world.granted()
    ok(await world.do("clerk2", f"cases/{case.id}/issue", PAPER))
    accepted, issued = await _nodes()
    assert accepted["subject"] == f"case:{case.number}:accepted"
    assert issued["subject"] == f"case:{case.number}:issued"
    assert accepted["item_name"].endswith("（受理）")
    assert issued["staff_id"] == world.place.staff["clerk2"], "who issued it, not who accepted it"
    numbers = await db.fetch(
        "SELECT service_number FROM services WHERE project_no = $1 ORDER BY id", case.number
    )
    assert [row["service_number"] for row in numbers] == [1, 2, 3]
    for n, node in enumerate((accepted, issued)):
        body = {"service_id": str(node["id"]), "level": 4 + n}
        answer = await world.client.post("/api/v1/ratings", json=body, headers=case.owner.headers)
        assert answer.status_code == 201, answer.text
    body = {"case_number": case.number, "level": 3}
    answer = await world.client.post("/api/v1/ratings", json=body, headers=case.owner.headers)
    assert answer.status_code == 201, "the case is one more thing to rate"
    assert await scores.verify() == []


async def test_a_hall_may_have_one_node_rated(world: World) -> None:
    await _set(world, rate_acceptance=False)
    case = await world.granted()
    ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER))
    (issued,) = await _nodes()
    assert issued["subject"].endswith(":issued")
