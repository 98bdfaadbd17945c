"""The small plots of the story: what a hall does every day."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.agency import consents
from app.agency.schemas import GrantConsent
from app.cases.clock import pauses
from app.cases.clock.schemas import PauseIn
from app.cases.delivery import service as delivery
from app.cases.delivery.schemas import Deliver, Issue
from app.cases.intake import acceptance, corrections, drafts, window
from app.cases.intake import service as intake
from app.cases.intake.schemas import DraftIn, WindowCase
from app.cases.review import consents as second
from app.cases.review import service as review
from app.cases.schemas import AskCorrection
from app.citizens.schemas import PersonIn
from app.demo.applications import (
    MILK,
    RESTAURANT,
    Application,
    allowance,
    food_business,
    household,
    small_restaurant,
)
from app.demo.invented import (
    BAKER,
    DREAMER,
    FARMER,
    GRANDMOTHER,
    GROCER,
    NOODLES,
    SNACKS,
    Somebody,
)
from app.demo.players import Players
from app.demo.supervising import watch
from evaluations.ratings import service as ratings
from evaluations.ratings.schemas import CitizenRating

Plot = AsyncIterator[datetime]
Back = Callable[..., datetime]
MARKET = "市场监管局"
DONE = (
    (20, "圆圆百货店", 5, ("517",)),
    (14, "方圆文具店", 4, ()),
    (9, "方圆早点铺", 5, ("516",)),
    (4, "河边便利店", 3, ()),
)
"""Shops that were registered on the spot: how many days ago, and how it was rated."""


async def finished(players: Players, back: Back) -> Plot:
    """Businesses set up on the spot, rated the same day."""
    for number, (days, name, level, tags) in enumerate(DONE, 1):
        yield back(days, 10)
        wanted = household(name, f"青河县滨河路 {number} 号", GROCER.phone)
        case = await players.file(GROCER, wanted)
        yield back(days, 11)
        await players.accept(case, "clerk2")
        await players.grant(case, "reviewer", MARKET)
        paper = Issue(title="营业执照", number=f"92990100MA{number:07d}X")
        await delivery.issue(await players.staff("clerk2"), case, paper)
        yield back(days, 16)
        rating = CitizenRating(level=level, case_number=await players.number(case), tags=list(tags))
        await ratings.rate(await players.citizen(GROCER), rating)


async def corrected(players: Players, back: Back) -> Plot:
    """Waits for what the applicant must correct."""
    yield back(3, 15)
    wanted = small_restaurant("老街面馆", "青河县柳林镇中街 12 号")
    case = await players.file(NOODLES, wanted)
    yield back(2, 10)
    points = AskCorrection(points=["后厨照片没有拍到洗消池，请补拍。", "租赁合同缺少签字页。"])
    await corrections.ask_correction(await players.staff("clerk1"), case, points)


async def overdue(players: Players, back: Back) -> Plot:
    """The market's part is overdue: a red light, and an entry that nobody has answered."""
    yield back(5, 9)
    wanted = food_business("晚晴副食店", "青河县东街 88 号", SNACKS)
    case = await players.file(SNACKS, wanted)
    yield back(4, 9)
    await players.accept(case)
    yield back(1, 9)
    await watch(players)


async def soon(players: Players, back: Back) -> Plot:
    """The promise ends soon: a yellow light."""
    yield back(4, 9)
    case = await players.file(SNACKS, small_restaurant("晚晴小吃", "青河县东街 90 号"))
    yield back(3, 14)
    await players.accept(case, "clerk2")


async def paused(players: Players, back: Back) -> Plot:
    """The clock stands still for a visit to the site."""
    yield back(4, 11)
    case = await players.file(BAKER, food_business("秋成烘焙坊", "青河县南门路 7 号", BAKER))
    yield back(3, 10)
    await players.accept(case)
    yield back(2, 9)
    await players.grant(case, "reviewer", MARKET)
    visit = PauseIn(kind="site_visit", reason="核查加工场所布局", basis="食品安全法第三十五条")
    await pauses.begin_by_staff(await players.staff("reviewer2"), case, visit)


