"""小程序码: pictures that WeChat scans to open the mini program at a window or at an item.

A scene names one thing by a letter and its id, and nothing else (`wechat.codes.pack_scene`).
"""

from uuid import UUID

from app.core.acts import Act
from app.core.auth import Role, require_over_hall
from app.core.errors import Conflict
from app.core.wire import File
from app.halls import service as halls
from wechat.codes import CodeShelf, pack_scene
from wechat.errors import BadPage

WINDOW, WINDOW_PAGE = "w", "pages/rate/window"
"""The letter of a window's scenes, and the page of the mini program that they open."""
DESK = (Role.CLERK, Role.ADMIN, Role.MANAGER, Role.SUPERVISOR)
"""Who may print the codes of a hall: whoever gets a window's rating code."""
WIDTH = 860
"""Pixels: 8 cm at 270 dots an inch."""
CACHE = "private, max-age=86400"
"""The picture of a scene and a page never changes; only whoever may print it keeps it."""
_PNG = b"\x89PNG"


class NotSetUp(Conflict):
    """The mini program's appid is not set, so there is nothing that a code could open."""

    code = "phone_codes.not_set_up"
    title = "本系统还没有接入微信小程序，不能生成小程序码。"


class PageNotPublished(Conflict):
    """The platform draws codes only of pages that the published mini program has."""

    code = "phone_codes.page_not_published"
    title = "小程序还没有发布这个页面，发布后再来打印小程序码。"


async def of_window(act: Act, window_id: UUID) -> File:
    """The code of a window, for those who work in its hall.

    Raises:
        NotFound: no such window. Forbidden: it is another hall's.
        NotSetUp, PageNotPublished, WeChatError: see `picture`.
    """
    window = await halls.window_on_duty(window_id)
    require_over_hall(act.actor, window.hall_id, DESK)
    return await picture(act, WINDOW, window_id, WINDOW_PAGE, f"小程序码-{window.window_number}")


async def picture(act: Act, letter: str, thing_id: UUID, page: str, name: str) -> File:
    """The code that opens `page` with one thing; drawn by the platform once, then kept.

    The caller has made sure that whoever acts may have it.

    Args:
        letter: what kind of thing it is.
        name: of the file, without its ending.

    Raises:
        NotSetUp, PageNotPublished.
        WeChatError: such as QuotaUsedUp or PlatformDown; each says what a person can do.
    """
    settings = act.house.settings
    if not settings.wechat_appid:
        raise NotSetUp
    shelf, scene = act.house.part(CodeShelf), pack_scene(letter, thing_id)
    try:
        drawn = await shelf.picture(scene, page, state=settings.wechat_state, width=WIDTH)
    except BadPage:
        raise PageNotPublished(f"小程序还没有发布页面 {page}，请发布后再来打印小程序码。") from None
    kind, ending = ("image/png", "png") if drawn.startswith(_PNG) else ("image/jpeg", "jpg")
    return File(drawn, kind, f"{name}.{ending}", inline=True, cache=CACHE)
