"""HTTP of children with their guardian's consent, and of a person's rights to their data."""

from uuid import UUID

from app.citizens import children, rights
from app.citizens.consent_texts import CHILD
from app.citizens.routes import limit
from app.citizens.schemas import ChildIn, ChildShown, ConsentText, Forgotten, FreshCode
from app.core.api import Call, Routes
from app.core.auth import ANYONE, CITIZEN
from app.core.wire import File

routes = Routes("personal", "/api/v1/citizens")


@routes.get("/consents/child", guard=ANYONE)
async def child_consent(call: Call) -> ConsentText:
    """The wording of a guardian's separate consent that is in force."""
    return CHILD


@routes.get("/me/children", guard=CITIZEN)
async def my_children(call: Call) -> list[ChildShown]:
    """The caller's children under 14, masked."""
    return await children.mine(call.act)


@routes.post("/me/children", guard=CITIZEN, status=201)
async def add_child(call: Call, body: ChildIn) -> ChildShown:
    """Enter a child under 14 with the guardian's separate consent; the same again changes nothing.

    Applications for it name it in `on_behalf.child_id`.
    """
    await limit(call, "20/day", "add_child")
    return await children.add(call.act, body)


@routes.delete("/me/children/<child_id:uuid>", guard=CITIZEN)
async def forget_child(call: Call, child_id: UUID) -> None:
    """Withdraw the consent for a child; what of it no case needs is deleted at once."""
    await children.withdraw(call.act, child_id)


@routes.post("/me/export", guard=CITIZEN)
async def export(call: Call, body: FreshCode) -> File:
    """A copy of everything that is kept about the caller, in the clear; recorded."""
    await limit(call, "5/day", "export")
    return await rights.export(call.act, body.code)


@routes.post("/me/withdraw-consent", guard=CITIZEN)
async def withdraw_consent(call: Call) -> Forgotten:
    """Withdraw the consent to keeping one's data; what no case needs is deleted."""
    return await rights.withdraw_consent(call.act)


@routes.post("/me/delete", guard=CITIZEN)
async def delete_account(call: Call, body: FreshCode) -> Forgotten:
    """Delete the account; every session ends, and what no case needs is deleted."""
    return await rights.delete_account(call.act, body.code)
