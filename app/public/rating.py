"""The page behind a QR code or a link in a text message: one service, five faces."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core import db
from app.core.acts import Act
from app.pages.routes import View
from app.public.schemas import NO_LEVEL, RatingForm
from evaluations.ratings import links
from evaluations.ratings.hub_schemas import CodeShown
from evaluations.ratings.refusals import (
    AlreadyRated,
    BadCode,
    NoSuchService,
    NothingToRate,
    OwnService,
    Refusal,
    TooLate,
    Unfit,
)
from evaluations.ratings.rules import BAD, LONGEST_COMMENT, RATEABLE_DAYS, Kind

TITLE = "服务评价"
_VISIT_DAYS, _CASE_DAYS = RATEABLE_DAYS[Kind.VISIT], RATEABLE_DAYS[Kind.CASE]
HINTS: dict[type[Refusal], str] = {
    BadCode: (
        "窗口上张贴的二维码一直有效，请重新扫一次；短信里的链接、单次服务的二维码过期后就不能用了。"
    ),
    NothingToRate: (
        f"窗口正在为您办理时，或者办完后 {_VISIT_DAYS} 个工作日内，都可以扫码评价。"
        "刚刚办完的，请稍等片刻再扫一次。"
    ),
    TooLate: (
        f"窗口服务在办完后 {_VISIT_DAYS} 个工作日内、办件在办结后 {_CASE_DAYS} 个工作日内可以评价。"
    ),
    AlreadyRated: "评价提交后不能修改。如果您还没有评过，请告诉窗口人员，登记这次服务后再扫一次。",
    NoSuchService: "请重新扫描窗口上的二维码。",
    OwnService: "请由办事群众自己评价。",
}
"""What somebody can do who cannot rate, by why they cannot."""
ASKS = {
    5: "您满意的是（可多选，也可不选）",
    4: "您满意的是（可多选，也可不选）",
    3: "您觉得怎么样（可多选，也可不选）",
    2: "哪里没有做好（请至少选一项，或在下面写明）",
    1: "哪里没有做好（请至少选一项，或在下面写明）",
}
"""What is asked of whoever chose this level."""


@dataclass(frozen=True)
class Filled:
    """What stands in the form: nothing at first, what was sent where it has to be mended."""

    event_id: UUID
    level: int = NO_LEVEL
    tags: frozenset[str] = frozenset()
    comment: str = ""


async def page(act: Act, code: str) -> View:
    """The form of a code; where there is nothing to rate with it, why not and what to do."""
    try:
        shown = await links.look(act, code)
    except (BadCode, NothingToRate) as refusal:
        return closed(refusal)
    if shown.rated:
        return _over(AlreadyRated.title, AlreadyRated)
    if not shown.can_rate:
        return _over(TooLate.title, TooLate)
    return _form(code, shown, Filled(event_id=db.new_id()))


async def again(act: Act, code: str, sent: RatingForm, wrong: Unfit) -> View:
    """The form once more with all that was typed, and beside it what is to be mended."""
    try:
        shown = await links.look(act, code, sent.service_id)
    except (BadCode, NothingToRate, NoSuchService) as refusal:
        return closed(refusal)
    tags = frozenset(code for chosen in sent.tags().values() for code in chosen)
    filled = Filled(sent.event_id, sent.level, tags, sent.comment)
    field = wrong.extra.get("field")
    return _form(code, shown, filled, status=wrong.status, wrong=str(wrong), wrong_field=field)


def closed(refusal: Refusal) -> View:
    """Why nothing can be rated here now, and what can be done about it."""
    return _over(str(refusal), type(refusal), refusal.status)


def _over(sentence: str, why: type[Refusal], status: int = 200) -> View:
    return View(
        "public/rate_over.html",
        status=status,
        title=TITLE,
        sentence=sentence,
        hint=HINTS.get(why, ""),
        settled=why is AlreadyRated,
    )


def _form(
    code: str,
    shown: CodeShown,
    filled: Filled,
    *,
    status: int = 200,
    wrong: str = "",
    wrong_field: Any = None,
) -> View:
    return View(
        "public/rate.html",
        status=status,
        title=TITLE,
        code=code,
        shown=shown,
        filled=filled,
        asks=ASKS,
        bad=BAD,
        longest=LONGEST_COMMENT,
        wrong=wrong,
        wrong_field=wrong_field,
    )


def thanks(act: Act) -> View:
    """What whoever has rated reads; it says nothing of the rating."""
    settings = act.house.settings
    return View(
        "public/thanks.html",
        title="谢谢您的评价",
        days=settings.rectification_days,
        complex_days=settings.rectification_complex_days,
    )
