"""An applicant whose phone is known to the platform, and a worker that sends what is due."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.dispatcher import Dispatcher
from app.core.house import House
from app.notices import service
from app.notices.jobs import HANDLERS
from app.notices.rules import Kind, Telling
from app.notices.sms import FolderSms, Sms
from app.settings import Settings
from tests.places import citizen_actor
from wechat.sandbox.people import User
from wechat.sandbox.server import RunningSandbox
from wechat.sandbox.state import Sent
from wechat.templates import TEMPLATES, template_id

NUMBER = "511602202610010000017"
PHONE = "13812345678"
ID_NUMBER = "51160219900307123X"


@dataclass
class Applicant:
    """A citizen: their actor, their phone's headers, and who they are to the platform."""

    actor: Citizen
    headers: dict[str, str]
    user: User
    act_as: Callable[..., Act]
    sandbox: RunningSandbox

    def told(self, kind: Kind = Kind.SUBMITTED, **given: Any) -> Telling:
        """What this applicant is to be told; `given` replaces parts of it."""
        usual: dict[str, Any] = {
            "citizen_id": self.actor.id,
            "kind": kind,
            "key": f"case:{NUMBER}:{kind}",
            "subject": f"case:{NUMBER}",
            "case_number": NUMBER,
            "item_name": "食品小作坊登记",
            "status": "已提交",
            "at": datetime(2026, 10, 1, 7, 30, tzinfo=UTC),
            "remark": "请留意办理进度。",
        }
        return Telling(**(usual | given))

    async def tell(self, kind: Kind = Kind.SUBMITTED, **given: Any) -> bool:
        """Tell them."""
        return await service.tell(self.act_as(), self.told(kind, **given))

    def subscribe(self, kind: Kind = Kind.SUBMITTED, count: int = 1) -> None:
        """They agree to so many messages of the kind."""
        wanted = f"sandbox-{kind}"
        self.user.subscriptions[wanted] = (self.user.subscriptions.get(wanted) or 0) + count

    def received(self) -> list[Sent]:
        """What reached their phone."""
        return [sent for sent in self.sandbox.platform.sent if sent.openid == self.user.openid]

    async def has_phone(self, phone: str = PHONE) -> None:
        """They have said who they are, with a phone number."""
        keyring = self.act_as().house.keyring
        await db.execute(
            "UPDATE citizens SET name = $2, phone = $3, id_number = $4 WHERE id = $1",
            self.actor.id,
            keyring.seal("张三".encode(), "citizens.name"),
            keyring.seal(phone.encode(), "citizens.phone"),
            keyring.seal(ID_NUMBER.encode(), "citizens.id_number"),
        )


@pytest.fixture
async def applicant(
    house: House, act_as: Callable[..., Act], wechat: RunningSandbox, request: pytest.FixtureRequest
) -> Applicant:
    wechat.platform.faults.clear()
    wechat.platform.sent.clear()
    user = wechat.platform.people.user(person=request.node.name)
    user.subscriptions.clear()
    user.banned = False
    actor, headers = await citizen_actor(act_as(), user.openid)
    assert template_id(house.settings, "rate") == "sandbox-rate"
    assert set(TEMPLATES) == set(Kind)
    return Applicant(actor, headers, user, act_as, wechat)


@pytest.fixture
def send_due(house: House) -> Callable[[], Awaitable[int]]:
    """`await send_due()` tries every message that is due, each once."""
    return Dispatcher(house, HANDLERS).work_once


@pytest.fixture
def send_all(house: House, send_due: Callable[[], Awaitable[int]]) -> Callable[[], Awaitable[None]]:
    """`await send_all()` goes on for three days, hour by hour, until nothing is to be done."""

    async def work() -> None:
        for _ in range(72):
            while await send_due():
                pass
            house.clock.shift(timedelta(hours=1))

    return work


@pytest.fixture
def settings_with(house: House, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """`settings_with(quiet_hours=…)` sets these for the test."""

    def change(**given: Any) -> Settings:
        changed = msgspec.structs.replace(house.settings, **given)
        monkeypatch.setattr(house, "settings", changed)
        return changed

    return change


@pytest.fixture
def folder(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder into which texts are written."""
    monkeypatch.setitem(house._parts, Sms, Sms(FolderSms(tmp_path / "sms")))
    return tmp_path / "sms"


def texts_in(folder: Path) -> list[dict[str, str]]:
    """The texts of a folder."""
    return [json.loads(file.read_bytes()) for file in sorted(folder.glob("*.json"))]


async def wechat_of(notice_id: UUID | None = None) -> dict[str, Any]:
    """State, reason and time of the only message, or of this one."""
    row = await db.fetch_one(
        "SELECT wechat_state AS state, wechat_error AS error, wechat_at AS at, wechat_tries AS"
        " tries FROM notices WHERE $1::uuid IS NULL OR id = $1",
        notice_id,
    )
    assert row
    return row


async def entry(topic: str = "notices.wechat") -> dict[str, Any]:
    """The only outbox entry of a topic."""
    (row,) = await db.fetch(
        "SELECT state, last_error AS error, due_at, attempts FROM outbox WHERE topic = $1", topic
    )
    return row


async def only_id(table: str = "notices") -> UUID:
    """The id of the only row."""
    (row,) = await db.fetch(f"SELECT id FROM {table}")
    found: UUID = row["id"]
    return found


async def text_of(text_id: UUID | None = None) -> dict[str, Any]:
    """The only text message, or this one."""
    row = await db.fetch_one("SELECT * FROM texts WHERE $1::uuid IS NULL OR id = $1", text_id)
    assert row
    return row
