"""Whatever JSON is sent to an endpoint, the answer is never the server's fault."""

import json
from collections import Counter
from typing import Any

import pytest

from app.core.auth import Role
from tests.cases.builders import World, ok
from tests.evaluations.hub import enrolled
from tests.guards import joint_things
from tests.guards.bodies import Bodies
from tests.guards.walk import Callers, Route, http_routes


def _encode(body: Any) -> bytes:
    # The standard library writes what msgspec refuses to: lone surrogates and huge numbers.
    return json.dumps(body, ensure_ascii=True).encode()


def _caller(route: Route) -> str:
    guard = route.declared.guard
    if guard.roles:
        return sorted(guard.roles)[0]
    order = ("nobody", "citizen", "device", "client", "staff")
    kind = next(kind for kind in order if kind in guard.kinds)
    return Role.CLERK if kind == "staff" else kind


async def _ids(world: World) -> dict[str, object]:
    """The ids of one of each thing; the staff member is one who calls nowhere."""
    item, place = await world.item(), world.place
    case = await world.accepted(item=item)
    proposal = ok(await world.refuse(case), 202)["id"]
    device, _ = await enrolled(world.act_as, place.hall_id, place.windows["02"])
    return {
        "hall_id": place.hall_id,
        "department_id": place.departments["market"],
        "window_id": place.windows["01"],
        "staff_id": place.staff["clerk2"],
        "item_id": item.id,
        "version_id": item.version_id,
        "case_id": case.id,
        "task_id": await world.task(case),
        "proposal_id": proposal,
        "device_id": device,
        "citizen_id": case.owner.id,
        "photo_id": await world.photo(case.owner),
        **await joint_things.one_of_each(world),
    }


@pytest.mark.slow
async def test_no_body_is_the_servers_fault(callers: Callers, world: World) -> None:
    ids = await _ids(world)
    bodies = Bodies([str(found) for found in ids.values()])
    wrong: list[str] = []
    answers: Counter[int] = Counter()
    for route in http_routes():
        if route.declared.body is None:
            continue
        for body in bodies.examples(route.declared.body):
            content = _encode(body)
            answer = await callers.send(_caller(route), route, content, **ids)
            answers[answer.status_code] += 1
            if answer.status_code >= 500:
                wrong.append(f"{route.key} {content[:300]!r}: {answer.text[:200]}")
    assert wrong == []
    # Some of it got past the schemas, so that the features were asked too.
    assert answers[200] + answers[201] > 5, answers


@pytest.mark.slow
async def test_no_query_is_the_servers_fault(callers: Callers, world: World) -> None:
    ids = await _ids(world)
    queries = Bodies([str(found) for found in ids.values()])
    wrong: list[str] = []
    answers: Counter[int] = Counter()
    for route in http_routes():
        if route.declared.query is None:
            continue
        caller, path = _caller(route), route.path(**ids)
        headers = await callers.headers(caller, route.method, path, b"")
        for found in queries.examples(route.declared.query):
            query = found if isinstance(found, dict) else {"after": found}
            answer = await callers.client.get(path, params=_flat(query), headers=headers)
            answers[answer.status_code] += 1
            if answer.status_code >= 500:
                wrong.append(f"{answer.url}: {answer.text[:200]}")
    assert wrong == []
    assert answers[200] > 20, answers


def _flat(query: dict[str, Any]) -> dict[str, str]:
    """The query as an address can carry it."""
    return {
        name[:40].encode("utf-8", "replace").decode(): _word(value) for name, value in query.items()
    }


def _word(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text[:300].encode("utf-8", "replace").decode()
