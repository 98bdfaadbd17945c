"""Situations (情形) in an application: what is asked for, and who reviews, follows the answers."""

from typing import Any

import pytest

from app.catalog.guide import Requirement, StagePart, StagePlan
from app.catalog.questions import Answered, Choice, Question
from tests.cases.builders import FORM, SHOP, Item, World, ok, refused
from tests.cases.promised import column, supplied

COOKS = Answered(question="kitchen", any_of=("yes",))
KITCHEN = Question(
    code="kitchen",
    text="是否现场加工？",
    choices=(Choice(code="yes", text="是"), Choice(code="no", text="否")),
)
STOVE = Question(
    code="stove",
    text="使用什么燃料？",
    kind="many",
    choices=(Choice(code="gas", text="燃气"), Choice(code="power", text="电")),
    when=COOKS,
)
SMOKE = Requirement(code="smoke", name="油烟净化设施照片", when=COOKS)
YES = {"kitchen": ["yes"], "stove": ["gas"]}
NO = {"kitchen": ["no"]}
STAGES = (
    StagePlan(
        name="审查",
        lead="消防救援大队",
        departments=(
            StagePart(department="市场监管局", days=2, overdue_agrees=True),
            StagePart(department="消防救援大队", days=3, when=COOKS),
        ),
        joint="site_visit",
    ),
)


async def _restaurant(world: World) -> Item:
    form = FORM | {
        "x-order": ["shop", "chef"],
        "required": ["shop", "chef"],
        "properties": FORM["properties"]
        | {
            "chef": {
                "type": "string",
                "title": "厨师姓名",
                "maxLength": 40,
                "x-when": {"is": "answered", "question": "kitchen", "any_of": ["yes"]},
            }
        },
    }
    guide: dict[str, Any] = {
        "form": form,
        "situations": (KITCHEN, STOVE),
        "materials": (SMOKE,),
        "stages": STAGES,
        "members": ("X-1", "X-2"),
    }
    return await world.item("REST", bundle=True, guide=guide)


async def test_the_answers_decide_form_materials_and_departments(world: World) -> None:
    item, owner = await _restaurant(world), await world.citizen()
    bare = await world.filed(owner, item, answers=NO)
    seen = await world.seen(bare)
    assert seen["answers"] == NO
    assert [task["department"] for task in seen["tasks"]] == ["市场监管局"]

    missing = await world.submit(owner, item, answers=YES, form={"shop": SHOP, "chef": "王二"})
    assert refused(missing, 422, "catalog.materials_missing")["missing"] == [SMOKE.name]
    photo = await supplied(owner, world, "smoke")
    full = await world.filed(
        owner, item, answers=YES, form={"shop": SHOP, "chef": "王二"}, materials=[photo]
    )
    tasks = (await world.seen(full))["tasks"]
    assert {(task["department"], task["lead"]) for task in tasks} == {
        ("市场监管局", False),
        ("消防救援大队", True),
    }


async def test_what_does_not_apply_cannot_be_filled_in_or_supplied(world: World) -> None:
    item, owner = await _restaurant(world), await world.citizen()
    form = await world.submit(owner, item, answers=NO, form={"shop": SHOP, "chef": "王二"})
    refused(form, 422, "catalog.form_invalid")
    photo = await supplied(owner, world, "smoke")
    refused(
        await world.submit(owner, item, answers=NO, materials=[photo]),
        422,
        "catalog.material_refused",
    )


@pytest.mark.parametrize(
    "answers", [{}, {"kitchen": []}, {"kitchen": ["maybe"]}, {"roof": ["no"]}, {"kitchen": ["yes"]}]
)
async def test_unanswered_and_unknown_answers_are_refused(
    world: World, answers: dict[str, list[str]]
) -> None:
    item, owner = await _restaurant(world), await world.citizen()
    problem = refused(
        await world.submit(owner, item, answers=answers), 422, "catalog.situation_invalid"
    )
    assert problem["errors"]


async def test_the_plan_of_a_stage_stays_with_its_tasks(world: World) -> None:
    case = await world.filed(item=await _restaurant(world), answers=NO)
    row = await column(
        case, "(SELECT to_jsonb(t)::text FROM case_tasks t WHERE case_id = cases.id)"
    )
    for part in ('"overdue_agrees": true', '"absent_agrees": false', '"joint": "site_visit"'):
        assert part in row


async def test_a_wrong_answer_is_put_right_in_a_correction(world: World) -> None:
    item, owner = await _restaurant(world), await world.citizen()
    case = await world.filed(owner, item, answers=NO)
    ask = {"points": ["现场看到有厨房，请重新选择情形。"]}
    ok(await world.do("clerk", f"cases/{case.id}/ask-correction", ask))
    wrong = await world.mine(case, "supplement", {"answers": YES})
    refused(wrong, 422, "catalog.form_invalid")
    photo = await supplied(owner, world, "smoke")
    right = {"answers": YES, "form": {"shop": SHOP, "chef": "王二"}, "materials": [photo]}
    ok(await world.mine(case, "supplement", right))
    seen = await world.seen(case)
    assert (seen["answers"], len(seen["tasks"])) == (YES, 2)
    assert [e["kind"] for e in seen["timeline"]][-2:] == ["situation_changed", "supplemented"]
    ok(await world.accept(case))
    assert {task["state"] for task in (await world.seen(case))["tasks"]} == {"open"}
