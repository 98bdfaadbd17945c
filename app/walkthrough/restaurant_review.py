"""The restaurant's review: three departments at once, every day of it counted twice.

Each evening the clock that the applicant sees is compared with one that is counted by hand.
"""

from datetime import date, time, timedelta
from typing import Any

from app.demo.drawings import drawn
from app.walkthrough.diary import after
from app.walkthrough.restaurant import ACCEPTED, DEFERRED, Restaurant

VISIT_CALLED = date(2026, 5, 7)
VISITED = date(2026, 5, 9)
FIRE_AGREES = date(2026, 5, 11)
EXTENDED = date(2026, 5, 12)
MARKET_AGREES = date(2026, 5, 13)
SUPPLIED = date(2026, 5, 15)
DECIDED = date(2026, 5, 16)
"""A Saturday: the silent department's limit ended on Friday, and nobody has to come for this."""
MORE_DAYS = 2
MARKET, FIRE, URBAN = "市场监管局", "消防救援大队", "城市管理局"
VISIT = {
    "kind": "site_visit",
    "reason": "核对安全出口和疏散通道",
    "basis": "消防法第十五条",
}
WHY = "油烟排放口位置需要与相邻住户进一步核实。"
_DAY = timedelta(days=1)


async def play(story: Restaurant) -> None:
    """From the acceptance to the decision, every day."""
    story.say.chapter("The restaurant's review: in parallel, and every day counted")
    await _registration(story)
    await _evening(story)
    happens = {
        VISIT_CALLED: _visit_is_called,
        VISITED: _visited,
        FIRE_AGREES: _fire_agrees,
        EXTENDED: _extension,
        MARKET_AGREES: _market_agrees,
        SUPPLIED: _deferred_comes,
        DECIDED: _decided,
    }
    day = ACCEPTED + _DAY
    while day <= DECIDED:
        await story.place.begin_day(day)
        if day in happens:
            story.place.set_clock(day, time(14, 30))
            await happens[day](story)
        await _evening(story)
        day += _DAY


async def _task(story: Restaurant, login: str, department: str) -> dict[str, Any]:
    """The open task of a department, from its own list."""
    desk = await story.place.desk(login)
    query = {"department_id": story.place.departments[department]}
    rows = (await desk.get("/api/v1/desk/tasks", **query))["items"]
    found: dict[str, Any] = next(row for row in rows if row["case_id"] == story.case["id"])
    return found


async def _grant(story: Restaurant, login: str, department: str, opinion: str) -> None:
    task = await _task(story, login, department)
    desk = await story.place.desk(login)
    await desk.post(f"/api/v1/desk/tasks/{task['id']}/grant", {"opinion": opinion})


async def _registration(story: Restaurant) -> None:
    """The first stage on the day of acceptance; with it the second opens for all three."""
    story.place.set_clock(ACCEPTED, time(15, 0))
    await _grant(story, "reviewer", MARKET, "材料齐全，予以登记。")
    found = await story.seen()
    now = [task for task in found["tasks"] if task["state"] == "open"]
    story.happens("当场登记；三个部门同时开始审查", [f"{t['department']} {t['due']}" for t in now])
    story.say.equal({task["department"] for task in now}, {MARKET, FIRE, URBAN}, "in parallel")
    for task in now:
        wanted = after(ACCEPTED, task["days"]).isoformat()
        story.say.equal(task["due"], wanted, "each with its own limit, counted by hand")
    [lead] = [task["department"] for task in now if task["lead"]]
    story.say.step("the stage is led by", lead)


async def _visit_is_called(story: Restaurant) -> None:
    assert story.clock
    fire = await story.place.desk("fire")
    begun = await fire.post(f"{story.at_desk}/pauses", VISIT, status=201)
    story.visit = begun["id"]
    story.clock.pause(VISIT_CALLED)
    story.happens("消防安排现场踏勘，次日起暂停计时")
    other = await story.place.desk("urban")
    twice = await other.post(f"{story.at_desk}/pauses", VISIT, status=409)
    story.say.step("a second pause for the same thing is refused", twice["title"])


async def _visited(story: Restaurant) -> None:
    assert story.clock
    fire = await story.place.desk("fire")
    ended = await fire.post(f"/api/v1/desk/pauses/{story.visit}/end")
    story.clock.go_on(VISITED)
    story.happens("踏勘完成（补班的星期六），恢复计时", f"应于 {ended['due']} 前办结")


