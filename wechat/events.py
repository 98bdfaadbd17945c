"""The pushed events that the house uses, in one form, whichever form the platform chose that day.

A list of one comes as the thing itself; labels and codes come as numbers or texts; `errcode` of a
finished check may be missing, and a negative one has been seen as an unsigned number.
"""

import re
from typing import Any, Literal

import msgspec

from wechat.moderation import OTHER, Suggest, label_of, suggest_of
from wechat.push import Event, PushRefused

MEDIA_CHECK = "wxa_media_check"
POPUP = "subscribe_msg_popup_event"
CHANGE = "subscribe_msg_change_event"
SENT = "subscribe_msg_sent_event"

Scene = Literal["popup", "change", "sent"]

_LISTS: dict[str, tuple[str, Scene]] = {
    POPUP: ("SubscribeMsgPopupEvent", "popup"),
    CHANGE: ("SubscribeMsgChangeEvent", "change"),
    SENT: ("SubscribeMsgSentEvent", "sent"),
}
_UNSIGNED = 1 << 32
_NUMBER = re.compile(r"-?[0-9]{1,10}")


class MediaChecked(msgspec.Struct, frozen=True):
    """The result of a `media_check_async`.

    `errcode` other than 0: nothing was judged (-1008: the picture could not be fetched), and
    `suggest` is None. `label` is as in `wechat.moderation`.
    """

    trace_id: str
    errcode: int
    suggest: Suggest | None
    label: int


class SubscriptionEntry(msgspec.Struct, frozen=True):
    """What a user, or the platform, did with one template.

    `status` is what the user chose: `accept`, `reject` or `ban`, as the platform writes it; empty
    for `sent`, which has `msg_id` and `error` (the platform's code; 0: it arrived).
    """

    template_id: str
    scene: Scene
    status: str
    msg_id: str | None
    error: int | None


def media_checked(event: Event) -> MediaChecked:
    """The result that a `wxa_media_check` brings.

    Raises:
        PushRefused: it names no check, or its verdict cannot be read.
    """
    trace_id = event.data.get("trace_id")
    if event.event != MEDIA_CHECK or not isinstance(trace_id, str) or not trace_id:
        raise PushRefused("body")
    errcode = _number(event.data.get("errcode", 0))
    if errcode is None:
        raise PushRefused("body")
    if errcode != 0:
        return MediaChecked(trace_id, errcode, None, OTHER)
    result = event.data.get("result")
    suggest = suggest_of(result)
    if suggest is None:
        raise PushRefused("body")
    return MediaChecked(trace_id, 0, suggest, label_of(result))


def subscription_entries(event: Event) -> list[SubscriptionEntry]:
    """The entries of a subscribe event, in order; empty for any other event.

    An entry that names no template is left out.
    """
    if event.event not in _LISTS:
        return []
    name, scene = _LISTS[event.event]
    found = event.data.get("List", event.data.get(name))
    if isinstance(found, dict) and "List" in found:
        found = found["List"]
    items = found if isinstance(found, list) else [found]
    entries = (_entry(item, scene) for item in items if isinstance(item, dict))
    return [entry for entry in entries if entry is not None]


def _entry(item: dict[str, Any], scene: Scene) -> SubscriptionEntry | None:
    template_id = item.get("TemplateId")
    if not isinstance(template_id, str) or not template_id:
        return None
    status = item.get("SubscribeStatusString", "")
    msg_id = item.get("MsgID", item.get("MsgId"))
    return SubscriptionEntry(
        template_id=template_id,
        scene=scene,
        status=status if isinstance(status, str) else "",
        msg_id=None if msg_id is None or scene != "sent" else str(msg_id),
        error=_number(item.get("ErrorCode")) if scene == "sent" else None,
    )


def _number(value: Any) -> int | None:
    """A whole number that may be written as text, and a negative one as unsigned."""
    if not _NUMBER.fullmatch(str(value)):
        return None
    number = int(value)
    return number - _UNSIGNED if _UNSIGNED // 2 <= number < _UNSIGNED else number