async def refused(players: Players, back: Back) -> Plot:
    """Refused, with a second person's consent, and delivered."""
    yield back(12, 10)
    case = await players.file(NOODLES, small_restaurant("楼上串串", "青河县幸福小区 3 栋 2 楼"))
    yield back(11, 10)
    await players.accept(case)
    yield back(9, 15)
    task = await players.task(case, MARKET)
    proposal = await review.propose_refusal(
        await players.staff("reviewer"),
        task,
        "经营场所在居民住宅楼内，未配套设立专用烟道。",
        "大气污染防治法第八十一条",
    )
    yield back(8, 10)
    supervisor = await players.staff("supervisor")
    await second.answer_proposal(supervisor, proposal.id, agree=True, text="依据充分，同意。")
    yield back(7, 10)
    await delivery.deliver(await players.staff("clerk1"), case, Deliver())


async def withdrawn(players: Players, back: Back) -> Plot:
    """The applicant has thought again."""
    yield back(6, 16)
    case = await players.file(NOODLES, small_restaurant("夜市烤串", "青河县河堤夜市 5 号摊"))
    yield back(5, 9, 10)
    await intake.withdraw(await players.citizen(NOODLES), case)


async def new(players: Players, back: Back) -> Plot:
    """Came in yesterday afternoon, and waits for the window."""
    yield back(1, 16, 40)
    await players.file(GROCER, small_restaurant("方圆炒饭", "青河县滨河路 9 号"))


async def drafted(players: Players, back: Back) -> Plot:
    """Two applications that somebody has begun."""
    for days, wanted, kept in (
        (3, RESTAURANT, {"name": "云苔小馆", "seats": 16}),
        (1, small_restaurant("云苔甜品", "青河县文庙巷 4 号"), {"name": "云苔甜品"}),
    ):
        yield back(days, 20)
        offered = await players.item(wanted.item)
        draft = DraftIn(offered.version_id, answers=wanted.answers, form=kept)
        await drafts.save(await players.citizen(DREAMER), offered.item_id, draft)


async def helped(players: Players, back: Back) -> Plot:
    """A helper of the hall files for somebody by her consent; one photo is deferred."""
    yield back(4, 9)
    terms = {
        "purposes": "代我申请高龄津贴，并代收办理进度。",
        "scope": "all",
        "staff": {"hall_id": str(players.hall_id), "staff_number": "0003"},
    }
    given = msgspec.convert({"terms": terms, "agree": True}, GrantConsent)
    consent = await consents.grant(await players.citizen(GRANDMOTHER), given)
    yield back(4, 10)
    behalf = {"on_behalf": {"consent_id": str(consent)}}
    case = await _at_window(players, "clerk2", GRANDMOTHER, allowance(GRANDMOTHER), **behalf)
    yield back(3, 9)
    await players.accept(case)


async def at_window(players: Players, back: Back) -> Plot:
    """A farmer without the mini program applies at the window."""
    yield back(1, 10)
    case = await _at_window(players, "clerk1", FARMER, MILK)
    yield back(1, 10, 20)
    await acceptance.accept(await players.staff("clerk1"), case)


async def _at_window(
    players: Players, clerk: str, who: Somebody, wanted: Application, **more: Any
) -> UUID:
    act = await players.staff(clerk)
    ticket = (await window.applicant(act, msgspec.convert(who.says, PersonIn))).ticket

    async def photo(words: str) -> UUID:
        return (await window.photo(act, ticket, players.drawing(words))).id

    body = await players.body(wanted, photo, applicant=ticket, **more)
    case, _ = await window.file(await players.staff(clerk), msgspec.convert(body, WindowCase))
    return case.id


async def evening(players: Players, back: Back) -> Plot:
    """The lights of the last evening: what is due soon, what is overdue, what is done."""
    yield back(1, 20, 30)
    await watch(players)


PLOTS = (
    finished,
    corrected,
    overdue,
    soon,
    paused,
    refused,
    withdrawn,
    new,
    drafted,
    helped,
    at_window,
    evening,
)
