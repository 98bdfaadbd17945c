"""Signing in, lock-out, roles that end at once: what an account of a staff member does."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.acts import Act
from app.core.clock import Clock
from app.core.house import House
from app.halls import accounts
from app.halls.rules import LoginState, after_wrong_password, password_problem
from app.halls.unknown_logins import REFUSED_AFTER
from tests.places import PASSWORD, Place, code_of, staff_headers

LOCK = timedelta(minutes=15)


async def _sign_in(
    client: httpx.AsyncClient, password: str, login: str = "clerk"
) -> httpx.Response:
    return await client.post("/api/v1/staff/sign-in", json={"login": login, "password": password})


async def test_the_right_password_opens_a_session(client: httpx.AsyncClient, place: Place) -> None:
    answer = await _sign_in(client, PASSWORD, "Clerk")
    assert answer.status_code == 200
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    me = (await client.get("/api/v1/staff/me", headers=headers)).json()
    assert me["id"] == str(place.staff["clerk"])
    assert me["roles"] == [{"role": "clerk", "hall_id": str(place.hall_id), "department_id": None}]


async def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(
    client: httpx.AsyncClient, place: Place
) -> None:
    wrong, unknown = await _sign_in(client, "nope"), await _sign_in(client, "nope", "nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert code_of(wrong) == code_of(unknown) == "staff.wrong_password"
    assert wrong.json()["title"] == unknown.json()["title"]


async def test_a_lock_does_not_tell_which_logins_there_are(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    closed = await place.actor(act_as(), "admin")
    await accounts.deactivate(act_as(closed), place.staff["clerk2"], "离职")
    told: dict[str, list[tuple[str, bool]]] = {}
    for login in ("clerk", "nobody", "clerk2"):
        answers = [await _sign_in(client, "nope", login) for _ in range(7)]
        told[login] = [(code_of(one), "Retry-After" in one.headers) for one in answers]
    assert told["nobody"] == told["clerk2"] == told["clerk"]
    assert told["clerk"][3:5] == [("staff.wrong_password", False), ("staff.locked", True)]
    after = await _sign_in(client, "nope", "NoBody")
    assert 14 * 60 < int(after.headers["Retry-After"]) <= 15 * 60


async def test_a_refusal_takes_as_long_without_an_account_as_with_one(
    client: httpx.AsyncClient, place: Place
) -> None:
    for login in ("clerk", "nobody"):
        answer = await _sign_in(client, "nope", login)
        assert answer.elapsed.total_seconds() >= REFUSED_AFTER


async def test_five_wrong_passwords_lock_the_account_and_time_unlocks_it(
    client: httpx.AsyncClient, place: Place, house: House
) -> None:
    for _ in range(4):
        assert code_of(await _sign_in(client, "nope")) == "staff.wrong_password"
    assert code_of(await _sign_in(client, "nope")) == "staff.locked"
    locked = await _sign_in(client, PASSWORD)
    assert code_of(locked) == "staff.locked"
    assert 0 < int(locked.headers["Retry-After"]) <= 15 * 60 + 1
    house.clock.shift(timedelta(minutes=16))
    assert (await _sign_in(client, PASSWORD)).status_code == 200


async def test_signing_out_ends_the_session(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    headers = await staff_headers(act_as(), place, "clerk")
    assert (await client.post("/api/v1/staff/sign-out", headers=headers)).status_code == 204
    assert code_of(await client.get("/api/v1/staff/me", headers=headers)) == "not_signed_in"


async def test_a_closed_account_loses_its_sessions_at_once(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    clerk, admin = (
        await staff_headers(act_as(), place, "clerk"),
        await staff_headers(act_as(), place, "admin"),
    )
    closed = await client.post(
        f"/api/v1/staff/{place.staff['clerk']}/deactivate", json={"reason": "离职"}, headers=admin
    )
    assert closed.status_code == 204
    assert (await client.get("/api/v1/staff/me", headers=clerk)).status_code == 401
    assert code_of(await _sign_in(client, PASSWORD)) == "staff.wrong_password"


async def test_an_administrator_does_not_shut_themselves_out(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    admin = await staff_headers(act_as(), place, "admin")
    own = f"/api/v1/staff/{place.staff['admin']}"
    clerk = [{"role": "clerk", "hall_id": str(place.hall_id)}]
    answers = [
        await client.post(f"{own}/deactivate", json={"reason": "误点"}, headers=admin),
        await client.put(f"{own}/roles", json=[], headers=admin),
        await client.put(f"{own}/roles", json=clerk, headers=admin),
    ]
    assert [code_of(answer) for answer in answers] == ["halls.own_account"] * 3
    narrower = [{"role": "admin", "hall_id": str(place.other_hall_id)}]
    less = await client.put(f"{own}/roles", json=narrower, headers=admin)
    assert code_of(less) == "halls.own_account"
    both = [*clerk, {"role": "admin", "hall_id": str(place.hall_id)}]
    kept = await client.put(f"{own}/roles", json=both, headers=admin)
    assert kept.status_code == 204


@pytest.mark.parametrize(
    ("role", "department"),
    [
        ("admin", "market"),
        ("clerk", "market"),
        ("manager", "market"),
        ("supervisor", "market"),
        ("reviewer", None),
    ],
)
async def test_a_role_that_would_open_nothing_is_not_given(
    client: httpx.AsyncClient,
    place: Place,
    act_as: Callable[..., Act],
    role: str,
    department: str | None,
) -> None:
    """Reviewers work for a department, all others for a hall: each is looked for there alone."""
    admin = await staff_headers(act_as(), place, "admin")
    of = str(place.departments[department]) if department else None
    given = {"role": role, "hall_id": str(place.hall_id), "department_id": of}
    path = f"/api/v1/staff/{place.staff['clerk']}/roles"
    answer = await client.put(path, json=[given], headers=admin)
    assert code_of(answer) == "halls.wrong_scope"


@pytest.mark.parametrize(
    ("taken", "field"), [({"login": "Clerk2"}, "login"), ({"number": "002"}, "number")]
)
async def test_what_is_taken_is_said_by_its_field(
    client: httpx.AsyncClient,
    place: Place,
    act_as: Callable[..., Act],
    taken: dict[str, str],
    field: str,
) -> None:
    admin = await staff_headers(act_as(), place, "admin")
    role = {"role": "clerk", "hall_id": str(place.hall_id)}
    new = {"number": "77", "name": "新人", "login": "xin", "password": PASSWORD, "roles": [role]}
    path = f"/api/v1/halls/{place.hall_id}/staff"
    answer = await client.post(path, json=new | taken, headers=admin)
    assert (code_of(answer), answer.json()["field"]) == ("halls.taken", field)


async def test_a_closed_account_leaves_its_window_to_others_and_stays_as_it_is(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    admin = await staff_headers(act_as(), place, "admin")
    duty = f"/api/v1/windows/{place.windows['01']}/duty"
    clerk = await staff_headers(act_as(), place, "clerk")
    assert (await client.post(duty, headers=clerk)).status_code == 200
    own = f"/api/v1/staff/{place.staff['clerk']}"
    closing = {"reason": "离职"}
    assert (await client.post(f"{own}/deactivate", json=closing, headers=admin)).status_code == 204
    other = await staff_headers(act_as(), place, "clerk2")
    assert (await client.post(duty, headers=other)).status_code == 200
    for path, body in (("deactivate", closing), ("password", {"password": "river-lamp-42"})):
        answer = await client.post(f"{own}/{path}", json=body, headers=admin)
        assert code_of(answer) == "halls.account_closed"


async def test_an_administrator_of_another_hall_may_not_touch_this_one(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    far = await staff_headers(act_as(), place, "far_admin")
    staff_id, hall_id = place.staff["clerk"], place.hall_id
    body = {"number": "77", "name": "窗口"}
    answers = [
        await client.post(
            f"/api/v1/staff/{staff_id}/deactivate", json={"reason": "x"}, headers=far
        ),
        await client.put(f"/api/v1/staff/{staff_id}/roles", json=[], headers=far),
        await client.post(f"/api/v1/halls/{hall_id}/windows", json=body, headers=far),
        await client.get(f"/api/v1/halls/{hall_id}/staff", headers=far),
    ]
    assert [code_of(answer) for answer in answers] == ["forbidden"] * 4


async def test_nobody_gives_a_role_over_a_hall_that_is_not_theirs(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    admin = await staff_headers(act_as(), place, "admin")
    roles = [{"role": "admin", "hall_id": str(place.other_hall_id)}]
    answer = await client.put(
        f"/api/v1/staff/{place.staff['clerk']}/roles", json=roles, headers=admin
    )
    assert code_of(answer) == "forbidden"


async def test_a_changed_password_ends_all_sessions(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act]
) -> None:
    headers = await staff_headers(act_as(), place, "clerk")
    change = {"old": PASSWORD, "new": "a-better-passphrase"}
    answer = await client.post("/api/v1/staff/password", json=change, headers=headers)
    assert answer.status_code == 204
    assert (await client.get("/api/v1/staff/me", headers=headers)).status_code == 401
    assert (await _sign_in(client, "a-better-passphrase")).status_code == 200


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaa", "xx-clerk-yy-zz"])
async def test_weak_passwords_are_refused_with_a_reason(
    client: httpx.AsyncClient, place: Place, act_as: Callable[..., Act], password: str
) -> None:
    headers = await staff_headers(act_as(), place, "clerk")
    change = {"old": PASSWORD, "new": password}
    answer = await client.post("/api/v1/staff/password", json=change, headers=headers)
    assert code_of(answer) == "staff.weak_password"
    assert "密码" in answer.json()["detail"]


@given(attempts=st.integers(3, 20), tries=st.integers(1, 60))
def test_an_account_locks_exactly_at_the_last_attempt(attempts: int, tries: int) -> None:
    now = Clock().now()
    state = LoginState(0, None)
    for number in range(1, tries + 1):
        if state.is_locked(now):
            break
        state = after_wrong_password(state, now, attempts=attempts, lock=LOCK)
        assert state.is_locked(now) == (number >= attempts)


@given(st.text(max_size=9))
def test_a_short_password_is_always_weak(password: str) -> None:
    assert password_problem(password, "login")
