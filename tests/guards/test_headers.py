"""What a browser is told about every answer: what it may run, who may frame it, what it keeps."""

from collections.abc import Iterator

import httpx
import pytest

from app.core.auth import Role
from tests.guards.walk import PUBLIC, TOLD_AS_JSON, Callers, Route, http_routes

SHARED = {
    "GET /about/privacy",
    "GET /about/rating",
    "GET /assets/<version>/<name>",
    "GET /favicon.ico",
    "GET /guides",
    "GET /guides/<item_id>",
    "GET /kiosk/worker.js",
    "GET /published",
    "GET /published/<hall_id>",
    "GET /published/<hall_id>/<month>",
    "GET /robots.txt",
}
"""What is the same for everybody, and may be kept for a while."""


def _wrong(route: Route, answer: httpx.Response) -> Iterator[str]:
    told = answer.headers
    kind = told.get("content-type", "").partition(";")[0]
    kept = told.get("cache-control", "")
    if told.get("x-content-type-options") != "nosniff":
        yield "a browser may guess what it is"
    if kind == "text/html":
        policy = told.get("content-security-policy", "")
        if "default-src 'none'" not in policy or "frame-ancestors 'none'" not in policy:
            yield f"its policy is {policy!r}"
        if "script-src 'unsafe" in policy or "*" in policy:
            yield f"its policy lets in too much: {policy!r}"
        if route.declared.page and "charset=utf-8" not in told["content-type"]:
            yield "it does not say its charset"
    elif route.declared.page and answer.content and "form-action" in answer.text:
        yield f"a page as {kind}"
    if "no-store" not in kept and route.key not in SHARED:
        yield f"it is kept: {kept!r}"


@pytest.mark.parametrize("accept", ["text/html,*/*", "application/json"])
@pytest.mark.parametrize("caller", ["nobody", Role.CLERK, Role.MANAGER, Role.ADMIN])
async def test_every_answer_tells_the_browser_to_be_careful(
    callers: Callers, caller: str, accept: str
) -> None:
    wrong: list[str] = []
    pages = 0
    for route in http_routes():
        if route.method != "GET" or (caller == "nobody" and route.key not in PUBLIC):
            continue
        path = route.path(hall_id=callers.place.hall_id)
        headers = await callers.headers(caller, "GET", path, b"") | {"Accept": accept}
        answer = await callers.client.get(path, headers=headers)
        pages += answer.headers.get("content-type", "").startswith("text/html")
        wrong += [f"{route.key} {answer.status_code}: {one}" for one in _wrong(route, answer)]
    assert wrong == []
    assert pages > (5 if accept in TOLD_AS_JSON.values() else 10)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/assets/x/nothing.js", 404),
        ("/admin/staff?hall=%00", 401),
        ("/guides?area=%27%22%3E%3Cscript%3Ealert(1)%3C/script%3E", None),
        ("/sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", 200),
        ("/v/%3Cscript%3Ealert(1)%3C%2Fscript%3E", None),
    ],
)
async def test_a_page_about_a_mistake_is_as_careful_and_repeats_nothing(
    callers: Callers, path: str, status: int | None
) -> None:
    answer = await callers.client.get(path, headers={"Accept": "text/html"})
    if status == 401:
        assert (answer.status_code, answer.headers["location"][:14]) == (303, "/sign-in?next=")
        return
    if status is not None:
        assert answer.status_code == status
    assert answer.status_code < 500
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script>alert(1)" not in answer.text


@pytest.mark.parametrize(
    "given",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_nobody_is_signed_in_from_elsewhere(callers: Callers, given: dict[str, str]) -> None:
    """Else somebody works, unaware, in an account of the attacker's (CWE-352, login CSRF)."""
    for path in ("/sign-in", "/sign-in/code"):
        form = {"login": "clerk", "password": "correct-horse-battery", "code": "123456"}
        answer = await callers.client.post(path, data=form, headers=given | TOLD_AS_JSON)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_request")
        assert "set-cookie" not in answer.headers
