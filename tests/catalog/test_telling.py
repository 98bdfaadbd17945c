"""Everything told at once: the questions step by step, then all that this applicant has to do."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from app.catalog import service
from app.catalog.guide import (
    Fee,
    FeeLine,
    Guide,
    Requirement,
    StagePart,
    StagePlan,
)
from app.catalog.questions import Choice, Question
from app.catalog.schemas import ItemIn, VersionIn
from app.core.acts import Act
from tests.catalog.makers import content, form
from tests.catalog.situated import asked, yes
from tests.places import Place, code_of

ActAs = Callable[..., Act]
GUIDE = Guide(
    situations=(
        Question(
            code="cooks",
            text="是否现场加工？",
            choices=(
                Choice(code="yes", text="是", note="现场加工需要食品经营许可。"),
                Choice(code="no", text="否"),
            ),
        ),
        asked("hot", when=yes("cooks", "yes")),
    ),
    form=form(
        {
            "name": {"type": "string", "maxLength": 20},
            "kitchen": {
                "type": "number",
                "x-when": {"is": "answered", "question": "cooks", "any_of": ["yes"]},
            },
        },
        required=["name", "kitchen"],
    ),
    materials=(
        Requirement(code="id", name="身份证", waived=True),
        Requirement(code="health", name="健康证", deferrable=True, defer_days=7),
        Requirement(code="rules", name="管理制度", pledge=True, pledge_text="承诺制度齐全。"),
        Requirement(code="layout", name="厨房布局图", when=yes("cooks", "yes"), valid_days=365),
    ),
    stages=(
        StagePlan(
            name="并联审批",
            lead="消防救援大队",
            joint="site_visit",
            departments=(
                StagePart(department="市场监管局", days=3),
                StagePart(department="消防救援大队", days=5, absent_agrees=True),
                StagePart(
                    department="水利局", days=2, when=yes("cooks", "yes"), overdue_agrees=True
                ),
            ),
        ),
    ),
    members=("M-1", "M-2"),
)


def item(place: Place, code: str, guide: Guide, **given: Any) -> ItemIn:
    bundle = bool(guide.members)
    return ItemIn(
        hall_id=place.hall_id,
        implementation_code=code,
        department_id=place.departments["market"],
        bundle=bundle,
        content=content(guide=guide, **given),
    )


@pytest.fixture
async def path(act_as: ActAs, place: Place) -> str:
    for code, amount in (("M-1", "10 元"), ("M-2", "不收费")):
        guide = Guide(fee=Fee(amount=amount))
        await service.add_item(act_as(), item(place, code, guide, name=f"事项{code}"))
    bundle = item(place, "B-1", GUIDE, name="开店一件事", promised_days=6, limits_given=True)
    made = await service.add_item(act_as(), bundle)
    return f"/api/v1/items/{made.item_id}"


async def told(client: httpx.AsyncClient, path: str, **answers: list[str]) -> dict[str, Any]:
    answer = await client.post(f"{path}/situation", json={"answers": answers})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_questions_come_step_by_step_and_nothing_is_told_before_the_last(
    client: httpx.AsyncClient, path: str
) -> None:
    first = await told(client, path)
    assert [q["code"] for q in first["questions"]] == ["cooks"]
    assert (first["complete"], first["told"]) == (False, None)
    second = await told(client, path, cooks=["yes"])
    assert second["unanswered"] == ["hot"]
    last = await told(client, path, cooks=["yes"], hot=["a"])
    assert (last["complete"], last["unanswered"]) == (True, [])
    assert last["told"] is not None


async def test_everything_is_told_at_once_in_words(client: httpx.AsyncClient, path: str) -> None:
    found = (await told(client, path, cooks=["yes"], hot=["b"]))["told"]
    assert found["said"] == [
        "现场加工需要食品经营许可。",
        "需要提交 3 份材料，1 份可以容缺后补，1 份可以承诺代替，1 份免提交。",
        "承诺 6 个工作日办结（法定时限 20 个工作日）。",
        "结果送达方式：窗口领取。",
    ]
    said = {m["code"]: m["said"] for m in found["materials"]}
    assert said["id"] == ["免提交：由大厅查询核验，您无需提供。"]
    assert said["health"][1] == "可以容缺：暂时没有的可先受理，7 个工作日内补交。"
    assert said["rules"][1] == "可以书面承诺代替，事后核查。承诺制度齐全。"
    assert said["layout"][1] == "365 天内提交过的可以再次使用，无需重新提供。"
    assert {m["code"]: m["defer_days"] for m in found["materials"]}["health"] == 7
    (stage,) = found["stages"]
    assert (stage["days"], stage["said"]) == (5, "各部门联合踏勘现场，一次完成。")
    parts = {part["department_name"]: part for part in stage["departments"]}
    assert [name for name, part in parts.items() if part["lead"]] == ["消防救援大队"]
    assert parts["水利局"]["said"][1] == "逾期未提出意见的，视为同意。"
    assert parts["消防救援大队"]["said"][1] == "应当参加联合办理而缺席的，视为同意。"
    assert "x-when" not in str(found["form"])
    assert found["form"]["required"] == ["name", "kitchen"]


async def test_another_situation_asks_for_less(client: httpx.AsyncClient, path: str) -> None:
    found = (await told(client, path, cooks=["no"], hot=["a"]))["told"]
    assert [m["code"] for m in found["materials"]] == ["id", "health", "rules"]
    assert list(found["form"]["properties"]) == found["form"]["x-order"] == ["name"]
    assert [p["department_name"] for p in found["stages"][0]["departments"]] == [
        "市场监管局",
        "消防救援大队",
    ]


async def test_fees_are_listed_once_out_of_the_members(
    client: httpx.AsyncClient, path: str
) -> None:
    found = (await told(client, path, cooks=["no"]))["told"]
    fees = [(fee["name"], fee["amount"], fee["department"]) for fee in found["fees"]]
    assert fees == [("事项M-1", "10 元", "市场监管局"), ("事项M-2", "不收费", "市场监管局")]
    assert (await client.get(path)).json()["fees"] == found["fees"]


async def test_a_bundles_own_fees_take_the_members_place(
    client: httpx.AsyncClient, path: str, act_as: ActAs
) -> None:
    item_id = UUID(path.rsplit("/", 1)[1])
    fees = (FeeLine(name="工本费", amount="5 元", department="市场监管局"),)
    guide = msgspec.structs.replace(GUIDE, fees=fees)
    new = VersionIn(content=content(guide=guide, promised_days=6))
    await service.add_version(act_as(), item_id, new)
    assert [fee["name"] for fee in (await client.get(path)).json()["fees"]] == ["工本费"]


async def test_an_item_without_questions_tells_everything_to_anybody(
    client: httpx.AsyncClient, act_as: ActAs, place: Place
) -> None:
    made = await service.add_item(
        act_as(), item(place, "X", Guide(), case_type="instant", promised_days=0, limits_given=True)
    )
    found = await told(client, f"/api/v1/items/{made.item_id}")
    assert found["complete"]
    assert "当场办结。" in found["told"]["said"]
    assert [fee["amount"] for fee in found["told"]["fees"]] == ["不收费"]
    assert found["version_id"] == str(made.id)


async def test_unknown_answers_are_refused(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(f"{path}/situation", json={"answers": {"cooks": ["maybe"]}})
    assert code_of(answer) == "catalog.situation_invalid"
    assert answer.json()["errors"][0]["question"] == "cooks"


async def test_what_a_case_is_offered_is_narrowed_with_its_departments(
    path: str, act_as: ActAs
) -> None:
    offered = await service.published(UUID(path.rsplit("/", 1)[1]))
    narrowed = service.narrowed(offered, {"cooks": ["no"]})
    assert [m.code for m in narrowed.guide.materials] == ["id", "health", "rules"]
    (stage,) = narrowed.stages
    assert [(p.department_name, p.lead, p.absent_agrees) for p in stage.parts] == [
        ("市场监管局", False, False),
        ("消防救援大队", True, True),
    ]
    assert service.narrowed(offered, {"cooks": ["no"], "hot": ["b"]}) == narrowed
    for answers in ({}, {"cooks": ["yes"]}, {"cooks": ["no"], "other": ["x"]}):
        with pytest.raises(service.SituationProblem):
            service.narrowed(offered, answers)


async def test_an_item_without_questions_is_offered_as_it_is(act_as: ActAs, place: Place) -> None:
    made = await service.add_item(act_as(), item(place, "X", Guide()))
    offered = await service.published(made.item_id)
    assert service.narrowed(offered, {}) is offered
    assert offered.stages[0].parts[0].lead
    with pytest.raises(service.SituationProblem):
        service.narrowed(offered, {"q": ["a"]})
