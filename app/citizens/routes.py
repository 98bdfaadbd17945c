"""HTTP of citizens' accounts."""

from app.citizens import service
from app.citizens.schemas import (
    ClaimCodeIn,
    ClaimCodeShown,
    Claimed,
    ClaimIn,
    LoggedIn,
    PersonIn,
    PersonShown,
    ProvePhone,
    WeChatLogin,
)
from app.core.api import Call, Routes
from app.core.auth import ANYONE, CITIZEN, Role, require_citizen, staff
from app.core.limits import Limits

routes = Routes("citizens", "/api/v1/citizens")
counter = Routes("counter", "/api/v1/desk/claim-codes")


@routes.post("/log-in", guard=ANYONE)
async def log_in(call: Call, body: WeChatLogin) -> LoggedIn:
    """Log in with the code that `wx.login` gave; a code works once."""
    address = call.request.remote_addr or call.request.ip
    await call.act.house.part(Limits).hit("120/minute", "citizens.log_in", address)
    return await service.log_in(call.act, body.code)


@routes.post("/log-out", guard=CITIZEN)
async def log_out(call: Call) -> None:
    """End this session."""
    await service.log_out(call.act)


@routes.get("/me", guard=CITIZEN)
async def me(call: Call) -> PersonShown:
    """The caller's own account, masked."""
    return await service.me(call.act)


@routes.put("/me", guard=CITIZEN)
async def say_who(call: Call, body: PersonIn) -> PersonShown:
    """Say who one is: name, phone and ID number, with consent to keeping them."""
    return await service.say_who(call.act, body)


@routes.put("/me/phone", guard=CITIZEN)
async def prove_phone(call: Call, body: ProvePhone) -> PersonShown:
    """Prove one's phone number through WeChat; what was done at the counter with it is linked."""
    citizen = require_citizen(call.act.actor)
    await call.act.house.part(Limits).hit("20/hour", "citizens.prove_phone", str(citizen.id))
    await service.prove_phone(call.act, body.code)
    return await service.me(call.act)


@routes.post("/me/claims", guard=CITIZEN)
async def claim(call: Call, body: ClaimIn) -> Claimed:
    """Claim what was done at the counter, by the code on the receipt and one's own ID number."""
    citizen = require_citizen(call.act.actor)
    await call.act.house.part(Limits).hit("20/hour", "citizens.claim", str(citizen.id))
    return Claimed(linked=await service.claim(call.act, body.code))


@counter.post("", guard=staff(Role.CLERK), status=201)
async def claim_code(call: Call, body: ClaimCodeIn) -> ClaimCodeShown:
    """A new claim code for somebody who lost theirs; the clerk has their ID card before them."""
    made = await service.claim_code_again(call.act, body.id_number, body.phone)
    return ClaimCodeShown(code=made.code, expires_at=made.expires_at)
