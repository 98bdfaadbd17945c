"""A rater with a phone that the platform knows, and an outbox that is worked on at any hour."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.dispatcher import Dispatcher
from app.core.house import House
from app.moderation.jobs import HANDLERS
from app.moderation.words import Words
from app.pushes.service import PushDoor
from tests.evaluations.hub import visit
from tests.places import Place, citizen_actor, staff_headers
from wechat.push import PushKeys
from wechat.sandbox.envelopes import Target
from wechat.sandbox.faults import Fault
from wechat.sandbox.moderation import Checked, standard_rules
from wechat.sandbox.people import User
from wechat.sandbox.server import RunningSandbox

AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TOKEN = "token-of-pushes"
GOOD, RISKY, ODD = "办得很快。", "这里有违禁词。", "这里有疑似词。"
Work = Callable[[], Awaitable[int]]


@dataclass
class Rater:
    """A citizen with their phone, at the counter of window 01."""

    actor: Citizen
    headers: dict[str, str]
    user: User
    act_as: Callable[..., Act]
    place: Place
    client: httpx.AsyncClient
    sandbox: RunningSandbox

    def act(self) -> Act:
        return self.act_as(self.actor)

    def asked(self, kind: str = "text") -> list[Checked]:
        """What the platform was asked about this person."""
        checked = self.sandbox.platform.moderation.checked
        return [one for one in checked if one.openid == self.user.openid and one.kind == kind]

    def leaves(self) -> None:
        """They have not been in the mini program for two hours."""
        self.user.active_at = self.sandbox.platform.clock.now() - 7_300

    def breaks_down(self, **fault: Any) -> None:
        """The platform's content check fails from now on."""
        usual: dict[str, Any] = {"kind": "http_5xx", "path": "/wxa/"}
        self.sandbox.platform.faults.add(Fault(**(usual | fault)))

    async def rates(self, comment: str = GOOD, level: int = 5) -> UUID:
        """They rate a visit of their own in the mini program."""
        served = await visit(self.act_as, self.place, citizen_id=self.actor.id)
        tags = {1: ["115"], 2: ["213"]}.get(level, [])
        body = {"service_id": str(served.id), "level": level, "tags": tags, "comment": comment}
        answer = await self.client.post("/api/v1/ratings", json=body, headers=self.headers)
        assert answer.status_code == 201, answer.text
        assert answer.json()["comment"] == comment, "whoever wrote it sees it as it is"
        return UUID(answer.json()["id"])


@pytest.fixture
async def rater(
    *,
    house: House,
    act_as: Callable[..., Act],
    place: Place,
    client: httpx.AsyncClient,
    wechat: RunningSandbox,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Rater]:
    platform = wechat.platform
    platform.faults.clear()
    platform.quotas.__init__(platform.clock)  # type: ignore[misc]
    platform.moderation.rules = standard_rules()
    user = platform.people.user(person=request.node.name)
    user.active_at = platform.clock.now()
    actor, headers = await citizen_actor(act_as(), user.openid)
    yield Rater(actor, headers, user, act_as, place, client, wechat)
    platform.faults.clear()
    platform.moderation.rules = standard_rules()


@pytest.fixture
def work(house: House) -> Work:
    """`await work()` handles what is due of the checks, and what that puts off until now."""

    async def run() -> int:
        dispatcher, done = Dispatcher(house, HANDLERS), 0
        while handled := await dispatcher.work_once():
            done += handled
        return done

    return run


@pytest.fixture
def for_days(house: House, work: Work) -> Callable[..., Awaitable[None]]:
    """`await for_days(2)` goes on hour by hour."""

    async def go(days: int) -> None:
        for _ in range(24 * days):
            await work()
            house.clock.shift(timedelta(hours=1))
        await work()

    return go


@pytest.fixture
def settings_with(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def change(**given: Any) -> None:
        monkeypatch.setattr(house, "settings", msgspec.structs.replace(house.settings, **given))

    return change


@pytest.fixture
def words(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """The file of the hall's own words."""
    path = tmp_path / "words.txt"
    path.write_text("坏蛋\n", encoding="utf-8")
    monkeypatch.setitem(house._parts, Words, Words(str(path)))
    return path


@pytest.fixture
async def pushing(
    *,
    house: House,
    wechat: RunningSandbox,
    server_url: str,
    settings_with: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[RunningSandbox]:
    """The platform fetches pictures from the house, and pushes their verdicts to it."""
    settings_with(public_url=server_url)
    keys = PushKeys(TOKEN, AES_KEY, "wx-test")
    monkeypatch.setitem(house._parts, PushDoor, PushDoor(keys))
    pushes = wechat.platform.pushes
    habits = pushes.habits
    pushes.aim(Target(f"{server_url}/wechat/push", TOKEN, AES_KEY))
    pushes.habits = msgspec.structs.replace(habits, delay=0, duplicates=1, retry_seconds=0)
    yield wechat
    await pushes.settled()
    pushes.aim(None)
    pushes.habits = habits


@pytest.fixture
async def supervisor(act_as: Callable[..., Act], place: Place) -> dict[str, str]:
    return await staff_headers(act_as(), place, "supervisor")


async def check_of(subject: str | UUID) -> dict[str, Any]:
    """The check of a rating, or of this subject."""
    name = f"rating:{subject}" if isinstance(subject, UUID) else subject
    row = await db.fetch_one("SELECT * FROM content_checks WHERE subject = $1", name)
    assert row, f"{name} is not checked"
    return row


async def state_of(subject: str | UUID) -> tuple[str, str | None]:
    row = await check_of(subject)
    return row["state"], row["why"]
