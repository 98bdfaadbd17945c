"""The post: a result is posted, followed, and the case is closed when it is signed for."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core import db
from app.core.acts import Act
from app.core.house import House
from tests.cases.builders import ADDRESS, Filed, World, ok, refused
from tests.evaluations.hub import System, system_of
from tests.places import Place

PAPER = {"title": "食品经营许可证", "number": "JY25116020000001"}
PARCEL = {"carrier": "邮政速递", "tracking_number": "EA123456789CN"}
EVENTS = "/api/v1/shipments/events"


@pytest.fixture
async def carrier(
    world: World,
    client: httpx.AsyncClient,
    house: House,
    place: Place,
    act_as: Callable[..., Act],
) -> System:
    """The carrier's system, with a key of the hall."""
    return await system_of(act_as, place, house, client)


async def to_post(world: World, number: str = PAPER["number"], **given: Any) -> Filed:
    """A result that waits to be posted."""
    case = await world.granted(delivery={"way": "post", "address": ADDRESS}, **given)
    ok(await world.do("clerk", f"cases/{case.id}/issue", PAPER | {"number": number}))
    return case


async def post(world: World, case: Filed, by: str = "clerk", **more: Any) -> httpx.Response:
    return await world.do(by, f"cases/{case.id}/post", PARCEL | more)


async def posted(world: World, **given: Any) -> Filed:
    case = await to_post(world, **given)
    ok(await post(world, case))
    return case


async def report(world: World, case: Filed, state: str, by: str = "clerk") -> httpx.Response:
    return await world.do(by, f"cases/{case.id}/shipment", {"state": state})


async def shipments(world: World, case: Filed) -> list[Any]:
    return (await world.seen(case))["delivery_progress"]["shipments"]


def event(world: World, state: str, event_id: str = "e-1", **more: Any) -> dict[str, Any]:
    at = world.house.clock.now().isoformat()
    return PARCEL | {"event_id": event_id, "state": state, "at": at} | more


class TestPosting:
    async def test_the_applicant_is_told_when_it_is_posted_and_not_before(
        self, world: World
    ) -> None:
        case = await to_post(world)
        assert await world.notices(case) == ["submitted", "reminder"]
        assert ok(await post(world, case))["state"] == "issued"
        assert await world.notices(case) == ["submitted", "reminder", "ready"]
        seen = await world.seen(case)
        assert seen["tracking_number"] == PARCEL["tracking_number"]
        assert PARCEL["tracking_number"] in seen["timeline"][-1]["note"]
        assert await world.trail(case, "case.posted") == 1

    async def test_who_handles_the_case_may(self, world: World) -> None:
        case = await to_post(world)
        refused(await post(world, case, ""), 401, "not_signed_in")
        refused(await post(world, case, "manager"), 403, "forbidden")
        refused(await post(world, case, "far_clerk"), 404, "not_found")
        ok(await post(world, case, "reviewer"))

    async def test_only_what_is_made_out_and_was_to_be_posted_is_posted_once(
        self, world: World
    ) -> None:
        item, citizen = await world.item(), await world.citizen()
        early = await world.granted(
            owner=citizen, item=item, delivery={"way": "post", "address": ADDRESS}
        )
        refused(await post(world, early), 409, "cases.wrong_state")
        at_counter = await world.granted(owner=citizen, item=item)
        ok(await world.do("clerk", f"cases/{at_counter.id}/issue", PAPER))
        refused(await post(world, at_counter), 409, "cases.not_by_post")
        case = await to_post(world, "N-2", owner=citizen, item=item)
        await world.staff("clerk"), await world.staff("clerk2")
        answers = await asyncio.gather(*(post(world, case, name) for name in ("clerk", "clerk2")))
        assert sorted(answer.status_code for answer in answers) == [200, 409]

    async def test_a_refusal_goes_by_post_too(self, world: World) -> None:
        case = await world.refused(delivery={"way": "post", "address": ADDRESS})
        ok(await post(world, case))
        assert ok(await report(world, case, "signed"))["state"] == "closed"

    async def test_the_queue_of_what_is_to_be_posted(self, world: World) -> None:
        case = await to_post(world)
        hall = str(world.place.hall_id)
        (row,) = ok(await world.look("clerk", "shipments", hall_id=hall))["items"]
        assert (row["number"], row["delivery_due"]) == (case.number, "2026-03-16")
        refused(await world.look("far_clerk", "shipments", hall_id=hall), 403, "forbidden")
        ok(await post(world, case))
        assert ok(await world.look("clerk", "shipments", hall_id=hall))["items"] == []


class TestCollectedInstead:
    async def test_before_it_is_posted_the_applicant_may_collect_it(self, world: World) -> None:
        case = await to_post(world)
        path = f"cases/{case.id}/deliver"
        refused(await world.do("clerk", path, {}), 422, "cases.collector_first")
        assert ok(await world.do("clerk", path, {"collector": {}}))["state"] == "closed"
        assert [one["state"] for one in await shipments(world, case)] == ["cancelled"]

    async def test_not_while_the_post_has_it(self, world: World) -> None:
        case = await posted(world)
        answer = await world.do("clerk", f"cases/{case.id}/deliver", {"collector": {}})
        refused(answer, 409, "cases.on_its_way")
        assert await world.state(case) == "issued"


