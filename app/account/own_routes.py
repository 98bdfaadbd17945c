"""One's own account: who am I, password, second factor, sessions, duty."""

from uuid import UUID

from app.account import places, qr, words
from app.account.entering import PASSWORD, enter
from app.account.forms import DutyForm, PasswordForm, SignInQuery
from app.core.api import Call
from app.core.auth import AT_DOOR, STAFF, Role, require_staff, staff
from app.core.errors import InvalidBody, Problem
from app.halls import accounts, administration, own_account, second_factor
from app.halls import service as halls
from app.halls.schemas import PasswordChange, Proof, RecoveryCodes
from app.pages import cookies
from app.pages.routes import PageRoutes, Redirect, View

pages = PageRoutes("account", "/account")


@pages.page("/", guard=STAFF)
async def account(call: Call) -> View:
    """Who is signed in: roles, sessions, duty."""
    act, person = call.act, require_staff(call.act.actor)
    roles = await accounts.roles_of(person.id)
    waiting = await accounts.waiting_roles(person, act.house.settings)
    scopes = [place for role in roles for place in (role.hall_id, role.department_id)]
    names = await halls.names(person.hall_id, person.window_id, *scopes)
    return View(
        "account/account.html",
        title="账号",
        hall=names.get(person.hall_id, ""),
        window=names.get(person.window_id) if person.window_id else None,
        windows=await _windows(person.hall_id) if person.has(Role.CLERK) else [],
        roles=[
            {
                "name": words.ROLES[role.role],
                "scope": names.get(role.department_id or role.hall_id, ""),
                "whole": role.department_id is None,
                "waits": role.role in waiting,
            }
            for role in roles
        ],
        sessions=await own_account.my_sessions(act),
        factor=await second_factor.state(person.id),
    )


async def _windows(hall_id: UUID) -> list[tuple[str, str]]:
    return [
        (str(window.id), f"{window.number} {window.name}")
        for window in await administration.windows(hall_id)
        if window.staff_id is None
    ]


@pages.form("/duty", guard=staff(Role.CLERK))
async def begin_duty(call: Call, body: DutyForm) -> Redirect:
    """Begin to serve at a window."""
    await halls.start_duty(call.act, body.window_id)
    return Redirect("/account", said="您已上岗。")


@pages.form("/duty/end", guard=STAFF)
async def end_duty(call: Call) -> Redirect:
    """Stop serving."""
    ended = await halls.end_duty(call.act)
    return Redirect("/account", said="您已离岗。" if ended else "您当前没有上岗。")


@pages.form("/sessions/<session_id:uuid>/end", guard=STAFF)
async def end_session(call: Call, session_id: UUID) -> Redirect:
    """End one of the caller's own sessions."""
    await own_account.end_session(call.act, session_id)
    return Redirect("/account", said="已结束这处登录。")


@pages.form("/sessions/end-others", guard=STAFF)
async def end_other_sessions(call: Call) -> Redirect:
    """End all sessions of the caller but this one."""
    ended = await own_account.end_other_sessions(call.act)
    return Redirect("/account", said=f"已结束其他 {ended} 处登录。")


@pages.page("/password", guard=AT_DOOR)
async def password_page(call: Call, query: SignInQuery) -> View:
    """Where the password is changed, and a first one replaced."""
    if require_staff(call.act.actor).first_password:
        title, template = "设置自己的密码", "account/first-password.html"
        return View(template, title=title, next=places.local(query.next))
    return View("account/password.html", title="修改密码")


@pages.form("/password", guard=AT_DOOR)
async def change_password(call: Call, body: PasswordForm) -> Redirect:
    """Set a new password; all sessions end. Whoever replaces a first one goes straight in."""
    if body.new != body.again:
        raise InvalidBody("两次输入的新密码不一致。", field="again")
    change = PasswordChange(old=body.old, new=body.new)
    if require_staff(call.act.actor).first_password:
        done = await own_account.choose_password(call.act, change, words.device_of(call.request))
        wanted = "" if body.next.startswith(PASSWORD) else body.next
        return await enter(call, done, wanted, said="密码已设置，下次请用新密码登录。")
    await own_account.change_password(call.act, change)
    return Redirect(
        "/sign-in",
        said="密码已修改，请用新密码重新登录。",
        cookie=cookies.no_session(call.act.house),
    )


@pages.page("/second-factor", guard=STAFF)
async def second_factor_page(call: Call) -> View:
    """Whether the second factor is on, and how it is set up."""
    return await _second_factor(call)


async def _second_factor(call: Call, problem: Problem | None = None) -> View:
    act, person = call.act, require_staff(call.act.actor)
    begun = await second_factor.begun(act)
    waiting = await accounts.waiting_roles(person, act.house.settings)
    return View(
        "account/second-factor.html",
        title="二次验证",
        status=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        factor=await second_factor.state(person.id),
        needed=[words.ROLES[role] for role in waiting],
        begun=begun,
        picture=qr.svg(begun.address, "二次验证二维码，用验证器扫描") if begun else "",
        problem=problem,
    )


@pages.form("/second-factor/begin", guard=STAFF)
async def begin_second_factor(call: Call) -> Redirect:
    """Make a secret for an authenticator."""
    await second_factor.begin(call.act)
    return Redirect("/account/second-factor")


@pages.form("/second-factor/confirm", guard=STAFF)
async def confirm_second_factor(call: Call, body: Proof) -> View:
    """Switch the second factor on, with password and code; shows the recovery codes this once."""
    try:
        made = await own_account.switch_on_second_factor(call.act, body)
    except Problem as problem:
        return await _second_factor(call, problem)
    return _codes(made, "二次验证已开启")


def _codes(made: RecoveryCodes, heading: str) -> View:
    return View("account/recovery-codes.html", title=heading, heading=heading, codes=made.codes)


@pages.form("/second-factor/recovery-codes", guard=STAFF)
async def renew_recovery_codes(call: Call, body: Proof) -> View:
    """Ten new recovery codes in the place of the old ones."""
    try:
        made = await own_account.renew_recovery_codes(call.act, body)
    except Problem as problem:
        return await _second_factor(call, problem)
    return _codes(made, "新的恢复码")


@pages.form("/second-factor/off", guard=STAFF)
async def switch_off_second_factor(call: Call, body: Proof) -> Redirect:
    """Switch the second factor off, with password and code."""
    await own_account.switch_off_second_factor(call.act, body)
    return Redirect("/account/second-factor", said="二次验证已关闭。")
