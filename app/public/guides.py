"""Guides: found by words, and one told in full for the reader's own situation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from app.catalog import views as catalog
from app.catalog.guide import CaseType, ServedObject
from app.catalog.schemas import Facets, ItemQuery, ItemRow, ItemShown
from app.catalog.situation_schemas import SituationTold
from app.catalog.situations import SituationProblem
from app.halls import directory
from app.halls import service as halls
from app.pages.routes import View
from app.public.schemas import FLAG_NAMES, Flag, GuideQuery

ANSWER, ASKED = "q_", "asked"
"""In a guide's address: `q_<question>=<choice>` are answers, `asked=<question>` was on the page."""
DELIVERY = {"electronic": "电子证照", "counter": "窗口领取", "post": "邮寄送达"}
SERVED = {ServedObject.PERSON: "个人", ServedObject.LEGAL: "企业和其他组织"}
CASE_TYPES = {CaseType.INSTANT: "即办件", CaseType.PROMISED: "承诺件"}
MOST_USED = 8
"""Guides on the first page, of those applied for most."""


@dataclass(frozen=True)
class FlagShown:
    """A flag by which guides can be filtered, with how many carry it."""

    code: Flag
    name: str
    count: int
    chosen: bool


async def listed(query: GuideQuery) -> View:
    """The guides that fit, and what they can be narrowed down by."""
    found = await catalog.listed(query.items())
    facets = await catalog.facets(query.hall_id)
    return View(
        "public/guides.html",
        title="办事指南",
        query=query,
        rows=found.items,
        badges=badges,
        limit=limit,
        halls=await _to_choose_from(),
        facets=facets,
        flags=_flags(facets, query),
        more=_address(query, found.next) if found.next else "",
        narrowed=query != GuideQuery(q=query.q),
    )


async def most_used() -> list[ItemRow]:
    """The guides applied for most."""
    found = await catalog.listed(ItemQuery(order="most_used", limit=MOST_USED))
    return found.items


async def _to_choose_from() -> list[tuple[str, str]]:
    """The halls that have guides, where there are several: values and words of a list."""
    publishing = await catalog.halls_that_publish()
    if len(publishing) < 2:
        return []
    found = [hall for hall in await directory.every_hall() if hall.id in publishing]
    return [("", "全部"), *((str(hall.id), hall.name) for hall in found)]


def _flags(facets: Facets, query: GuideQuery) -> list[FlagShown]:
    return [
        FlagShown(code, FLAG_NAMES[code], getattr(facets.flags, code), code in query.flag)
        for code in FLAG_NAMES
    ]


def _address(query: GuideQuery, after: str) -> str:
    """Where the list goes on."""
    names = {name: getattr(query, name) for name in query.__struct_fields__ if name != "after"}
    given = {name: value for name, value in names.items() if value}
    if query.kind is not None:
        given["kind"] = int(query.kind)
    return "/guides?" + urlencode({**given, "after": after}, doseq=True)


def badges(row: ItemRow) -> list[str]:
    """The words on an item's badges."""
    return [name for code, name in FLAG_NAMES.items() if getattr(row, code)]


def limit(row: ItemRow) -> str:
    """How long it takes, in a few words."""
    if not row.limits_given:
        return f"法定 {row.legal_days} 个工作日"
    return f"承诺 {row.promised_days} 个工作日" if row.promised_days else "当场办结"


def answers_in(args: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The answers in an address.

    A question of which any number can be chosen is answered by none too, if it was asked.
    """
    given = {
        name.removeprefix(ANSWER): list(values)
        for name, values in args.items()
        if name.startswith(ANSWER)
    }
    return {code: [] for code in args.get(ASKED, ())} | given


async def shown(item_id: UUID, answers: Mapping[str, list[str]]) -> View:
    """One guide, with the list that applies to whoever answers so.

    Raises:
        NotFound: it is not published.
    """
    item = await catalog.shown(item_id)
    told, wrong = await _told(item_id, answers)
    hall = await halls.hall(item.hall_id)
    return View(
        "public/guide.html",
        title=item.name,
        item=item,
        guide=item.guide,
        told=told,
        wrong=wrong,
        begun=bool(told.answers),
        hall=hall,
        badges=badges(item),
        limit=limit(item),
        served="、".join(SERVED[one] for one in item.served_objects),
        case_type=CASE_TYPES[item.case_type],
        delivery="、".join(DELIVERY[way] for way in item.guide.delivery),
        reduced=await catalog.reduced(item_id),
        conditional=_conditional(item),
    )


def _conditional(item: ItemShown) -> frozenset[str]:
    """The materials that are asked for in some situations only."""
    return frozenset(one.code for one in item.guide.materials if one.when is not None)


async def _told(item_id: UUID, answers: Mapping[str, list[str]]) -> tuple[SituationTold, str]:
    """What these answers lead to; where they do not fit the questions, the first ones again."""
    try:
        return await catalog.told(item_id, answers), ""
    except SituationProblem as problem:
        return await catalog.told(item_id, {}), str(problem)
