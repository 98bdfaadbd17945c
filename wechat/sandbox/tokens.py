"""Access tokens as the platform keeps them: the stable one, and the older kind beside it."""

import secrets

from wechat.sandbox.clock import Clock, Limit
from wechat.sandbox.refusals import Refused

LIFETIME = 7200
OVERLAP = 300
FORCED_A_DAY = 20
FORCED_APART = 30
MINUTE, DAY = 60, 86_400


class Tokens:
    """Issues and checks the tokens of one mini program. Times are seconds."""

    def __init__(self, clock: Clock, *, a_minute: int = 10_000, a_day: int = 500_000) -> None:
        self._clock = clock
        self._a_minute = Limit(clock, a_minute, MINUTE)
        self._a_day = Limit(clock, a_day, DAY)
        self._forced = Limit(clock, FORCED_A_DAY, DAY)
        self._forced_at = float("-inf")
        self._ends: dict[str, float] = {}
        self._stable: str | None = None
        self._plain: str | None = None

    def stable(self, *, force: bool) -> dict[str, object]:
        """The stable token with what is left of it; within its last five minutes the next one.

        `force` ends the token before at once: at most 20 times a day, and without effect within
        30 seconds of the last time.
        """
        if not self._a_minute.allows():
            raise Refused(45011)
        if not self._a_day.allows():
            raise Refused(45009)
        if force:
            self._force()
        elif self._left(self._stable) <= OVERLAP:
            self._stable = self._issue()
        return self._given(self._stable)

    def plain(self) -> dict[str, object]:
        """A new token of the older kind; the one before it lives five minutes more."""
        if self._plain and self._left(self._plain) > OVERLAP:
            self._ends[self._plain] = self._clock.now() + OVERLAP
        self._plain = self._issue()
        return self._given(self._plain)

    def check(self, token: str | None) -> None:
        """Refuse what is missing, unknown, revoked or over."""
        if not token:
            raise Refused(41001)
        if token not in self._ends:
            raise Refused(40001)
        if self._left(token) <= 0:
            raise Refused(42001)

    def revoke(self) -> None:
        """End every token at once, as when the secret was reset."""
        self._ends.clear()
        self._stable = self._plain = None

    def _force(self) -> None:
        soon = self._clock.now() - self._forced_at < FORCED_APART
        if soon and self._left(self._stable) > 0:
            return
        if not self._forced.allows():
            raise Refused(45009)
        self._forced_at = self._clock.now()
        if self._stable:
            self._ends.pop(self._stable, None)
        self._stable = self._issue()

    def _issue(self) -> str:
        token = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(96)}"
        self._ends[token] = self._clock.now() + LIFETIME
        return token

    def _left(self, token: str | None) -> float:
        return self._ends.get(token or "", float("-inf")) - self._clock.now()

    def _given(self, token: str | None) -> dict[str, object]:
        return {"access_token": token, "expires_in": max(int(self._left(token)), 1)}
