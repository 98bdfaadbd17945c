"""Where somebody goes who has just signed in: first to what their account still lacks."""

from urllib.parse import urlencode

from app.account import places, words
from app.core import sessions
from app.core.api import Call
from app.halls import accounts
from app.halls.schemas import SignedIn
from app.pages import cookies
from app.pages.routes import Redirect

PASSWORD = "/account/password"  # noqa: S105 - an address
SECOND_FACTOR = "/account/second-factor"


async def enter(call: Call, done: SignedIn, wanted: str, said: str = "") -> Redirect:
    """Into the house with a new session.

    A first password is replaced before anything else, then a second factor is set up that a role
    needs; after that it goes to `wanted`, if that is a page of this server, or to where the person
    begins. `said` is what has just been done.
    """
    house, now = call.act.house, call.act.at
    cookie = cookies.session(house, done.token, now=now, expires_at=done.expires_at)
    if done.first_password:
        query = urlencode({"next": places.local(wanted)})
        return Redirect(f"{PASSWORD}?{query}", cookie=cookie)
    session = await sessions.find(done.token, now)
    person = await accounts.staff_of_session(session, house.settings) if session else None
    assert person is not None, "the session was opened a moment ago"
    waiting = await accounts.waiting_roles(person, house.settings)
    if waiting:
        names = "、".join(words.ROLES[role] for role in waiting)
        said += f"“{names}”须先开启二次验证才能使用，请按下面的步骤设置。"
        return Redirect(SECOND_FACTOR, said=said, cookie=cookie)
    return Redirect(places.after_sign_in(person, wanted), said=said, cookie=cookie)
