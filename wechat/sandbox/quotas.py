"""How often the platform lets each call be made."""

from typing import Annotated

import msgspec

from wechat.sandbox.clock import Clock, Limit
from wechat.sandbox.refusals import Refused

SEND = "/cgi-bin/message/subscribe/send"
CODE = "/wxa/getwxacodeunlimit"
LINK = "/wxa/generate_urllink"
TEXT_CHECK = "/wxa/msg_sec_check"
MEDIA_CHECK = "/wxa/media_check_async"
SECOND, MINUTE, DAY = 1, 60, 86_400

_Most = Annotated[int, msgspec.Meta(ge=0)]


class Quota(msgspec.Struct, forbid_unknown_fields=True):
    """At most `most` calls of `path` within any `seconds`; past it, the refusal `errcode`."""

    path: str
    most: _Most
    seconds: Annotated[float, msgspec.Meta(gt=0)]
    errcode: int = 45009


STANDARD = (
    Quota(SEND, 10_000_000, DAY),
    Quota(CODE, 5_000, MINUTE),
    Quota(LINK, 100, SECOND, 44990),
    Quota(LINK, 500_000, DAY, 44993),
    Quota(TEXT_CHECK, 4_000, MINUTE),
    Quota(TEXT_CHECK, 2_000_000, DAY),
    Quota(MEDIA_CHECK, 2_000, MINUTE),
    Quota(MEDIA_CHECK, 200_000, DAY),
)
"""The platform's own; those of tokens and logins are with them."""


class Quotas:
    """The quotas in force, and what is left of them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: list[tuple[Quota, Limit]] = []
        self.reset()

    @property
    def in_force(self) -> list[Quota]:
        """All of them."""
        return [quota for quota, _ in self._kept]

    def reset(self) -> None:
        """The platform's own again, none of them used."""
        self._kept.clear()
        for quota in STANDARD:
            self._add(quota)

    def put(self, quota: Quota) -> None:
        """Put one in force, in place of one for the same path and length of time."""
        same = (quota.path, quota.seconds)
        self._kept = [kept for kept in self._kept if (kept[0].path, kept[0].seconds) != same]
        self._add(quota)

    def count(self, path: str) -> None:
        """Count a call, or refuse it."""
        for quota, limit in self._kept:
            if quota.path == path and not limit.allows():
                raise Refused(quota.errcode)

    def _add(self, quota: Quota) -> None:
        self._kept.append((quota, Limit(self._clock, quota.most, quota.seconds)))
