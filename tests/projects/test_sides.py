"""Whose a project is: an enterprise's people by their roles, and helpers with consent."""

import pytest

from tests.agency.agents import Agents, Known
from tests.cases.builders import ok, refused
from tests.projects.builders import Joint
from wechat.sandbox.server import RunningSandbox


@pytest.fixture
def agents(joint: Joint, wechat: RunningSandbox) -> Agents:
    return Agents(joint.world, wechat)


async def _builder(agents: Agents) -> tuple[Known, str]:
    boss = await agents.person(1, "欧阳明月")
    return boss, await agents.enterprise(boss)


async def test_an_enterprises_project_is_its_peoples_by_their_roles(
    joint: Joint, agents: Agents
) -> None:
    boss, enterprise = await _builder(agents)
    operator, viewer = await agents.person(2, "李四"), await agents.person(3, "王五")
    await agents.joined(enterprise, boss, operator, "operator")
    await agents.joined(enterprise, boss, viewer, "viewer")
    project = await joint.project(boss, enterprise_id=enterprise)
    assert (await joint.view(boss, project))["owner"] == "青河县豆花餐饮有限公司"
    case = await agents.filed(operator, enterprise_id=enterprise)
    for who in (boss, operator, viewer):
        assert len(ok(await joint.own(who, "projects"))["items"]) == 1
    refused(await joint.attach(viewer, project, case), 403, "cases.may_only_see")
    ok(await joint.attach(operator, project, case))
    assert len((await joint.view(viewer, project))["stages"][0]["cases"]) == 1
    # Staff see the enterprise by its name, which is public; only persons are masked.
    seen = ok(await joint.world.look("manager", f"projects/{project['id']}"))
    assert seen["owner"] == "青河县豆花餐饮有限公司"


async def test_who_was_removed_sees_nothing_any_more(joint: Joint, agents: Agents) -> None:
    boss, enterprise = await _builder(agents)
    operator = await agents.person(2, "李四")
    place = await agents.joined(enterprise, boss, operator, "operator")
    project = await joint.project(operator, enterprise_id=enterprise)
    answer = await agents.delete(boss, f"enterprises/{enterprise}/people/{place}")
    assert answer.status_code == 204, answer.text
    refused(await joint.own(operator, f"projects/{project['id']}"), 404, "not_found")
    assert ok(await joint.own(operator, "projects"))["items"] == []
    ok(await joint.own(boss, f"projects/{project['id']}"))


async def test_nobody_begins_a_project_for_an_enterprise_that_is_not_theirs(
    joint: Joint, agents: Agents
) -> None:
    boss, enterprise = await _builder(agents)
    viewer, stranger = await agents.person(2, "李四"), await agents.person(3, "王五")
    await agents.joined(enterprise, boss, viewer, "viewer")
    assert (await joint.begin(viewer, enterprise_id=enterprise)).status_code == 403
    refused(await joint.begin(stranger, enterprise_id=enterprise), 404, "not_found")


async def test_ones_own_case_does_not_join_the_enterprises_project(
    joint: Joint, agents: Agents
) -> None:
    boss, enterprise = await _builder(agents)
    project = await joint.project(boss, enterprise_id=enterprise)
    mine = await agents.filed(boss)
    refused(await joint.attach(boss, project, mine), 409, "projects.other_owner")
    private = await joint.project(boss)
    theirs = await agents.filed(boss, enterprise_id=enterprise)
    refused(await joint.attach(boss, private, theirs), 409, "projects.other_owner")


async def test_a_helper_with_consent_for_everything_sees_and_attaches_until_it_is_revoked(
    joint: Joint, agents: Agents
) -> None:
    owner, helper = await agents.person(1, "欧阳明月"), await agents.person(2, "李四")
    project, case = await joint.project(owner), await agents.filed(owner)
    refused(await joint.own(helper, f"projects/{project['id']}"), 404, "not_found")
    consent = await agents.helped_by(owner, helper)
    ok(await joint.attach(helper, project, case))
    acts = ok(await agents.get(owner, f"assistance/{consent}/acts"))["items"]
    assert "project_attached" in {one["what"] for one in acts}
    revoked = await agents.post(owner, f"assistance/{consent}/revoke", {"why": "不需要了"})
    assert revoked.status_code in (200, 204), revoked.text
    refused(await joint.own(helper, f"projects/{project['id']}"), 404, "not_found")


async def test_a_helper_in_one_case_does_not_see_the_whole_project(
    joint: Joint, agents: Agents
) -> None:
    owner, helper = await agents.person(1, "欧阳明月"), await agents.person(2, "李四")
    project, case = await joint.project(owner), await agents.filed(owner)
    ok(await joint.attach(owner, project, case))
    await agents.helped_by(owner, helper, scope="case", scope_id=case.id)
    ok(await joint.own(helper, f"cases/{case.id}"))
    ok(await joint.own(helper, f"cases/{case.id}/fees"))
    refused(await joint.own(helper, f"projects/{project['id']}"), 404, "not_found")