class TestReports:
    async def test_signed_for_closes_the_case(self, world: World) -> None:
        case = await posted(world)
        for state in ("in_transit", "arrived"):
            assert ok(await report(world, case, state))["state"] == "issued"
        assert ok(await report(world, case, "signed"))["state"] == "closed"
        (shipment,) = await shipments(world, case)
        assert [step["state"] for step in shipment["events"]] == [
            "posted",
            "in_transit",
            "arrived",
            "signed",
        ]
        assert await world.notices(case) == ["submitted", "reminder", "ready", "rate"]
        assert (await world.seen(case))["delivery_progress"]["handover"]["way"] == "post"

    async def test_nothing_goes_back(self, world: World) -> None:
        case = await posted(world)
        ok(await report(world, case, "arrived"))
        refused(await report(world, case, "in_transit"), 409, "cases.nothing_posted")

    async def test_what_comes_back_is_posted_anew_to_a_new_address(self, world: World) -> None:
        case = await posted(world)
        ok(await report(world, case, "returned"))
        assert (await world.notices(case))[-1] == "reminder"
        assert [one["state"] for one in await shipments(world, case)] == ["returned", "to_post"]
        new = "青河县西街 3 号 1 单元"
        ok(await post(world, case, tracking_number="EA987654321CN", address=new))
        shown = ok(await world.look("clerk", f"cases/{case.id}/applicant"))
        assert shown["delivery_address"] == new
        ok(await report(world, case, "signed"))
        states = [(one["attempt"], one["state"]) for one in await shipments(world, case)]
        assert states == [(1, "returned"), (2, "signed")]


class TestCarrier:
    async def test_its_events_move_the_shipment_and_close_the_case(
        self, world: World, carrier: System
    ) -> None:
        case = await posted(world)
        first = ok(await carrier.post(EVENTS, event(world, "in_transit")))
        assert first == {"event_id": "e-1", "moved": True, "shipments": 1}
        ok(await carrier.post(EVENTS, event(world, "signed", "e-2")))
        assert await world.state(case) == "closed"
        assert (await world.notices(case))[-1] == "rate"

    async def test_an_event_that_comes_again_counts_once(
        self, world: World, carrier: System
    ) -> None:
        case = await posted(world)
        told = event(world, "signed")
        answers = await asyncio.gather(*(carrier.post(EVENTS, told) for _ in range(4)))
        assert {answer.status_code for answer in answers} == {200}
        assert all(answer.json()["moved"] for answer in answers)
        rows = await db.fetch("SELECT 1 FROM shipment_events WHERE state = 'signed'")
        assert len(rows) == 1
        assert (await world.notices(case)).count("rate") == 1

    async def test_another_content_under_the_same_id_is_refused(
        self, world: World, carrier: System
    ) -> None:
        await posted(world)
        told = event(world, "in_transit")
        ok(await carrier.post(EVENTS, told))
        answer = await carrier.post(EVENTS, told | {"state": "returned"})
        refused(answer, 409, "shipments.event_changed")

    async def test_what_comes_late_is_kept_and_moves_nothing(
        self, world: World, carrier: System
    ) -> None:
        case = await posted(world)
        ok(await carrier.post(EVENTS, event(world, "signed", "e-2")))
        late = ok(await carrier.post(EVENTS, event(world, "arrived", "e-1")))
        assert late["moved"] is False
        assert await world.state(case) == "closed"
        (shipment,) = await shipments(world, case)
        assert shipment["state"] == "signed"
        assert await db.fetch("SELECT 1 FROM shipment_events WHERE NOT moved")

    async def test_one_parcel_carries_the_results_of_two_cases(
        self, world: World, carrier: System
    ) -> None:
        item, citizen = await world.item(), await world.citizen()
        cases = [await to_post(world, number, owner=citizen, item=item) for number in ("N1", "N2")]
        for case in cases:
            ok(await post(world, case))
        told = ok(await carrier.post(EVENTS, event(world, "signed")))
        assert told["shipments"] == 2
        assert [await world.state(case) for case in cases] == ["closed", "closed"]

    async def test_a_parcel_that_is_not_of_its_halls_is_not_there(
        self, world: World, carrier: System
    ) -> None:
        await posted(world)
        other = event(world, "signed", tracking_number="ZZ000000000CN")
        refused(await carrier.post(EVENTS, other), 404, "not_found")
        far = Place(world.place.other_hall_id, world.place.hall_id)
        stranger = await system_of(world.act_as, far, world.house, world.client)
        refused(await stranger.post(EVENTS, event(world, "signed")), 404, "not_found")

    async def test_a_clock_that_is_wrong_is_told(self, world: World, carrier: System) -> None:
        await posted(world)
        ahead = (world.house.clock.now() + timedelta(days=3)).isoformat()
        refused(
            await carrier.post(EVENTS, event(world, "signed", at=ahead)),
            422,
            "reports.implausible_time",
        )
        old = await carrier.post(EVENTS, event(world, "signed", at="0001-01-01T00:00:00+14:00"))
        refused(old, 422, "reports.implausible_time")

    async def test_only_a_system_with_a_key_may(self, world: World) -> None:
        answer = await world.client.post(EVENTS, json=event(world, "signed"))
        refused(answer, 401, "not_signed_in")
