"""The sandbox's clock, which can be moved forward, and the limits counted on it."""

import time
from collections import deque


class Clock:
    """Seconds since the epoch, plus what it was moved forward by."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> float:
        """The sandbox's time."""
        return time.time() + self.ahead

    def forward(self, seconds: float) -> None:
        """Move on by `seconds`, at least 0."""
        self.ahead += max(seconds, 0.0)


class Limit:
    """At most `most` events within any `seconds`."""

    def __init__(self, clock: Clock, most: int, seconds: float) -> None:
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._seen: deque[float] = deque()

    def allows(self) -> bool:
        """Count one event; False, and nothing counted, if it is one too many."""
        now = self._clock.now()
        while self._seen and self._seen[0] <= now - self._seconds:
            self._seen.popleft()
        if len(self._seen) >= self._most:
            return False
        self._seen.append(now)
        return True
