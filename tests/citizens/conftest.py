from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from app.citizens.realname import Answered, Asked, RealNames, Verdict, VerifierDown
from app.core.house import House
from tests.agency.conftest import agents

__all__ = ["agents"]


@dataclass
class Authority:
    """Whoever knows which name and ID number belong together; it says what the test tells it."""

    name: str = "service:test"
    says: Verdict | None = Verdict.MATCH
    asked: list[Asked] = field(default_factory=list)

    async def check(self, asked: Asked) -> Answered:
        self.asked.append(asked)
        if self.says is None:
            raise VerifierDown("told to be down")
        return Answered(self.says, f"ref-{len(self.asked)}")

    async def aclose(self) -> None:
        pass


@pytest.fixture
def authority(house: House) -> Iterator[Authority]:
    """The authority that this house asks; without this fixture it asks none."""
    made = Authority()
    before = house.part(RealNames)
    house.put(RealNames(made))
    yield made
    house.put(before)


@pytest.fixture
def setting(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`setting(name=value)` for this test alone."""

    def change(**given: Any) -> None:
        changed = msgspec.structs.replace(house.settings, **given)
        monkeypatch.setattr(house, "settings", changed)

    return change
