"""An applicant whose phone is known to the platform, and a worker that sends what is due."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from app.core import db
from app.core.acts import Act
from app.core.auth import Citizen
from app.core.dispatcher import Dispatcher
from app.core.house import House
from app.notices import service
from app.notices.jobs import HANDLERS
from app.notices.rules import Kind, Telling
from tests.places import citizen_actor
from wechat.sandbox.people import User
from wechat.sandbox.server import RunningSandbox
from wechat.sandbox.state import Sent
from wechat.templates import TEMPLATES, template_id

NUMBER = "511602202610010000017"


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


async def wechat_of(notice_id: UUID | None = None) -> dict[str, Any]:
    """State, reason and time of the only message, or of this one."""
    row = await db.fetch_one(
        "SELECT wechat_state AS state, wechat_error AS error, wechat_at AS at FROM notices"
        " WHERE $1::uuid IS NULL OR id = $1",
        notice_id,
    )
    assert row
    return row
