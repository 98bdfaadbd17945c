"""HTTP of citizens' accounts."""

from app.citizens import service
from app.citizens.schemas import LoggedIn, PersonIn, PersonShown, WeChatLogin
from app.core.api import Call, Routes
from app.core.auth import ANYONE, CITIZEN
from app.core.limits import Limits

routes = Routes("citizens", "/api/v1/citizens")


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
