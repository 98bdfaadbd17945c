"""Every route says who may call it, and that is who can."""

import ast
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app import server
from app.cases.clock import lights
from app.cases.intake import service as cases_intake
from app.citizens import checking
from app.core.auth import Role
from app.halls import service as halls
from app.moderation import service as moderation
from app.notices import pushed, texts
from app.notices.service import TOPIC
from app.projects.meetings import minutes
from app.pushes.schemas import MEDIA_CHECKED
from app.works import service as works
from evaluations.ratings import invitations
from evaluations.rectification import intake
from tests.guards.walk import CALLERS, PUBLIC, TOLD_AS_JSON, Callers, Route, http_routes, routes


def _refused_with(route: Route, caller: str) -> int | None:
    """The status with which the route's guard refuses a caller; None if it lets them in."""
    guard = route.declared.guard
    kind = "staff" if caller in set(Role) else caller
    if kind in guard.kinds and not (kind == "staff" and guard.roles and caller not in guard.roles):
        return None
    return 401 if caller == "nobody" else 403


def signs_in(route: Route) -> bool:
    """Whether this is where a wrong password is told as such."""
    return route.key in ("POST /sign-in", "POST /sign-in/code")


async def test_every_route_declares_its_guard(client: httpx.AsyncClient) -> None:
    found = list(routes())
    assert len(found) > 70
    assert [route.key for route in found if route.endpoint is None] == []


async def test_nothing_is_public_that_was_not_meant_to_be(client: httpx.AsyncClient) -> None:
    assert {r.key for r in routes() if "nobody" in r.declared.guard.kinds} == PUBLIC


@pytest.mark.parametrize("caller", CALLERS)
async def test_a_caller_gets_exactly_what_the_guards_say(callers: Callers, caller: str) -> None:
    wrong: list[str] = []
    for route in http_routes():
        expected = _refused_with(route, caller)
        answer = await callers.send(caller, route)
        if expected is not None:
            code = {401: "not_signed_in", 403: "forbidden"}[expected]
            right = answer.status_code == expected and answer.json()["code"] == code
        else:
            right = answer.status_code < 500 and (answer.status_code != 401 or signs_in(route))
        if not right:
            wrong.append(f"{route.key}: {answer.status_code} {answer.text[:120]}")
    assert wrong == []


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff\xfe", b'{"no": 1}', b"[" * 9])
async def test_nonsense_from_whoever_may_call_is_never_the_servers_fault(
    callers: Callers, content: bytes
) -> None:
    wrong: list[str] = []
    for route in http_routes():
        if route.method not in ("POST", "PUT"):
            continue
        caller = next(name for name in reversed(CALLERS) if _refused_with(route, name) is None)
        answer = await callers.send(caller, route, content)
        if answer.status_code >= 500 or (answer.status_code == 401 and not signs_in(route)):
            wrong.append(f"{route.key} as {caller}: {answer.status_code} {answer.text[:120]}")
    assert wrong == []


async def test_an_ended_session_is_nobody(callers: Callers) -> None:
    headers = {"Authorization": "Bearer " + "x" * 43, **TOLD_AS_JSON}
    for route in http_routes():
        if route.key not in PUBLIC:
            answer = await callers.client.request(route.method, route.path(), headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), route.key


@pytest.mark.parametrize("caller", [name for name in CALLERS if name != "device"])
async def test_a_socket_tells_nothing_to_whoever_it_is_not_for(
    callers: Callers, server_url: str, caller: str
) -> None:
    sockets = [route for route in routes() if route.declared.socket]
    assert sockets
    for route in sockets:
        path = route.path()
        headers = await callers.headers(caller, "GET", path, b"")
        address = server_url.replace("http", "ws") + path
        with pytest.raises((ConnectionClosed, InvalidStatus)):
            async with connect(address, additional_headers=headers) as socket:
                await socket.recv()


async def test_a_socket_asked_for_without_a_handshake_is_the_clients_fault(
    callers: Callers,
) -> None:
    for route in routes():
        if route.declared.socket:
            answer = await callers.client.get(route.path())
            assert 400 <= answer.status_code < 500, answer.text


def test_everything_that_is_put_off_has_somebody_who_does_it() -> None:
    topics: set[str] = set()
    for package in ("app", "evaluations"):
        for path in Path(package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "later"
                ):
                    topics.add(ast.unparse(node.args[0]))
    # A topic is written as the constant of its feature, so that this list is all that there is.
    assert topics == {"TOPIC", "PROJECTS", "SUBSCRIPTIONS", "MEDIA_CHECKED", "DAY_SET"}
    # Bad ratings and texts are put off by the statement that takes ratings in, not by an act.
    assert {handler.topic for handler in server.HANDLERS} == {
        TOPIC,
        halls.DAY_SET,
        checking.TOPIC,
        texts.TOPIC,
        pushed.TOPIC,
        MEDIA_CHECKED,
        moderation.TOPIC,
        invitations.TOPIC,
        intake.TOPIC,
        lights.TOPIC,
        cases_intake.PROJECTS,
        minutes.TOPIC,
        works.TOPIC,
    }
