"""Text messages (短信): their words, and how many the carrier counts. Pure.

Chinese providers send only templates that they have approved, each with its variables; the words
here are those that a hall hands in for approval, so that what is kept is what is read. A text has
no personal data beyond the item and the case number.
"""

import string
from collections.abc import Mapping
from enum import StrEnum

from app.notices.rules import Kind

SIGN = "政务服务"
"""Stands in front of a text where the hall has set no sign name (签名)."""
OPEN_INSTEAD = "请打开微信小程序查看"
"""Stands for a link that could not be made."""
HIDDEN_LINK = "〔链接〕"
"""Stands for the link where the staff read a text."""
LONGEST_VALUE = 20
"""Characters of an item's name in a text."""
ONE, PART = 70, 67
"""Characters of a single text, and of each part of a longer one; letters count like Han."""


class Text(StrEnum):
    """The texts that there are; also the names in the setting `sms_templates`."""

    SUBMITTED = "submitted"
    REMINDER = "reminder"
    READY = "ready"
    RATE = "rate"
    INVITATION = "invitation"  # to rate a visit, to somebody who has no account


TEMPLATES: Mapping[Text, str] = {
    Text.SUBMITTED: "您的“${item}”申请（编号${number}）已提交。${link}",
    Text.REMINDER: "您的“${item}”申请（编号${number}）需要您处理，请尽快查看。${link}",
    Text.READY: "您的“${item}”申请（编号${number}）已办结，请查看结果和领取方式。${link}",
    Text.RATE: "您的“${item}”申请（编号${number}）已办结，请评价我们的服务。${link}",
    Text.INVITATION: "您在${hall}办理的业务已结束，请评价这次服务： ${link} 有效期至${until}。",
}
"""The words of each text, as they are handed in to the provider; `${…}` are its variables."""


def text_of(kind: Kind) -> Text:
    """The text that stands in for a message of `kind`."""
    return Text(kind.value)


def params(item_name: str, number: str) -> dict[str, str]:
    """The variables of the text of a case, apart from the link."""
    item = "".join(item_name.split())
    if len(item) > LONGEST_VALUE:
        item = item[: LONGEST_VALUE - 1] + "…"
    return {"item": item, "number": number}


def filled(text: Text, values: Mapping[str, str]) -> str:
    """The words without the sign. Raises KeyError for a variable that is missing."""
    return string.Template(TEMPLATES[text]).substitute(values)


def signed(sign_name: str, words: str) -> str:
    """The words as they arrive on the phone."""
    return f"【{sign_name or SIGN}】{words}"


def segments(words: str) -> int:
    """How many texts the carrier counts for these words, sign included.

    Units are UTF-16's: an emoji counts as two.
    """
    units = len(words.encode("utf-16-le", "surrogatepass")) // 2
    return 1 if units <= ONE else -(-units // PART)
