"""Fees listed once: worked out, waived, paid in one act, given back; nothing counts twice."""

import asyncio
from typing import Any

import pytest

from app.catalog import service as catalog
from app.catalog.guide import FeeLine
from app.catalog.schemas import VersionIn
from app.core import db
from tests.cases.builders import Filed, content, ok, refused
from tests.evaluations.hub import System, system_of
from tests.projects.builders import FIRE, MARKET, Joint, plan

SET, EIGHTY = 120_000, 8_000


async def _ready(joint: Joint) -> tuple[Filed, dict[str, Any]]:
    """A case whose two fees both have an amount."""
    case = await joint.with_fees(await joint.world.citizen())
    lines = await joint.listed(case)
    ok(await joint.set_amount(lines["检测费"], SET))
    return case, lines


async def test_the_list_shows_every_fee_once_with_its_basis_and_department(joint: Joint) -> None:
    owner = await joint.world.citizen()
    case = await joint.with_fees(owner)
    told = ok(await joint.own(owner, f"cases/{case.id}/fees"))
    assert [(one["id"], one["amount_fen"]) for one in told["lines"]] == [
        (None, EIGHTY),
        (None, None),
    ]
    assert told["text"] == "待缴 80.00元，另有 1 项待部门核定金额。"
    lines = await joint.listed(case)
    assert lines["登记费"]["department"] == "市场监管局"
    assert lines["检测费"]["basis"] == "收费标准第七条"
    assert await joint.listed(case) == lines
    assert await joint.trail(f"case:{case.number}", "fees.listed") == 1


async def test_an_item_that_costs_nothing_has_an_empty_list(joint: Joint) -> None:
    owner = await joint.world.citizen()
    case = await joint.world.filed(owner)
    told = ok(await joint.own(owner, f"cases/{case.id}/fees"))
    assert (told["lines"], told["text"]) == ([], "不收取费用。")
    refused(await joint.pay(f"cases/{case.id}", 1), 409, "fees.nothing_due")


async def test_the_whole_list_is_paid_in_one_act(joint: Joint) -> None:
    case, _ = await _ready(joint)
    paid = ok(await joint.pay(f"cases/{case.id}", SET + EIGHTY), 201)
    assert (paid["lines"], paid["receipt_number"]) == (2, "R-1")
    told = ok(await joint.world.look("clerk", f"cases/{case.id}/fees"))
    assert (told["due_fen"], told["paid_fen"], told["text"]) == (
        0,
        SET + EIGHTY,
        "没有待缴费用。",
    )
    assert {one["recorded_by"] for one in told["lines"]} == {"员工001"}
    refused(await joint.pay(f"cases/{case.id}", 1, "R-2"), 409, "fees.nothing_due")
    assert await joint.trail(f"case:{case.number}", "fees.paid") == 1


async def test_of_ten_who_record_the_payment_at_once_one_does(joint: Joint) -> None:
    case, _ = await _ready(joint)
    answers = await asyncio.gather(
        *(joint.pay(f"cases/{case.id}", SET + EIGHTY, f"R-{n}") for n in range(10))
    )
    assert sorted(one.status_code for one in answers) == [201] + [409] * 9
    row = await db.fetch_one("SELECT count(*) AS n FROM fee_payments")
    assert row
    assert row["n"] == 1


async def test_one_receipt_is_on_record_once(joint: Joint) -> None:
    case, lines = await _ready(joint)
    path = f"cases/{case.id}"
    only = [lines["登记费"]["id"]]
    ok(await joint.pay(path, EIGHTY, line_ids=only), 201)
    refused(await joint.pay(path, SET), 409, "fees.receipt_taken")
    refused(await joint.pay(path, EIGHTY, "R-2", line_ids=only), 409, "fees.not_due")
    ok(await joint.pay(path, SET, "R-2"), 201)


async def test_what_has_no_amount_cannot_be_paid(joint: Joint) -> None:
    case = await joint.with_fees(await joint.world.citizen())
    answer = await joint.pay(f"cases/{case.id}", EIGHTY)
    refused(answer, 409, "fees.amount_unset", "检测费")


