"""The bad-rating board: who sees what, what is offered to whom, and that each form is its act."""

import pytest

from evaluations.rectification.rules import State
from tests.console.pages import Console, links, words
from tests.evaluations.loop import CALLED, DONE, HAPPY, MONDAY, TO_INBOX, TRUE, WHY

BOARD = "/rectifications"
FORMS = {
    State.TO_CONTACT: ("reviewer", "contact", CALLED),
    State.TO_VERIFY: ("reviewer", "verify", TRUE),
    State.TO_RECTIFY: ("reviewer", "rectify", DONE),
    State.TO_ANSWER: ("reviewer", "answer", TO_INBOX),
    State.TO_REVISIT: ("supervisor", "revisit", HAPPY),
}
NAMES = {
    "contact": "记录联系",
    "verify": "核实结论",
    "rectify": "填报整改",
    "answer": "答复评价人",
    "revisit": "记录回访",
    "rule": "裁定",
    "review": "复核申诉",
}


def plain(form: dict[str, object]) -> dict[str, str]:
    """A form as a browser sends it."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in form.items()
    }


async def test_the_board_has_a_column_for_each_state_and_overdue_ones_first(
    console: Console,
) -> None:
    first = await console.loops.named()
    console.loops.go_to(MONDAY.replace(day=4))
    second = await console.loops.named()
    page = await console.page("manager", BOARD)
    assert "待联系" in words(page)
    assert "1 超期" in words(page)
    cards = links(page, f"/console{BOARD}/")
    assert cards == [f"/console{BOARD}/{first}", f"/console{BOARD}/{second}"]
    late = await console.page("manager", BOARD, overdue="true")
    assert links(late, f"/console{BOARD}/") == [f"/console{BOARD}/{first}"]
    one = await console.page("manager", BOARD, state="to_contact")
    assert len(links(one, f"/console{BOARD}/")) == 2


async def test_what_is_overdue_stands_first_however_many_are_older(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newer one with a shorter limit is red while older ones are green."""
    monkeypatch.setattr("app.console.rectifications.A_COLUMN", 2)
    older = []
    for _ in range(3):
        found = await console.loops.brought_to(State.TO_RECTIFY)
        await console.loops.do("supervisor", found, "complex", WHY)
        older.append(found)
    console.loops.go_to(MONDAY.replace(day=4))
    newest = await console.loops.brought_to(State.TO_RECTIFY)
    console.loops.go_to(MONDAY.replace(day=13))
    page = await console.page("manager", BOARD)
    assert links(page, f"/console{BOARD}/") == [
        f"/console{BOARD}/{found}" for found in (newest, older[0])
    ]
    one = await console.page("manager", BOARD, state="to_rectify")
    assert links(one, f"/console{BOARD}/")[0] == f"/console{BOARD}/{newest}"


async def test_each_role_sees_its_own(console: Console) -> None:
    found = await console.loops.named()
    for name, seen in (
        ("manager", True),
        ("supervisor", True),
        ("reviewer", True),
        ("fire_reviewer", False),
        ("far_manager", False),
    ):
        board = await console.page(name, BOARD)
        assert (found in board) is seen, name
        answer = await console.ask(name, f"{BOARD}/{found}")
        assert answer.status_code == (200 if seen else 404), name
    for name in ("clerk", "admin"):
        assert (await console.ask(name, BOARD)).status_code == 403


@pytest.mark.parametrize("state", FORMS)
async def test_the_act_of_a_state_is_offered_to_who_can_do_it_and_done_by_its_form(
    console: Console, state: State
) -> None:
    name, act, body = FORMS[state]
    found = await console.loops.brought_to(state)
    page = await console.page(name, f"{BOARD}/{found}")
    assert f'data-open="act-{act}"' in page
    assert NAMES[act] in page
    assert f'data-open="act-{act}"' not in await console.page("manager", f"{BOARD}/{found}")
    led = await console.done(name, f"{BOARD}/{found}/{act}", plain(body))
    assert led == f"/console{BOARD}/{found}"
    assert (await console.loops.shown(found))["summary"]["state"] != state.value


async def test_a_ruling_takes_a_second_person(console: Console) -> None:
    found = await console.loops.brought_to(State.TO_RULE)
    page = await console.page("supervisor", f"{BOARD}/{found}")
    assert 'data-open="act-rule"' in page
    assert 'data-open="act-rule"' not in await console.page("reviewer", f"{BOARD}/{found}")
    form = {"agree": "true", "note": "证据充分。"}
    await console.done("supervisor", f"{BOARD}/{found}/rule", form)
    assert "恶意差评" in words(await console.page("manager", f"{BOARD}/{found}"))


