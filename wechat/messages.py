"""Subscribe messages: composed by a template's keys, fitted to its types, sent."""

from collections.abc import Mapping

from wechat.client import WeChat
from wechat.errors import BadTemplate
from wechat.rules import check_message_page, fit, fit_all
from wechat.templates import TEMPLATES

__all__ = ["compose", "fit", "send"]


def compose(name: str, values: Mapping[str, str]) -> dict[str, str]:
    """The data of the template `name` (of `wechat.templates`), in its order, every value fitted.

    Raises:
        BadTemplate: there is no such template, or a key is missing or unknown.
        ValueDoesNotFit: a value cannot be made to fit; it names the field.
    """
    template = TEMPLATES.get(name)
    if template is None:
        raise BadTemplate(f"没有名为 {name!r} 的消息模板。")
    wrong = sorted(set(template.fields) ^ set(values))
    if wrong:
        raise BadTemplate(f"消息模板“{template.title}”缺少或多出字段：{'、'.join(wrong)}。")
    return {key: fit(key, values[key]) for key in template.fields}


async def send(
    client: WeChat,
    openid: str,
    template_id: str,
    data: Mapping[str, str],
    *,
    page: str | None = None,
    state: str = "formal",
) -> None:
    """Send one message; every value is fitted first, so that the platform refuses none.

    `data` is key → value; `page` is where a tap leads (no leading `/`), `state` the build that
    opens: `formal`, `trial` or `developer`.

    Raises:
        ValueDoesNotFit, BadPage: nothing was sent.
        NotSubscribed, InvalidUser, BadTemplate, Banned, SensitiveWord: sending again is useless.
        SeveralAtOnce, QuotaUsedUp, TooOften, BadCredentials, PlatformDown: `retryable`.
        NoAnswer: the message may have arrived all the same.
    """
    if page is not None:
        check_message_page(page)
    await client.send_subscribe_message(openid, template_id, fit_all(data), page=page, state=state)