async def _fire_agrees(story: Restaurant) -> None:
    await _grant(story, "fire", FIRE, "符合消防安全要求。")
    story.happens("消防救援大队同意")
    refused = await (await story.place.desk("urban")).post(
        f"{story.at_desk}/extend", {"days": MORE_DAYS, "reason": WHY}, status=404
    )
    story.say.step("a department that does not lead cannot extend", refused["code"])


async def _extension(story: Restaurant) -> None:
    assert story.clock
    lead = await story.place.desk("reviewer")
    body = {"days": MORE_DAYS, "reason": WHY}
    too_long = await lead.post(f"{story.at_desk}/extend", body | {"days": 16}, status=422)
    story.say.step("sixteen days more are refused", too_long.get("detail") or too_long["title"])
    proposed = await lead.post(f"{story.at_desk}/extend", body, status=202)
    answer = f"/api/v1/desk/proposals/{proposed['id']}/answer"
    same = await lead.post(answer, {"agree": True}, status=404)
    story.say.step("whoever proposed it cannot consent to it", same["detail"])
    before = (await story.seen())["deadline"]["promised_due"]
    supervisor = await story.place.desk("supervisor")
    done = await supervisor.post(answer, {"agree": True, "note": "理由充分，同意。"})
    story.clock.days += MORE_DAYS
    found = (await story.seen())["deadline"]
    story.happens(
        f"牵头部门提出、督查同意，延长 {MORE_DAYS} 个工作日",
        f"{before} → {found['promised_due']}",
    )
    story.say.equal(done["state"], "agreed", "with a second person's consent")


async def _market_agrees(story: Restaurant) -> None:
    await _grant(story, "reviewer2", MARKET, "布局合理，同意许可。")
    story.happens("市场监管局同意；城市管理局尚未表态")


async def _deferred_comes(story: Restaurant) -> None:
    """The morning's job has reminded of it: it is due on the next working day."""
    reminded = [e["note"] for e in (await story.seen())["timeline"] if "reminded" in e["kind"]]
    story.say.step("reminded this morning", reminded)
    story.say.equal(len(reminded), 1, "once, one working day before")
    phone = await story.phone()
    health = await phone.upload("health.jpg", drawn("health"))
    line = {"requirement": DEFERRED, "material_ids": [health["id"]]}
    await phone.post(f"{story.path}/deferred", {"materials": [line]})
    found = await story.seen()
    story.happens("补交容缺的健康证明", found["deferrals"][0]["state"])
    story.say.equal(found["state"], "under_review", "one department has not spoken yet")
    due = after(ACCEPTED, found["deferrals"][0]["days"]).isoformat()
    story.say.equal(found["deferrals"][0]["due"], due, "its day, counted by hand")


async def _decided(story: Restaurant) -> None:
    """Last night the third department's limit passed: it is taken as agreeing, as configured."""
    found = await story.seen()
    [silent] = [task for task in found["tasks"] if task["by_default"]]
    story.happens(f"{silent['department']}逾期未表态，按配置视为同意；准予", found["progress"])
    story.say.equal((silent["department"], silent["by_default"]), (URBAN, "overdue"), "recorded")
    story.say.equal(found["state"], "granted", "the last word was in; the case is decided")
    urban = await story.place.desk("urban")
    late = await urban.post(
        f"/api/v1/desk/tasks/{silent['id']}/grant", {"opinion": "同意。"}, status=409
    )
    story.say.step("its word comes too late", late.get("detail") or late["title"])


async def _evening(story: Restaurant) -> None:
    """What the applicant sees of the clock equals what is counted by hand."""
    assert story.clock
    clock, today = story.clock, story.place.today
    found = await story.seen()
    shown, used = found["deadline"], clock.used(today)
    said = f"已用 {used}/{clock.days}"
    if found["decided_at"]:
        story.say.equal(shown["used_days"], used, f"{today}: the days that the decision took")
        said = f"{said}，决定"
    elif shown["paused_since"]:
        begin = clock.pauses[-1][0]
        story.say.equal(shown["paused_since"], begin.isoformat(), f"{today}: stands still since")
        said = f"{said}，暂停"
    else:
        wanted = (clock.days - used, clock.last().isoformat())
        seen = (shown["remaining_days"], shown["promised_due"])
        story.say.equal(seen, wanted, f"{today}: what is left, and the last day")
        light = {"green": "绿灯", "yellow": "黄灯", "red": "红灯"}[shown["light"]]
        said = f"{said}，剩 {clock.days - used}，至 {clock.last():%m-%d}，{light}"
    story.diary.clock[today] = said
