"""What waits at the desk: the most urgent first, counted by light; what can be done with a case."""

from datetime import date

from tests.agency import owned as agency
from tests.cases.builders import PLAN, PREMISES, World, ok, refused


async def _listed(world: World, by: str = "clerk", **query: str) -> list[dict]:
    asked = {"hall_id": str(world.place.hall_id)} | query
    return ok(await world.look(by, "worklist", **asked))["items"]


async def _work(world: World, case_id: str, by: str = "clerk") -> dict:
    return ok(await world.look(by, f"cases/{case_id}/work"))


class TestTheList:
    async def test_only_those_who_see_the_hall_may_read_it(self, world: World) -> None:
        hall = {"hall_id": str(world.place.hall_id)}
        refused(await world.look("", "worklist", **hall), 401, "not_signed_in")
        for name in ("far_clerk", "reviewer", "admin"):
            refused(await world.look(name, "worklist", **hall), 403, "forbidden")
            refused(await world.look(name, "worklist/counts", **hall), 403, "forbidden")

    async def test_the_applicant_is_masked_and_left_out_for_managers(self, world: World) -> None:
        await world.filed()
        assert [row["applicant"] for row in await _listed(world)] == ["欧**月"]
        assert [row["applicant"] for row in await _listed(world, "manager")] == ["—"]

    async def test_what_is_due_first_comes_first(self, world: World) -> None:
        item = await world.item()
        world.go_to_day(date(2026, 3, 2))
        first = await world.filed(item=item)
        world.go_to_day(date(2026, 3, 3))
        second = await world.filed(await world.citizen("o-second"), item)
        rows = await _listed(world)
        assert [row["number"] for row in rows] == [first.number, second.number]
        assert rows[0] | {"work": "accept", "due": "2026-03-09", "light": "green"} == rows[0]
        world.go_to_day(date(2026, 3, 9))
        assert [row["light"] for row in await _listed(world)] == ["yellow", "yellow"]

    async def test_it_is_read_on_where_a_page_ended(self, world: World) -> None:
        item, owner = await world.item(), await world.citizen()
        numbers = [(await world.filed(owner, item)).number for _ in range(3)]
        query = {"hall_id": str(world.place.hall_id), "limit": "2"}
        page = ok(await world.look("clerk", "worklist", **query))
        rest = ok(await world.look("clerk", "worklist", **query, after=page["next"]))
        assert [row["number"] for row in page["items"] + rest["items"]] == numbers
        assert rest["next"] is None

    async def test_a_case_moves_from_work_to_work(self, world: World) -> None:
        item = await world.item()
        case = await world.filed(item=item, delivery={"way": "counter"})

        async def works() -> list[str]:
            found = []
            for work in ("accept", "correction", "review", "issue", "deliver", "post"):
                found += [row["work"] for row in await _listed(world, work=work)]
            return found

        assert await works() == ["accept"]
        ok(await world.do("clerk", f"cases/{case.id}/ask-correction", {"points": ["照片模糊"]}))
        assert await works() == ["correction"]
        ok(await world.mine(case, "supplement", {"form": {"shop": "新字号小店"}}))
        assert [row["again"] for row in await _listed(world)] == [True]
        ok(await world.accept(case))
        assert await works() == ["review"]
        ok(await world.grant(case))
        assert await works() == ["issue"]
        ok(await world.do("clerk", f"cases/{case.id}/issue", {"title": "登记证", "number": "Z-1"}))
        assert await works() == ["deliver"]
        ok(await world.do("clerk", f"cases/{case.id}/deliver", {}))
        assert await works() == []

    async def test_what_is_with_the_carrier_waits_for_nobody(self, world: World) -> None:
        case = await world.granted(delivery={"way": "post", "address": "青河县东风路 18 号"})
        ok(await world.do("clerk", f"cases/{case.id}/issue", {"title": "登记证", "number": "Z-1"}))
        assert [row["work"] for row in await _listed(world)] == ["post"]
        parcel = {"carrier": "邮政特快", "tracking_number": "EA123456789CN"}
        ok(await world.do("clerk", f"cases/{case.id}/post", parcel))
        assert await _listed(world) == []
        assert (await _work(world, case.id))["acts"] == ["report_shipment"]

    async def test_counts_say_how_many_and_of_which_light(self, world: World) -> None:
        item, owner = await world.item(), await world.citizen()
        for _ in range(2):
            await world.filed(owner, item)
        world.go_to_day(date(2026, 3, 10))
        await world.filed(await world.citizen("o-late"), item)
        hall = {"hall_id": str(world.place.hall_id)}
        counts = {
            row["work"]: row for row in ok(await world.look("clerk", "worklist/counts", **hall))
        }
        told = counts["accept"]
        assert (told["name"], told["total"], told["red"], told["yellow"]) == ("待受理", 3, 2, 0)
        assert counts["issue"]["total"] == 0