async def test_the_sum_must_be_right(joint: Joint) -> None:
    case, _ = await _ready(joint)
    told = refused(await joint.pay(f"cases/{case.id}", 1), 409, "fees.other_total", "1280.00元")
    assert told["due_fen"] == SET + EIGHTY
    for when in ("2199-01-01T00:00:00+08:00", "0001-01-01T00:00:00+14:00"):
        refused(await joint.pay(f"cases/{case.id}", SET, paid_at=when), 422, "fees.paid_when")


async def test_only_the_department_works_out_and_waives_its_own_fees(joint: Joint) -> None:
    case = await joint.with_fees(await joint.world.citizen())
    lines = await joint.listed(case)
    refused(await joint.set_amount(lines["检测费"], by="reviewer"), 403, "forbidden")
    waive = {"reason": "小微企业免收。", "basis": "财税〔2019〕13号第二条"}
    path = f"fees/{lines['检测费']['id']}"
    refused(await joint.world.do("reviewer", f"{path}/waive", waive), 403, "forbidden")
    ok(await joint.set_amount(lines["检测费"], 100))
    ok(await joint.set_amount(lines["检测费"], 200))
    assert ok(await joint.world.do("fire_reviewer", f"{path}/waive", waive))["state"] == "waived"
    refused(await joint.set_amount(lines["检测费"]), 409, "fees.not_due")
    ok(await joint.pay(f"cases/{case.id}", EIGHTY), 201)
    refused(await joint.set_amount(lines["登记费"], by="reviewer"), 409, "fees.not_due")


async def test_no_more_is_given_back_than_was_paid(joint: Joint) -> None:
    case, lines = await _ready(joint)
    path = f"fees/{lines['检测费']['id']}/refund"
    back = {"amount_fen": 20_000, "reason": "面积重新核定。", "voucher_number": "T-1"}
    refused(await joint.world.do("clerk", path, back), 409, "fees.too_much")
    ok(await joint.pay(f"cases/{case.id}", SET + EIGHTY), 201)
    assert ok(await joint.world.do("clerk", path, back))["refundable_fen"] == SET - 20_000
    refused(await joint.world.do("clerk", path, back), 409, "fees.receipt_taken")
    rest = back | {"amount_fen": SET, "voucher_number": "T-2"}
    refused(await joint.world.do("clerk", path, rest), 409, "fees.too_much", "1000.00元")
    told = ok(await joint.world.look("clerk", f"cases/{case.id}/fees"))
    assert told["refunded_fen"] == 20_000


async def test_two_refunds_at_once_do_not_exceed_the_payment(joint: Joint) -> None:
    case, lines = await _ready(joint)
    ok(await joint.pay(f"cases/{case.id}", SET + EIGHTY), 201)
    path = f"fees/{lines['检测费']['id']}/refund"
    answers = await asyncio.gather(
        *(
            joint.world.do(
                "clerk",
                path,
                {"amount_fen": SET, "reason": "退费", "voucher_number": f"T-{n}"},
            )
            for n in range(4)
        )
    )
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]


async def test_what_was_paid_is_never_changed(joint: Joint) -> None:
    case, lines = await _ready(joint)
    ok(await joint.pay(f"cases/{case.id}", SET + EIGHTY), 201)
    for statement in (
        "UPDATE fee_lines SET amount_fen = 1 WHERE id = $1",
        "UPDATE fee_lines SET state = 'due', payment_id = NULL WHERE id = $1",
        "DELETE FROM fee_lines WHERE id = $1",
    ):
        with pytest.raises(Exception, match="never changed"):
            await db.execute(statement, lines["登记费"]["id"])
    with pytest.raises(Exception, match="never changed"):
        await db.execute("UPDATE fee_payments SET total_fen = 1")


