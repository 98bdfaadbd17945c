"""Materials used again for somebody else: an enterprise, or a neighbour who consented."""

from typing import Any

from app.core import db
from tests.agency.agents import Agents, Known
from tests.cases.builders import Filed, Item, ok, refused
from tests.holdings.test_holdings import LEASE


async def filed_with_lease(
    agents: Agents, who: Known, item: Item, on_behalf: dict[str, str] | None = None
) -> Filed:
    """An application with a photo of who files it, accepted."""
    world = agents.world
    photo = await world.photo(who)
    supplied = [{"requirement": "lease", "material_ids": [photo]}]
    more: dict[str, Any] = {"materials": supplied, "on_behalf": on_behalf}
    made = ok(await world.submit(who, item, **more), 201)
    case = Filed(made["id"], made["number"], who)
    ok(await world.accept(case))
    return case


async def leases(agents: Agents, who: Known, item: Item, **query: Any) -> list[Any]:
    shown = ok(await agents.get(who, f"items/{item.id}/reusable", **query))
    return shown["requirements"][0]["holdings"]


async def shop(agents: Agents) -> Item:
    return await agents.world.item("SHOP", guide={"materials": (LEASE,)})


class TestEnterprise:
    async def test_what_one_operator_gave_serves_the_next(self, agents: Agents) -> None:
        manager, operator = await agents.person(1, "赵大山"), await agents.person(2, "钱小河")
        enterprise = await agents.enterprise(manager)
        await agents.joined(enterprise, manager, operator, "operator")
        item, of = await shop(agents), {"enterprise_id": enterprise}
        await filed_with_lease(agents, manager, item, of)
        (held,) = await leases(agents, operator, item, **of)
        picture = held["pictures"][0]["thumbnail"].removeprefix("/api/v1/")
        assert (await agents.get(operator, picture, **of)).status_code == 200
        refused(await agents.get(operator, picture), 404, "not_found")
        reuse = [{"requirement": "lease", "holding_id": held["id"]}]
        more = {"reuse": reuse, "reuse_consent": True, "on_behalf": of}
        ok(await agents.world.submit(operator, item, **more), 201)

    async def test_it_is_not_the_operators_own_nor_another_enterprises(
        self, agents: Agents
    ) -> None:
        manager = await agents.person(1, "赵大山")
        enterprise = await agents.enterprise(manager)
        other = await agents.enterprise(manager, 2)
        item = await shop(agents)
        await filed_with_lease(agents, manager, item, {"enterprise_id": enterprise})
        assert await leases(agents, manager, item) == []
        assert await leases(agents, manager, item, enterprise_id=other) == []
        (held,) = await leases(agents, manager, item, enterprise_id=enterprise)
        reuse = [{"requirement": "lease", "holding_id": held["id"]}]
        answer = await agents.world.submit(manager, item, reuse=reuse, reuse_consent=True)
        refused(answer, 404, "not_found")

    async def test_who_may_not_file_sees_nothing_of_it(self, agents: Agents) -> None:
        manager, viewer = await agents.person(1, "赵大山"), await agents.person(2, "钱小河")
        stranger = await agents.person(3, "孙远方")
        enterprise = await agents.enterprise(manager)
        await agents.joined(enterprise, manager, viewer, "viewer")
        item = await shop(agents)
        path, query = f"items/{item.id}/reusable", {"enterprise_id": enterprise}
        assert (await agents.get(viewer, path, **query)).status_code == 403
        refused(await agents.get(stranger, path, **query), 404, "not_found")
        refused(await agents.get(stranger, "holdings", **query), 404, "not_found")


class TestHelper:
    async def test_a_helper_uses_again_what_the_applicant_gave(self, agents: Agents) -> None:
        farmer, son = await agents.person(1, "李老根"), await agents.person(2, "李小苗")
        item = await shop(agents)
        await filed_with_lease(agents, farmer, item)
        consent = await agents.helped_by(farmer, son)
        (held,) = await leases(agents, son, item, consent_id=consent)
        picture = held["pictures"][0]["display"].removeprefix("/api/v1/")
        query = {"consent_id": consent, "item_id": str(item.id)}
        assert (await agents.get(son, picture, **query)).status_code == 200
        reads = await db.fetch(
            "SELECT 1 FROM audit_entries WHERE verb = 'holding.picture_read' AND subject = $1",
            f"holding:{held['id']}",
        )
        assert len(reads) == 1
        reuse = [{"requirement": "lease", "holding_id": held["id"]}]
        more = {"reuse": reuse, "reuse_consent": True, "on_behalf": {"consent_id": consent}}
        made = ok(await agents.world.submit(son, item, **more), 201)
        used = await db.fetch_one("SELECT actor FROM holding_uses")
        assert used
        assert used["actor"] == f"citizen:{son.id}"
        seen = ok(await agents.get(farmer, f"cases/{made['id']}"))
        assert [entry["requirement"] for entry in seen["reused"]] == ["lease"]

    async def test_an_ended_consent_ends_that_at_once(self, agents: Agents) -> None:
        farmer, son = await agents.person(1, "李老根"), await agents.person(2, "李小苗")
        item = await shop(agents)
        await filed_with_lease(agents, farmer, item)
        consent = await agents.helped_by(farmer, son)
        (held,) = await leases(agents, son, item, consent_id=consent)
        await agents.post(farmer, f"assistance/{consent}/revoke", {"why": "不需要了"})
        path = f"items/{item.id}/reusable"
        answer = await agents.get(son, path, consent_id=consent)
        refused(answer, 409, "agency.consent_ended")
        picture = held["pictures"][0]["display"].removeprefix("/api/v1/")
        answer = await agents.get(son, picture, consent_id=consent, item_id=str(item.id))
        refused(answer, 409, "agency.consent_ended")

    async def test_a_helper_forgets_nothing_of_the_applicants(self, agents: Agents) -> None:
        farmer, son = await agents.person(1, "李老根"), await agents.person(2, "李小苗")
        item = await shop(agents)
        await filed_with_lease(agents, farmer, item)
        await agents.helped_by(farmer, son)
        (held,) = await leases(agents, farmer, item)
        refused(await agents.delete(son, f"holdings/{held['id']}"), 404, "not_found")
        assert len(await leases(agents, farmer, item)) == 1
