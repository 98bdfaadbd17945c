"""HTTP of citizens' accounts: signing in, saying who one is, claiming, and the window's part."""

from uuid import UUID

from app.citizens import cards, logins, phones, profile, service
from app.citizens.schemas import (
    CardSeen,
    CardTaken,
    ClaimCodeIn,
    ClaimCodeShown,
    Claimed,
    ClaimIn,
    Consents,
    LoggedIn,
    PersonIn,
    PersonShown,
    ProvePhone,
    SessionsEnded,
    SessionShown,
    WeChatLogin,
    WindowCodeShown,
)
from app.core.api import Call, Routes
from app.core.auth import ANYONE, CITIZEN, Role, require_citizen, require_staff, staff
from app.core.identity import token_of
from app.core.limits import Limits

routes = Routes("citizens", "/api/v1/citizens")
counter = Routes("counter", "/api/v1/desk/claim-codes")
window = Routes("identities", "/api/v1/desk/identities")


async def limit(call: Call, rate: str, what: str) -> None:
    """Let a citizen do something only so often. Raises TooMany."""
    caller = str(require_citizen(call.act.actor).id)
    await call.act.house.part(Limits).hit(rate, f"citizens.{what}", caller)


@routes.post("/log-in", guard=ANYONE)
async def log_in(call: Call, body: WeChatLogin) -> LoggedIn:
    """Log in with the code that `wx.login` gave; a code works once."""
    await call.act.house.part(Limits).hit("120/minute", "citizens.log_in", call.address)
    agent = call.request.headers.getone("User-Agent", "")
    return await logins.log_in(call.act, body.code, model=body.device, user_agent=agent)


@routes.post("/refresh", guard=CITIZEN)
async def refresh(call: Call) -> LoggedIn:
    """Another token for this session, good for its whole life again; the one sent dies at once.

    401 `citizens.log_in_again`: `wx.login` first. An answer that was lost is no loss: log in.
    """
    await limit(call, "60/hour", "refresh")
    return await logins.refresh(call.act, token_of(call.request))


@routes.post("/log-out", guard=CITIZEN)
async def log_out(call: Call) -> None:
    """End this session."""
    await logins.log_out(call.act)


@routes.post("/log-out-everywhere", guard=CITIZEN)
async def log_out_everywhere(call: Call) -> SessionsEnded:
    """End all sessions of this account, on every phone, this one too."""
    return SessionsEnded(ended=await logins.log_out_everywhere(call.act))


@routes.get("/me/sessions", guard=CITIZEN)
async def sessions(call: Call) -> list[SessionShown]:
    """Where this account is signed in."""
    return await logins.mine(call.act)


@routes.delete("/me/sessions/<session_id:uuid>", guard=CITIZEN)
async def end_session(call: Call, session_id: UUID) -> None:
    """End one of the caller's sessions, such as that of a lost phone."""
    await logins.end(call.act, session_id)


@routes.get("/me", guard=CITIZEN)
async def me(call: Call) -> PersonShown:
    """The caller's own account, masked."""
    return await profile.me(call.act)


@routes.put("/me", guard=CITIZEN)
async def say_who(call: Call, body: PersonIn) -> PersonShown:
    """Say who one is: name, phone and ID number, with consent to keeping and checking them."""
    await limit(call, "60/hour", "say_who")
    return await profile.say_who(call.act, body)


@routes.put("/me/phone", guard=CITIZEN)
async def prove_phone(call: Call, body: ProvePhone) -> PersonShown:
    """Prove one's phone number through WeChat; what was done at the counter with it is linked."""
    await limit(call, "20/hour", "prove_phone")
    await phones.prove(call.act, body)
    return await profile.me(call.act)


@routes.post("/me/window-code", guard=CITIZEN)
async def window_code(call: Call, body: Consents) -> WindowCodeShown:
    """A code to read to the clerk, who sets this account's identity from the ID card."""
    await limit(call, "20/hour", "window_code")
    return await cards.make_code(call.act, consent=body.consent)


@routes.post("/me/claims", guard=CITIZEN)
async def claim(call: Call, body: ClaimIn) -> Claimed:
    """Claim what was done at the counter, by the code on the receipt and one's own ID number."""
    await limit(call, "20/hour", "claim")
    return Claimed(linked=await service.claim(call.act, body.code))


@counter.post("", guard=staff(Role.CLERK), status=201)
async def claim_code(call: Call, body: ClaimCodeIn) -> ClaimCodeShown:
    """A new claim code for somebody who lost theirs; the clerk has their ID card before them."""
    made = await service.claim_code_again(call.act, body.id_number, body.phone)
    return ClaimCodeShown(code=made.code, expires_at=made.expires_at)


@window.post("", guard=staff(Role.CLERK))
async def card_seen(call: Call, body: CardSeen) -> CardTaken:
    """Set the identity of a citizen's account to what their ID card says, by the code they read."""
    clerk = require_staff(call.act.actor)
    await call.act.house.part(Limits).hit("120/hour", "citizens.card_seen", str(clerk.id))
    return await cards.take(call.act, body)
