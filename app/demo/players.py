"""Who plays in the demonstration's story: citizens and staff, each act at the moment of its scene.

The clock of the house stands at that moment meanwhile: whatever is written down looks as if it had
happened then. Everything is done by the services that do it in a hall, by people who may.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import httpx
import msgspec

from app.cases import facts as cases
from app.cases.intake import acceptance, prechecks
from app.cases.intake import service as intake
from app.cases.intake.schemas import SubmitCase
from app.cases.review import service as review
from app.catalog import service as catalog
from app.catalog import views
from app.catalog.schemas import ItemQuery, Offered
from app.citizens import phones
from app.citizens import service as citizens
from app.citizens.schemas import ProvePhone
from app.core import db
from app.core.acts import Act, system_act
from app.core.auth import Citizen, Staff
from app.core.house import House
from app.core.sessions import LiveSession
from app.demo.applications import Application
from app.demo.drawings import drawn, portrait
from app.demo.invented import Somebody
from app.halls import accounts
from app.materials import service as materials
from app.materials.intake import Upload


class Players:
    """Everybody who plays, in one house; a part of the story asks them to act, and they do."""

    def __init__(
        self, house: House, hall_id: UUID, folder: Path, sandbox: httpx.AsyncClient
    ) -> None:
        self.house = house
        self._sandbox = sandbox
        self.hall_id = hall_id
        self._folder = folder
        self._staff: dict[str, Staff] = {}
        self._citizens: dict[str, Citizen] = {}
        self._items: dict[str, Offered] = {}
        self._photos = 0

    @property
    def now(self) -> datetime:
        """The moment of this scene."""
        return self.house.clock.now()

    def go_to(self, moment: datetime) -> None:
        """The next scene is at this moment."""
        self.house.clock.shift(moment - self.now)

    def by_itself(self) -> Act:
        """What happens of its own accord."""
        return system_act(self.house, "demo")

    async def staff(self, login: str) -> Act:
        """An act of a staff member, now."""
        if login not in self._staff:
            row = await db.fetch_one("SELECT id FROM staff WHERE login = $1", login)
            assert row, f"the seed has made {login}"
            session = LiveSession(db.new_id(), "staff", row["id"])
            found = await accounts.staff_of_session(session, self.house.settings)
            assert found, f"{login} is active"
            self._staff[login] = found
        return Act(self.house, self._staff[login], self.now)

    async def citizen(self, who: Somebody) -> Act:
        """An act of a citizen, now; the first time they make themselves known."""
        if who.name not in self._citizens:
            code = await self._code("login-codes", person=who.name)
            account = await citizens.account_of_code(self.by_itself(), code)
            self._citizens[who.name] = Citizen(account, db.new_id())
            act = Act(self.house, self._citizens[who.name], self.now)
            await citizens.say_who(act, msgspec.convert(who.says, citizens.PersonIn))
            code = await self._code("phone-codes", person=who.name, phone=who.phone)
            await phones.prove(act, ProvePhone(code=code))
        return Act(self.house, self._citizens[who.name], self.now)

    async def _code(self, kind: str, **wanted: str) -> str:
        """A code as a phone obtains it from the platform's stand-in."""
        address = f"{self.house.settings.wechat_base_url}/_sandbox/{kind}"
        answer = await self._sandbox.post(address, json=wanted)
        code: str = answer.raise_for_status().json()["code"]
        return code

    async def item(self, name: str) -> Offered:
        """The published item of this name."""
        if name not in self._items:
            found = await views.listed(ItemQuery(hall_id=self.hall_id, q=name))
            item_id = next(row.id for row in found.items if row.name == name)
            self._items[name] = await catalog.published(item_id)
        return self._items[name]

    async def department(self, name: str) -> UUID:
        """The department of this name."""
        query = "SELECT id FROM departments WHERE hall_id = $1 AND name = $2"
        row = await db.fetch_one(query, self.hall_id, name)
        assert row, f"the seed has made {name}"
        found: UUID = row["id"]
        return found

    def drawing(self, words: str) -> Upload:
        """A photo that somebody is about to send; no two are the same."""
        return self._upload(drawn(f"{words} {self._photos + 1}"), words)

    def portrait(self, number: int) -> Upload:
        """A staff member's photo; the same number is the same face."""
        return self._upload(portrait(number), "照片")

    def _upload(self, content: bytes, words: str) -> Upload:
        self._photos += 1
        path = self._folder / f"{self._photos}.jpg"
        path.write_bytes(content)
        return Upload(path, len(content), f"{words}.jpg")

    async def photo(self, act: Act, words: str) -> UUID:
        """A citizen sends a photo."""
        return (await materials.take_in(act, self.drawing(words))).id

    async def number(self, case_id: UUID) -> str:
        """The number of a case."""
        return (await cases.facts([case_id]))[case_id].number

    async def body(
        self, wanted: Application, photo: Callable[[str], Awaitable[UUID]], **more: Any
    ) -> dict[str, Any]:
        """An application filled in: what can be deferred is, what can be pledged is."""
        offered = catalog.narrowed(await self.item(wanted.item), wanted.answers)
        lines = [line for line in offered.guide.materials if line.required and not line.waived]
        pledged = [line.code for line in lines if line.pledge]
        deferred = [line.code for line in lines if line.deferrable and not line.pledge]
        photos = [
            {"requirement": line.code, "material_ids": [await photo(line.code)]}
            for line in lines
            if line.code not in (*pledged, *deferred)
        ]
        return {
            "item_id": offered.item_id,
            "version_id": offered.version_id,
            "answers": wanted.answers,
            "form": wanted.form,
            "materials": photos,
            "deferred": deferred,
            "deferral_pledge": bool(deferred),
            "pledged": pledged,
            "pledge_agreed": bool(pledged),
            "delivery": {"way": "electronic"},
        } | more

    async def file(self, who: Somebody, wanted: Application, **more: Any) -> UUID:
        """A citizen applies on the phone."""
        act = await self.citizen(who)
        photo = partial(self.photo, act)
        given = msgspec.convert(await self.body(wanted, photo, **more), SubmitCase)
        return (await intake.submit(act, given)).id

    async def accept(self, case_id: UUID, by: str = "clerk1") -> None:
        """The window pre-checks and accepts."""
        await prechecks.pre_check(await self.staff(by), case_id)
        await acceptance.accept(await self.staff(by), case_id)

    async def task(self, case_id: UUID, department: str) -> UUID:
        """The open part of a department in a case."""
        row = await db.fetch_one(
            "SELECT id FROM case_tasks WHERE case_id = $1 AND department_id = $2"
            " AND state = 'open'",
            case_id,
            await self.department(department),
        )
        assert row, f"{department} is at work on the case"
        found: UUID = row["id"]
        return found

    async def grant(self, case_id: UUID, login: str, department: str) -> None:
        """A department agrees."""
        task = await self.task(case_id, department)
        await review.grant(await self.staff(login), task, "符合条件，同意。")


def photo_folder() -> TemporaryDirectory[str]:
    """Where drawn photos lie until they are sent."""
    return TemporaryDirectory(prefix="zhangban-story-")
