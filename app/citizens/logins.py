"""Signing in with WeChat, staying signed in, and signing out, here or everywhere."""

from datetime import timedelta
from uuid import UUID

import structlog

from app.citizens.models import Citizen
from app.citizens.rules import device_hint
from app.citizens.schemas import LoggedIn, SessionShown
from app.core import db, sessions
from app.core.acts import Act
from app.core.auth import require_citizen
from app.core.errors import Forbidden, NotFound, NotSignedIn
from wechat.client import WeChat
from wechat.errors import InvalidUser, WeChatError
from wechat.login import WeChatIdentity, check_session, exchange

log = structlog.get_logger(__name__)
SESSION_KEY = "citizens.session_key"
KIND = "citizen"


class LogInAgain(NotSignedIn):
    """WeChat's own session of the user has ended: `wx.login` gives a new code, unseen by them."""

    code = "citizens.log_in_again"
    title = "微信登录状态已失效，请重新登录。"


class AnothersCode(Forbidden):
    """The login code is of another user than the one who is signed in."""

    code = "citizens.anothers_code"
    title = "当前微信用户与登录的账号不一致，请重新登录后再试。"


def _lifetime(act: Act) -> timedelta:
    return timedelta(days=act.house.settings.citizen_session_days)


async def log_in(
    act: Act, code: str, *, model: str | None = None, user_agent: str = ""
) -> LoggedIn:
    """Turn a `wx.login` code into a session, making the account at the first time.

    Args:
        model: the phone as it names itself; without it the kind is told from the user agent.

    Raises:
        WeChatError: the code is invalid or used, or the platform does not answer.
    """
    identity = await exchange(act.house.part(WeChat), act.house.redis, code)
    async with act.transaction() as tx:
        citizen_id = await _enter(act, identity)
        token, expires_at = await sessions.open_session(
            KIND,
            citizen_id,
            now=act.at,
            lifetime=_lifetime(act),
            device=device_hint(model, user_agent),
        )
        tx.audit("citizen.logged_in", f"citizen:{citizen_id}")
    return LoggedIn(token=token, expires_at=expires_at, citizen_id=citizen_id)


async def account_of_code(act: Act, code: str) -> UUID:
    """The account behind a `wx.login` code, made at the first time; opens no session.

    Raises:
        WeChatError: the code is invalid or used, or the platform does not answer.
    """
    identity = await exchange(act.house.part(WeChat), act.house.redis, code)
    async with act.transaction():
        return await _enter(act, identity)


async def prove_present(act: Act, code: str) -> UUID:
    """Make sure, by a fresh `wx.login` code, that the phone of the signed-in user is at hand.

    For what a copied token alone must not do.

    Raises:
        AnothersCode. WeChatError: the code is invalid or used, or the platform does not answer.
    """
    citizen = require_citizen(act.actor)
    identity = await exchange(act.house.part(WeChat), act.house.redis, code)
    if not await Citizen.filter(id=citizen.id, openid=identity.openid).exists():
        raise AnothersCode
    async with act.transaction():
        return await _enter(act, identity)


async def _enter(act: Act, identity: WeChatIdentity) -> UUID:
    sealed = act.house.keyring.seal(identity.session_key.encode(), SESSION_KEY)
    rows = await db.fetch(
        "INSERT INTO citizens (id, openid, unionid, session_key, created_at, seen_at)"
        " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (openid) DO UPDATE SET"
        " session_key = EXCLUDED.session_key, seen_at = EXCLUDED.seen_at,"
        " unionid = coalesce(EXCLUDED.unionid, citizens.unionid) RETURNING id",
        db.new_id(),
        identity.openid,
        identity.unionid,
        sealed,
        act.at,
    )
    found: UUID = rows[0]["id"]
    return found


async def refresh(act: Act, token: str) -> LoggedIn:
    """Another token for the session of this request, for its whole life again; this one dies.

    The platform says whether the user's WeChat session still holds; while it is down, that is
    taken for granted.

    Raises:
        LogInAgain: it does not; the session has ended.
        NotSignedIn: another request has replaced the token a moment ago.
    """
    citizen = require_citizen(act.actor)
    row = await Citizen.get(id=citizen.id)
    if not await _holds(act, row):
        async with act.transaction() as tx:
            await sessions.revoke(citizen.session_id, now=act.at, why="WeChat's session ended")
            tx.audit("citizen.session_ended", f"citizen:{citizen.id}", why="wechat")
        raise LogInAgain
    async with act.transaction() as tx:
        replaced = await sessions.replace_token(token, now=act.at, lifetime=_lifetime(act))
        if replaced is None:
            raise NotSignedIn("登录已过期，请重新登录。")
        await Citizen.filter(id=citizen.id).update(seen_at=act.at)
        tx.audit("citizen.session_refreshed", f"citizen:{citizen.id}")
    return LoggedIn(token=replaced[0], expires_at=replaced[1], citizen_id=citizen.id)


async def _holds(act: Act, row: Citizen) -> bool:
    """Whether WeChat's session still holds; True where there is nothing to ask, or nobody."""
    key = row.session_key
    if row.openid is None or key is None:
        return True
    try:
        return await check_session(act.house.part(WeChat), row.openid, key.reveal())
    except InvalidUser:
        return False
    except WeChatError as error:
        log.warning("citizens.session_unchecked", errcode=error.errcode)
        return True


async def mine(act: Act) -> list[SessionShown]:
    """Where the caller is signed in, the place seen last on top."""
    citizen = require_citizen(act.actor)
    found = await sessions.of_subject(KIND, citizen.id, act.at)
    return [
        SessionShown(
            id=one.id,
            device=one.device,
            created_at=one.created_at,
            seen_at=one.seen_at,
            expires_at=one.expires_at,
            here=one.id == citizen.session_id,
        )
        for one in found
    ]


async def log_out(act: Act) -> None:
    """End the session of this request."""
    citizen = require_citizen(act.actor)
    async with act.transaction() as tx:
        await sessions.revoke(citizen.session_id, now=act.at, why="logged out")
        tx.audit("citizen.logged_out", f"citizen:{citizen.id}")


async def end(act: Act, session_id: UUID) -> None:
    """End one of the caller's sessions, such as that of a phone they have lost.

    Raises:
        NotFound: there is none, or it is another's, or it has ended.
    """
    citizen = require_citizen(act.actor)
    async with act.transaction() as tx:
        own = await sessions.of_subject(KIND, citizen.id, act.at)
        if session_id not in {one.id for one in own}:
            raise NotFound("没有找到这个登录。")
        await sessions.revoke(session_id, now=act.at, why="ended by its owner")
        tx.audit("citizen.session_ended", f"citizen:{citizen.id}", why="owner")


async def log_out_everywhere(act: Act) -> int:
    """End all of the caller's sessions, this one too; returns how many there were.

    WeChat's session key is forgotten with them.
    """
    citizen = require_citizen(act.actor)
    async with act.transaction() as tx:
        await Citizen.filter(id=citizen.id).update(session_key=None)
        ended = await sessions.revoke_all(KIND, citizen.id, now=act.at, why="logged out everywhere")
        tx.audit("citizen.logged_out_everywhere", f"citizen:{citizen.id}", sessions=ended)
    return ended
