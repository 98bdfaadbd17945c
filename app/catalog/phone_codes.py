"""小程序码 of items, and what the mini program was opened with."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from app.catalog import views
from app.core.acts import Act
from app.core.auth import require_over_hall
from app.core.errors import NotFound, Problem
from app.core.wire import File, In, Out
from app.halls import phone_codes as codes
from app.halls import service as halls
from wechat.codes import unpack_scene
from wechat.errors import BadScene

ITEM, ITEM_PAGE = "i", "pages/item/detail"
"""The letter of an item's scenes, and the page of the mini program that they open."""


class Opens(StrEnum):
    """What a code opens the mini program at."""

    WINDOW = "window"
    ITEM = "item"


class SceneQuery(In, frozen=True):
    """`scene` as the mini program got it (`options.scene`), once percent-decoded."""

    scene: Annotated[str, Meta(min_length=1, max_length=64)]


class SceneShown(Out, frozen=True):
    """What the mini program shows; `number` is the window's, as on its sign."""

    kind: Opens
    id: UUID
    name: str
    number: str | None
    hall_id: UUID
    hall_name: str


class ForeignScene(Problem):
    """The scene is none that this house puts into its codes."""

    status = 422
    code = "phone_codes.foreign_scene"
    title = "这不是本系统的小程序码，请扫描窗口或办事指南上的小程序码。"


class UnknownScene(NotFound):
    """What the code was made for is not there (any more): a window or an item that is gone."""

    code = "phone_codes.unknown_scene"
    title = "这个小程序码对应的窗口或事项已不存在，请向工作人员询问。"


async def of_item(act: Act, item_id: UUID) -> File:
    """The code of a published item, for those who work in its hall.

    Raises:
        NotFound: no such item is published. Forbidden: it is another hall's.
        NotSetUp, PageNotPublished, WeChatError: see `app.halls.phone_codes.picture`.
    """
    item = await views.shown(item_id)
    require_over_hall(act.actor, item.hall_id, codes.DESK)
    name = f"小程序码-{item.implementation_code}"
    return await codes.picture(act, ITEM, item_id, ITEM_PAGE, name)


async def opened(scene: str) -> SceneShown:
    """What a scene stands for: everybody may know it who stands before the code.

    Raises:
        ForeignScene: it is not one of this house's.
        UnknownScene: the window or the item is not there any more, or not published.
    """
    try:
        letter, thing_id = unpack_scene(scene)
    except BadScene:
        raise ForeignScene from None
    try:
        if letter == codes.WINDOW:
            return await _window(thing_id)
        if letter == ITEM:
            return await _item(thing_id)
    except NotFound:
        raise UnknownScene from None
    raise ForeignScene


async def _window(window_id: UUID) -> SceneShown:
    window = await halls.window_on_duty(window_id)
    return SceneShown(
        kind=Opens.WINDOW,
        id=window_id,
        name=window.window_name,
        number=window.window_number,
        hall_id=window.hall_id,
        hall_name=(await halls.hall(window.hall_id)).name,
    )


async def _item(item_id: UUID) -> SceneShown:
    item = await views.shown(item_id)
    return SceneShown(
        kind=Opens.ITEM,
        id=item_id,
        name=item.name,
        number=None,
        hall_id=item.hall_id,
        hall_name=(await halls.hall(item.hall_id)).name,
    )
