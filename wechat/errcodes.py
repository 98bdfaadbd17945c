"""The platform's numbers (`errcode`) as typed errors."""

import re

from wechat.errors import (
    BadCredentials,
    BadExpiry,
    BadPage,
    BadQuery,
    BadScene,
    BadTemplate,
    Banned,
    CodeInvalid,
    CodeUsed,
    HighRiskUser,
    InvalidUser,
    NotPublished,
    NotSubscribed,
    PlatformDown,
    QuotaUsedUp,
    SensitiveWord,
    SeveralAtOnce,
    SigningRefused,
    TooOften,
    UserNotActive,
    ValueDoesNotFit,
    WeChatError,
)

_RID = re.compile(r"rid:\s*([0-9a-f]{1,16}(?:-[0-9a-f]{1,16}){0,4})")
_FIELD = re.compile(r"data\.([A-Za-z_]{1,32}[0-9]{0,3})\.value")

STALE_TOKEN = frozenset({40001, 40014, 42001})
"""The access token is not, or no longer, the valid one: a fresh one mends it."""

_CLASSES: dict[int, type[WeChatError]] = {
    -1: PlatformDown,
    40001: BadCredentials,
    40003: InvalidUser,
    40013: BadCredentials,
    40014: BadCredentials,
    40029: CodeInvalid,
    40037: BadTemplate,
    40125: BadCredentials,
    40129: BadScene,
    40163: CodeUsed,
    40164: BadCredentials,
    40165: BadPage,
    40169: BadScene,
    40212: BadQuery,
    40226: HighRiskUser,
    41002: BadCredentials,
    41004: BadCredentials,
    41030: BadPage,
    42001: BadCredentials,
    43101: NotSubscribed,
    43107: Banned,
    43108: SeveralAtOnce,
    44990: TooOften,
    44991: TooOften,
    44993: QuotaUsedUp,
    45009: QuotaUsedUp,
    45011: TooOften,
    45168: SensitiveWord,
    47003: ValueDoesNotFit,
    61010: UserNotActive,
    85079: NotPublished,
    85401: BadExpiry,
    **dict.fromkeys(range(40230, 40241), SigningRefused),
}


def from_answer(errcode: int, errmsg: object) -> WeChatError:
    """The error for an answer of the platform.

    Its `errmsg` is read for the field that it names and for its `rid`, and is then dropped.
    """
    text = errmsg if isinstance(errmsg, str) else ""
    found = _RID.search(text)
    rid = found[1] if found else None
    kind = _CLASSES.get(errcode, WeChatError)
    if kind is ValueDoesNotFit:
        named = _FIELD.search(text)
        return ValueDoesNotFit(field=named[1] if named else "", errcode=errcode, rid=rid)
    return kind(errcode=errcode, rid=rid)