async def test_an_appeal_is_reviewed_and_a_new_department_named(console: Console) -> None:
    found = await console.loops.named()
    form = {"claim": "not_ours", "reason": "不是本部门的事项。"}
    await console.done("reviewer", f"{BOARD}/{found}/appeal", form)
    water = str(console.loops.place.departments["water"])
    form = {"agree": "true", "note": "属水利局。", "department_id": water}
    await console.done("supervisor", f"{BOARD}/{found}/review", form)
    assert "水利局" in words(await console.page("manager", f"{BOARD}/{found}"))


async def test_one_without_a_department_is_assigned_and_may_be_made_complex(
    console: Console,
) -> None:
    found = await console.loops.anonymous()
    page = await console.page("supervisor", f"{BOARD}/{found}")
    assert 'data-open="act-assign"' in page
    market = str(console.loops.place.departments["market"])
    await console.done("supervisor", f"{BOARD}/{found}/assign", {"department_id": market, **WHY})
    page = await console.page("supervisor", f"{BOARD}/{found}")
    assert 'data-open="act-complex"' in page
    await console.done("supervisor", f"{BOARD}/{found}/complex", WHY)
    assert "复杂件" in words(await console.page("manager", f"{BOARD}/{found}"))


async def test_who_rated_is_read_by_an_act_of_its_own_and_recorded(console: Console) -> None:
    found = await console.loops.named()
    path = f"{BOARD}/{found}"
    for name in ("reviewer", "supervisor", "manager"):
        assert "13812345678" not in await console.page(name, path)
    answer = await console.send("manager", f"{path}/rater", {"csrf": "-"})
    assert answer.status_code == 403
    answer = await console.send("fire_reviewer", f"{path}/rater", {"csrf": "-"})
    assert answer.status_code == 404


async def test_a_form_that_comes_too_late_says_what_happened(console: Console) -> None:
    found = await console.loops.brought_to(State.TO_VERIFY)
    answer = await console.send("reviewer", f"{BOARD}/{found}/contact", plain(CALLED))
    assert answer.status_code == 409
    assert "当前状态是待核实" in answer.text


async def test_the_ledger_lists_the_month_and_leads_on(console: Console) -> None:
    found = await console.loops.named()
    page = await console.page("manager", "/ledger")
    assert f"/console{BOARD}/{found}" in links(page)
    assert "收到差评 1" in words(page)
    assert links(page, "/api/v1/rectifications/ledger.xlsx")
    assert (await console.ask("reviewer", "/ledger")).status_code == 403
    assert "这个月没有差评" in await console.page("manager", "/ledger", month="2026-01")
    assert (await console.ask("manager", "/ledger", month="neulich")).status_code == 422


async def test_a_supervisor_appoints_who_is_responsible_for_a_topic(console: Console) -> None:
    topic = await console.loops.topic()
    path = f"/topics/{topic}"
    page = await console.page("supervisor", path)
    place = console.loops.place
    assert f'value="{place.staff["reviewer"]}"' in page
    for other in ("supervisor", "fire_reviewer"):
        assert f'value="{place.staff.get(other, "-")}"' not in page, "not of the department"
    await console.done("supervisor", f"{path}/owner", {"staff_id": str(place.staff["reviewer"])})
    assert "更换负责人" in await console.page("supervisor", path)
    wrong = {"staff_id": str(place.staff["supervisor"])}
    answer = await console.send("supervisor", f"{path}/owner", wrong)
    assert (answer.status_code, "不是该部门的审批人员" in answer.text) == (404, True)
    right = {"staff_id": str(place.staff["reviewer"])}
    assert (await console.send("manager", f"{path}/owner", right)).status_code == 403
    assert 'data-open="act-owner"' not in await console.page("manager", path)


async def test_a_topic_is_worked_to_its_end(console: Console) -> None:
    topic = await console.loops.topic()
    path = f"/topics/{topic}"
    assert topic in await console.page("reviewer", "/topics")
    page = await console.page("reviewer", path)
    assert len(links(page, f"/console{BOARD}/")) == 3
    assert "data-open" not in await console.page("manager", path)
    await console.done("reviewer", f"{path}/mine", {"csrf": "-"})
    form = {"measures": "更新告知单并培训窗口。", "until": "2026-03-20"}
    await console.done("reviewer", f"{path}/measures", form)
    await console.done("reviewer", f"{path}/close", {"note": "一个月没有再出现。"})
    assert topic in await console.page("reviewer", "/topics", closed="true")
    assert (await console.ask("far_manager", path)).status_code == 404