class TestWhatCanBeDone:
    async def test_strangers_are_told_nothing(self, world: World) -> None:
        case = await world.filed()
        for name in ("far_clerk", "fire_reviewer"):
            refused(await world.look(name, f"cases/{case.id}/work"), 404, "not_found")

    async def test_a_manager_can_do_nothing(self, world: World) -> None:
        case = await world.filed()
        work = await _work(world, case.id, "manager")
        assert (work["acts"], work["tasks"], work["handles"]) == ([], [], False)

    async def test_each_role_is_offered_its_own(self, world: World) -> None:
        case = await world.filed()
        assert (await _work(world, case.id))["acts"] == ["accept", "ask_correction", "not_accept"]
        ok(await world.accept(case))
        assert (await _work(world, case.id))["acts"] == ["pause", "extend", "terminate"]
        task = str(await world.task(case))
        reviewer = await _work(world, case.id, "reviewer")
        assert reviewer["tasks"] == [task]
        assert (await _work(world, case.id))["tasks"] == []
        proposed = ok(await world.refuse(case), 202)
        assert (await _work(world, case.id, "reviewer"))["proposals"] == []
        assert (await _work(world, case.id, "reviewer2"))["proposals"] == [proposed["id"]]
        assert (await _work(world, case.id, "supervisor"))["proposals"] == [proposed["id"]]

    async def test_what_is_offered_is_not_refused(self, world: World) -> None:
        """Every act that is offered on the way of a case can be done there."""
        case = await world.filed()
        offered = set((await _work(world, case.id))["acts"])
        proposal = ok(await world.do("clerk", f"cases/{case.id}/not-accept", _no()), 202)
        after = set((await _work(world, case.id))["acts"])
        assert offered - after == {"not_accept"}
        refused(
            await world.do("clerk", f"cases/{case.id}/not-accept", _no()),
            409,
            "cases.proposal_open",
        )
        ok(await world.answer(proposal["id"], agree=False))
        assert set((await _work(world, case.id))["acts"]) == offered

    async def test_the_material_list_and_the_form_are_named(self, world: World) -> None:
        item = await world.item("PHOTOS", guide={"materials": (PREMISES, PLAN)})
        owner = await world.citizen()
        supplied = [{"requirement": "premises", "material_ids": [await world.photo(owner)]}]
        case = await world.filed(owner, item, materials=supplied)
        work = await _work(world, case.id)
        assert [(line["code"], line["required"], line["given"]) for line in work["lines"]] == [
            ("premises", True, 1),
            ("plan", False, 0),
        ]
        assert work["fields"] == [{"name": "shop", "title": "字号"}]
        assert (work["accept_due"], work["accept_light"]) == ("2026-03-09", "green")

    async def test_a_pre_checked_item_is_pre_checked_first(self, world: World) -> None:
        case = await world.filed(item=await world.item(guide={"pre_check": True}))
        assert (await _work(world, case.id))["acts"][0] == "pre_check"
        assert "accept" not in (await _work(world, case.id))["acts"]
        ok(await world.do("clerk", f"cases/{case.id}/pre-check"))
        assert (await _work(world, case.id))["acts"][0] == "accept"

    async def test_whoever_helped_the_applicant_is_offered_nothing(self, world: World) -> None:
        case = (await agency.assisted(world))["case_id"]
        assert (await _work(world, str(case), "clerk"))["acts"]
        assert (await _work(world, str(case), "clerk2"))["acts"]
        body = {"form": {"shop": "新字号小店"}}
        ok(await world.do("clerk2", f"assisted/{case}/supplement", body))
        assert (await _work(world, str(case), "clerk"))["acts"]
        assert (await _work(world, str(case), "clerk2"))["acts"] == []


def _no() -> dict[str, str]:
    return {"reason": "不属于本中心的职权范围。", "basis": "行政许可法第三十二条"}
