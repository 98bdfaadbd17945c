"""What a running process holds: its settings, keys, clock, and the parts features put in."""

from dataclasses import dataclass, field
from typing import TypeVar

from redis.asyncio import Redis

from app.core.clock import Clock
from app.core.live import Live
from app.core.privacy import Keyring
from app.core.storage import Storage
from app.settings import Settings

Part = TypeVar("Part")


@dataclass
class House:
    """The things of a process that every act may need. Made once by `app.server`."""

    settings: Settings
    keyring: Keyring
    redis: Redis
    storage: Storage
    live: Live
    clock: Clock = field(default_factory=Clock)
    _parts: dict[type, object] = field(default_factory=dict)

    def put(self, *parts: object) -> None:
        """Add parts that the ground floor does not know, such as the WeChat client."""
        self._parts.update((type(part), part) for part in parts)

    def part(self, kind: type[Part]) -> Part:
        """The part of this type. Raises KeyError if `app.server` did not put one in."""
        found = self._parts[kind]
        assert isinstance(found, kind)
        return found