async def test_a_project_is_paid_for_in_one_act(joint: Joint) -> None:
    owner = await joint.world.citizen()
    project = await joint.project(owner)
    for code in ("F-1", "F-2"):
        case = await joint.with_fees(owner, code)
        ok(await joint.attach(owner, project, case))
        ok(await joint.set_amount((await joint.listed(case))["检测费"], SET))
    path = f"projects/{project['id']}"
    told = ok(await joint.own(owner, f"{path}/fees"))
    assert (len(told["lines"]), told["due_fen"]) == (4, 2 * (SET + EIGHTY))
    assert ok(await joint.pay(path, 2 * (SET + EIGHTY)), 201)["lines"] == 4
    assert ok(await joint.own(owner, f"{path}/fees"))["due_fen"] == 0


async def test_a_list_stays_as_it_was_whatever_is_published_later(joint: Joint) -> None:
    case, lines = await _ready(joint)
    row = await db.fetch_one("SELECT item_id FROM cases WHERE id = $1", case.id)
    assert row
    dearer = (FeeLine(name="登记费", amount="500元"),)
    guide = {"fees": dearer, "members": ("X-1", "X-2"), "stages": plan(MARKET, FIRE)}
    later = content(guide=guide)
    await catalog.add_version(joint.world.act_as(), row["item_id"], VersionIn(content=later))
    again = await joint.listed(case)
    assert {name: (line["id"], line["amount_fen"]) for name, line in again.items()} == {
        "登记费": (lines["登记费"]["id"], EIGHTY),
        "检测费": (lines["检测费"]["id"], SET),
    }


async def test_who_may_look_and_who_may_not(joint: Joint) -> None:
    case, lines = await _ready(joint)
    path = f"cases/{case.id}/fees"
    for who in ("supervisor", "manager", "fire_reviewer"):
        ok(await joint.world.look(who, path))
    refused(await joint.world.look("far_clerk", path), 404, "not_found")
    other = await joint.world.citizen("o-other")
    refused(await joint.own(other, path), 404, "not_found")
    refund = {"amount_fen": 1, "reason": "x", "voucher_number": "T-9"}
    for_others = f"fees/{lines['登记费']['id']}/refund"
    refused(await joint.world.do("far_clerk", for_others, refund), 404, "not_found")


# --- other systems
@pytest.fixture
async def till(joint: Joint) -> System:
    world = joint.world
    return await system_of(world.act_as, world.place, world.house, world.client, "收费系统")


def _report(joint: Joint, number: str, **changed: Any) -> dict[str, Any]:
    return {
        "report_id": "till-1",
        "number": number,
        "total_fen": SET + EIGHTY,
        "channel": "online",
        "receipt_number": "E-1",
        "paid_at": joint.world.house.clock.now().isoformat(),
    } | changed


async def test_a_system_reports_a_payment_and_a_repeat_changes_nothing(
    joint: Joint, till: System
) -> None:
    case, _ = await _ready(joint)
    report = _report(joint, case.number)
    first = await till.post("/api/v1/fees/payments", report)
    again = await till.post("/api/v1/fees/payments", report)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    changed = await till.post("/api/v1/fees/payments", report | {"receipt_number": "E-2"})
    refused(changed, 409, "fees.report_changed")
    told = ok(await joint.world.look("clerk", f"cases/{case.id}/fees"))
    assert {one["recorded_by"] for one in told["lines"]} == {"其他系统"}


async def test_a_report_delivered_ten_times_at_once_is_one_payment(
    joint: Joint, till: System
) -> None:
    case, _ = await _ready(joint)
    report = _report(joint, case.number)
    answers = await asyncio.gather(*(till.post("/api/v1/fees/payments", report) for _ in range(10)))
    assert sorted(one.status_code for one in answers) == [200] * 9 + [201]


async def test_a_system_knows_nothing_of_other_halls_numbers(joint: Joint, till: System) -> None:
    answer = await till.post("/api/v1/fees/payments", _report(joint, "511602202603020000019"))
    refused(answer, 404, "not_found")
