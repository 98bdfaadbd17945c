"""From the clock to the closed entry, by the real jobs and the real desk."""

from collections.abc import Callable
from datetime import date
from typing import Any

from app.cases.clock.lights import turn_lights
from app.cases.figures import upkeep as figure_upkeep
from app.supervision import jobs
from tests.cases.builders import World, ok
from tests.supervision.watch import ANSWER, NOTE, PATH

PERIOD = {"from": "2026-03-01", "to": "2026-03-31"}
WorkOutbox = Callable[[], Any]


async def entries(world: World, **query: Any) -> list[dict[str, Any]]:
    headers = await world.staff("supervisor")
    answer = await world.client.get(f"{PATH}/entries", params=query, headers=headers)
    return ok(answer)["items"]


async def post(world: World, name: str, path: str, body: Any) -> Any:
    headers = await world.staff(name)
    return ok(await world.client.post(f"{PATH}/{path}", json=body, headers=headers))


async def test_an_overdue_review_is_supervised_until_it_is_done(
    world: World, work_outbox: WorkOutbox
) -> None:
    case = await world.accepted()  # on Monday the 2nd; five days were promised
    await turn_lights(world.act_as())
    await work_outbox()
    assert await entries(world) == []
    world.go_to_day(date(2026, 3, 9))
    await turn_lights(world.act_as())
    await work_outbox()
    assert await entries(world) == []
    headers = await world.staff("clerk")
    warnings = ok(await world.client.get(f"{PATH}/warnings", headers=headers))["items"]
    assert {row["case_number"] for row in warnings} == {case.number}
    world.go_to_day(date(2026, 3, 10))
    for _ in range(2):
        await turn_lights(world.act_as())
        await work_outbox()
    found = {row["step"]: row for row in await entries(world)}
    assert set(found) == {"review", "case"}
    assert found["review"]["department"] == "市场监管局"
    entry = found["review"]["id"]
    await post(world, "reviewer", f"entries/{entry}/answer", ANSWER)
    assert (await post(world, "supervisor", f"entries/{entry}/accept", NOTE))["state"] == (
        "accepted"
    )
    ok(await world.grant(case))
    await jobs.watch_steps(world.act_as())
    [left] = await entries(world)
    assert (left["step"], left["step_done"], left["state"]) == ("case", True, "open")
    [closed] = await entries(world, state="closed")
    assert closed["id"] == entry


async def test_what_the_desk_decides_is_what_the_figures_say(world: World) -> None:
    item = await world.item()
    owner = await world.citizen()
    early = await world.accepted(owner=owner, item=item)
    late = await world.accepted(owner=owner, item=item)
    ok(await world.grant(early))
    world.go_to_day(date(2026, 3, 10))
    proposed = ok(await world.refuse(late), 202)
    ok(await world.answer(proposed["id"]))
    headers = await world.staff("manager")
    query = {"hall_id": str(world.place.hall_id)} | PERIOD
    total = ok(await world.client.get(f"{PATH}/figures", params=query, headers=headers))["total"]
    assert (total["granted"], total["refused"]) == (1, 1)
    assert total["handling_time"] == {"numerator": 6, "denominator": 2, "value": 3.0}
    assert total["on_time"]["numerator"] == 1
    assert total["compression"] == {"numerator": 34, "denominator": 40, "value": 34 / 40}
    assert await figure_upkeep.verify() == []


async def test_a_second_round_of_corrections_is_counted_against_the_window(world: World) -> None:
    clerk = await world.staff("clerk")
    window = world.place.windows["01"]
    ok(await world.client.post(f"/api/v1/windows/{window}/duty", headers=clerk))
    case = await world.filed()
    ask = {"points": ["照片不清楚。"]}
    ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ask))
    ok(await world.mine(case, "supplement", {"form": {"shop": "青河老街豆花店"}}))
    asked = ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ask))
    ok(await world.answer(asked["proposal"]["id"]))
    headers = await world.staff("manager")
    query = {"hall_id": str(world.place.hall_id), "by": "window"} | PERIOD
    report = ok(await world.client.get(f"{PATH}/figures", params=query, headers=headers))
    [row] = report["rows"]
    assert (row["name"], row["second_corrections"], row["decided"]) == ("01 综合窗口01", 1, 0)
    assert await figure_upkeep.verify() == []
