"""An authenticator on a phone, for tests: knows the secret and reads the house's clock."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.core.acts import Act
from app.core.house import House
from app.halls import code_rules, second_factor
from tests.places import Place


@dataclass
class Authenticator:
    """What shows the codes; `recovery` are the codes on paper."""

    secret: str
    house: House
    recovery: list[str]

    def code(self, steps: int = 0) -> str:
        """The code of this moment, or of some steps later."""
        return code_rules.code_at(self.secret, code_rules.step_of(self.house.clock.now()) + steps)

    @classmethod
    def scanned(cls, page: str, house: House) -> "Authenticator":
        """One that has the secret which a page shows in groups of four."""
        found = re.search(r"((?:[A-Z2-7]{4} +){7}[A-Z2-7]{4})", page)
        assert found, page
        return cls(found[1].replace(" ", ""), house, [])


async def with_second_factor(
    act_as: Callable[..., Act], place: Place, name: str, house: House
) -> Authenticator:
    """Switch on the second factor of a staff member; a step later, so that a new code is due."""
    person = await place.actor(act_as(), name)
    begun = await second_factor.begin(act_as(person))
    phone = Authenticator(begun.secret, house, [])
    made = await second_factor.confirm(act_as(person), phone.code())
    phone.recovery = made.codes
    house.clock.shift(timedelta(seconds=code_rules.STEP_SECONDS))
    return phone
