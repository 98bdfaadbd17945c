"""The large plots of the story: a restaurant that is open by now, a factory that is being built."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from app.agency import enterprises
from app.agency.schemas import AnswerRegistration, RegisterEnterprise
from app.cases.clock import extensions, pauses
from app.cases.clock.schemas import PauseIn
from app.cases.delivery import posting
from app.cases.delivery import service as delivery
from app.cases.delivery.schemas import Issue, PostIn, ShipmentReport
from app.cases.intake import corrections, deferral_acts
from app.cases.intake.schemas import Supplement, SupplyDeferred
from app.cases.review import consents as second
from app.cases.review import defaults
from app.cases.schemas import AskCorrection
from app.core import db
from app.demo.applications import DESIGN, LAND, PROJECT, RESTAURANT, SITE, STAGES
from app.demo.invented import COOK, DIRECTOR, FIRM, FIRM_CODE
from app.demo.players import Players
from app.demo.supervising import watch
from app.projects import attaching
from app.projects import service as projects
from app.projects.meetings import holding, minutes
from app.projects.meetings import service as meetings
from app.projects.meetings.schemas import AnswerMinutes, CallMeeting, HoldMeeting, MinutesIn
from app.projects.rules import Kind, Stage
from app.projects.schemas import AttachIn, ProjectIn, StageItemIn
from app.supervision import answering
from app.supervision.schemas import AnswerEntryIn
from evaluations.ratings import service as ratings
from evaluations.ratings.schemas import CitizenRating

Plot = AsyncIterator[datetime]
Back = Callable[..., datetime]
MARKET, FIRE, URBAN = "市场监管局", "消防救援大队", "城市管理局"
LAND_OFFICE, WATER, FARMING = "自然资源局", "水利局", "农业农村局"
LICENCES = (
    ("营业执照", "92990100MA00000A1B", MARKET),
    ("食品经营许可证", "JY29901000000018", MARKET),
    ("消防安全检查意见书", "青消检字第0012号", FIRE),
    ("户外招牌设置批准文件", "青城管许第0031号", URBAN),
)


async def restaurant(players: Players, back: Back) -> Plot:
    """Opened from the first question to the rating; one department let its limit pass."""
    yield back(21, 10)
    post = {"way": "post", "address": "青河县柳林镇中街 36 号后院"}
    case = await players.file(COOK, RESTAURANT, delivery=post)
    yield back(20, 9)
    points = AskCorrection(points=["灭火器压力表看不清，请近距离重拍。"])
    await corrections.ask_correction(await players.staff("clerk1"), case, points)
    yield back(19, 19)
    photo = {"requirement": "exit_photos", "material_ids": [await _photo(players, "exits")]}
    given = msgspec.convert({"materials": [photo]}, Supplement)
    await corrections.supplement(await players.citizen(COOK), case, given)
    yield back(18, 10)
    await players.accept(case)
    await players.grant(case, "reviewer", MARKET)
    yield back(16, 9)
    visit = PauseIn(kind="site_visit", reason="核对疏散通道", basis="消防法第十五条")
    pause = await pauses.begin_by_staff(await players.staff("fire"), case, visit)
    yield back(14, 16)
    await pauses.end_by_staff(await players.staff("fire"), pause.id)
    await players.grant(case, "fire", FIRE)
    yield back(13, 10)
    lead = await players.staff("reviewer")
    why = "油烟排放口位置需要与相邻住户进一步核实。"
    proposal = await extensions.propose_extension(lead, case, days=2, reason=why)
    yield back(13, 15)
    supervisor = await players.staff("supervisor")
    await second.answer_proposal(supervisor, proposal.id, agree=True, text="理由充分，同意。")
    yield back(12, 11)
    await players.grant(case, "reviewer2", MARKET)
    yield back(11, 20)
    health = {"requirement": "health", "material_ids": [await _photo(players, "health")]}
    supplied = msgspec.convert({"materials": [health]}, SupplyDeferred)
    await deferral_acts.supply(await players.citizen(COOK), case, supplied)
    # Five days and two more from the day of acceptance, two left out: the ninth day is the last.
    yield back(8, 0, 10)
    await defaults.agree_overdue(players.by_itself(), await players.task(case, URBAN))
    await watch(players)
    yield back(8, 11)
    await _answer(players, case)
    yield back(7, 10)
    await _issue(players, case)
    yield back(6, 10)
    parcel = PostIn(carrier="邮政快递", tracking_number="EA123456789CN")
    await posting.post(await players.staff("clerk1"), case, parcel)
    for days, state in ((5, "in_transit"), (3, "signed")):
        yield back(days, 17)
        report = msgspec.convert({"state": state}, ShipmentReport)
        await posting.report(await players.staff("clerk1"), case, report)
    yield back(2, 20)
    rating = CitizenRating(level=5, case_number=await players.number(case), tags=["517"])
    await ratings.rate(await players.citizen(COOK), rating)


async def _photo(players: Players, words: str) -> UUID:
    return await players.photo(await players.citizen(COOK), words)


async def _answer(players: Players, case: UUID) -> None:
    """The red light has opened an entry; the department answers, the supervisor accepts."""
    row = await db.fetch_one("SELECT id FROM supervision_entries WHERE case_id = $1", case)
    assert row, "a red light opens an entry"
    act = await players.staff("urban")
    answer = AnswerEntryIn(
        reason="经办人员休假，交接时遗漏了这项任务。",
        measures="补齐岗位 AB 角，每日核对待办清单。",
        until=act.today + timedelta(days=7),
    )
    await answering.answer(act, row["id"], answer)
    await answering.accept(await players.staff("supervisor"), row["id"], "原因清楚，措施可行。")


async def _issue(players: Players, case: UUID) -> None:
    first, *also = [
        {"title": title, "number": number, "department_id": await players.department(department)}
        for title, number, department in LICENCES
    ]
    papers = msgspec.convert(first | {"also": also}, Issue)
    await delivery.issue(await players.staff("clerk1"), case, papers)


async def factory(players: Players, back: Back) -> Plot:
    """A construction project: the first stage is granted, the second under review."""
    yield back(19, 9)
    await _stages(players)
    enterprise = await _enterprise(players)
    yield back(18, 14)
    given = ProjectIn(players.hall_id, PROJECT, Kind.PRIVATE, SITE, enterprise)
    project = await projects.create(await players.citizen(DIRECTOR), given)
    first = await _file(players, project.id, enterprise, Stage.LAND)
    yield back(17, 9)
    await players.accept(first)
    yield back(16, 10)
    meeting = await _call(players, project.id, first, back(15, 10))
    yield back(15, 15)
    await _hold(players, meeting)
    yield back(15, 16)
    await _close(players, meeting, first)
    yield back(13, 10)
    for login, department in (("land", LAND_OFFICE), ("water", WATER)):
        await players.grant(first, login, department)
    yield back(10, 10)
    await players.grant(first, "plan", "发展和改革局")
    yield back(9, 10)
    await _supply(players, first)
    await players.grant(first, "land", LAND_OFFICE)
    yield back(8, 14)
    paper = Issue(title="建设用地规划许可证", number="地字第990100202600012号")
    await delivery.issue(await players.staff("clerk1"), first, paper)
    yield back(4, 10)
    other = await _file(players, project.id, enterprise, Stage.DESIGN)
    yield back(3, 10)
    await players.accept(other)
    yield back(1, 15)
    await players.grant(other, "water", WATER)


async def _stages(players: Players) -> None:
    lines = [
        StageItemIn((await players.item(one.item)).item_id, Stage(number), required=True)
        for number, one in enumerate(STAGES, 1)
    ]
    await projects.set_stage_items(await players.staff("admin"), players.hall_id, lines)


async def _enterprise(players: Players) -> UUID:
    given = RegisterEnterprise(
        name=FIRM,
        code=FIRM_CODE,
        legal_representative=DIRECTOR.name,
        role="legal_representative",
        hall_id=players.hall_id,
    )
    asked = await enterprises.register(await players.citizen(DIRECTOR), given)
    clerk = await players.staff("clerk1")
    confirmed = await enterprises.answer(clerk, asked.id, AnswerRegistration(confirm=True))
    assert confirmed.enterprise_id, "a confirmed registration makes an enterprise"
    return confirmed.enterprise_id


async def _file(players: Players, project: UUID, enterprise: UUID, stage: Stage) -> UUID:
    wanted = LAND if stage is Stage.LAND else DESIGN
    behalf = {"enterprise_id": str(enterprise)}
    case = await players.file(DIRECTOR, wanted, on_behalf=behalf, delivery={"way": "counter"})
    await attaching.attach_own(await players.citizen(DIRECTOR), project, AttachIn(case, stage))
    return case


async def _call(players: Players, project: UUID, case: UUID, at: datetime) -> UUID:
    body = {
        "hall_id": players.hall_id,
        "kind": "site_visit",
        "lead_id": await players.department(LAND_OFFICE),
        "title": f"{PROJECT}联合踏勘",
        "place": SITE,
        "starts_at": at,
        "agenda": ["用地红线与永久基本农田", "与河道的距离"],
        "departments": [await players.department(name) for name in (WATER, FARMING)],
        "project_id": project,
        "pause": {
            "reason": "需要现场核对用地边界",
            "basis": "行政许可法第三十四条",
            "case_ids": [case],
        },
    }
    made = await meetings.call(await players.staff("land"), msgspec.convert(body, CallMeeting))
    return made.id


async def _hold(players: Players, meeting: UUID) -> None:
    came = [await players.department(name) for name in (LAND_OFFICE, WATER)]
    words = [{"department_id": one, "word": "agree"} for one in came]
    record = {
        "attended": [
            {"department_id": came[0], "people": ["江映川"]},
            {"department_id": came[1], "people": ["秦若水"]},
        ],
        "items": [
            {"position": 1, "conclusion": "不占永久基本农田。", "words": words},
            {"position": 2, "conclusion": "满足河道管理要求。", "words": words},
        ],
    }
    land = await players.staff("land")
    await holding.hold(land, meeting, msgspec.convert(record, HoldMeeting))
    text = "踏勘确认：地块不占永久基本农田，距最近河道 260 米。\n各部门据此出具意见。"
    await minutes.write(land, meeting, MinutesIn(text))


async def _close(players: Players, meeting: UUID, case: UUID) -> None:
    """Those who came confirm; who stayed away is taken as agreeing, as configured."""
    for login, department in (("land", LAND_OFFICE), ("water", WATER)):
        body = {
            "department_id": await players.department(department),
            "round": 1,
            "answer": "confirmed",
        }
        said = msgspec.convert(body, AnswerMinutes)
        await minutes.answer(await players.staff(login), meeting, said)
    await minutes.close(await players.staff("land"), meeting)
    absent = await players.department(FARMING)
    await defaults.agree_by_absence(players.by_itself(), case, absent, "联合踏勘未到场")


async def _supply(players: Players, case: UUID) -> None:
    act = await players.citizen(DIRECTOR)
    photo = {
        "requirement": "land_use",
        "material_ids": [await players.photo(act, "land use")],
    }
    given = msgspec.convert({"materials": [photo]}, SupplyDeferred)
    await deferral_acts.supply(act, case, given)


PLOTS = (restaurant, factory)
