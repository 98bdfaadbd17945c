"""What every endpoint does: refuse what does not fit, answer repeats, say what is wrong."""

import asyncio
from collections.abc import Callable

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.core import db, wording
from app.core.acts import Act
from app.core.house import House
from app.core.wire import decode_cursor, encode_cursor
from app.halls.schemas import HallIn
from tests.places import Place, code_of, staff_headers

DEPARTMENT = {"name": "档案局"}


@pytest.fixture
async def admin(act_as: Callable[..., Act], place: Place) -> dict[str, str]:
    return await staff_headers(act_as(), place, "admin")


@pytest.fixture
def departments(place: Place) -> str:
    return f"/api/v1/halls/{place.hall_id}/departments"


@pytest.mark.parametrize(
    ("body", "status", "code", "says"),
    [
        (b"", 422, "invalid_body", "JSON"),
        (b"{", 422, "invalid_body", "JSON"),
        (b"[]", 422, "invalid_body", "对象"),
        (b"null", 422, "invalid_body", "对象"),
        (b"{}", 422, "invalid_body", "name"),
        (b'{"name": 1}', 422, "invalid_body", "文字"),
        (b'{"name": ""}', 422, "invalid_body", "至少"),
        (b'{"name": "   "}', 422, "invalid_body", "格式"),
        (b'{"name": "' + b"x" * 61 + b'"}', 422, "invalid_body", "最多填 60"),
        (b'{"name": "a", "nmae": "b"}', 422, "invalid_body", "nmae"),
        (b'{"name": "a\\u0000b"}', 422, "invalid_body", "空字符"),
        (b'{"name": "\xff"}', 422, "invalid_body", "JSON"),
        (b'{"name": "\\ud800"}', 422, "invalid_body", ""),
        (b"[" * 100_000, 422, "invalid_body", ""),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_in_chinese(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    departments: str,
    body: bytes,
    status: int,
    code: str,
    says: str,
) -> None:
    headers = admin | {"Content-Type": "application/json"}
    answer = await client.post(departments, content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert code_of(answer) == code
    assert says in answer.json().get("detail", "")


async def test_another_content_type_is_refused(
    client: httpx.AsyncClient, admin: dict[str, str], departments: str
) -> None:
    answer = await client.post(departments, content=b"name=x", headers=admin)
    assert (answer.status_code, code_of(answer)) == (415, "unsupported_media")


async def test_a_body_beyond_the_limit_is_refused(
    client: httpx.AsyncClient, admin: dict[str, str], departments: str
) -> None:
    headers = admin | {"Content-Type": "application/json"}
    try:
        answer = await client.post(departments, content=b" " * 3_000_000, headers=headers)
    except httpx.TransportError:
        return  # the server closed the connection instead of reading on
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/no/such/thing", 404),
        ("/api/v1/halls/not-a-uuid/departments", 404),
        ("/api/v1/halls/6f1c7f6e-0000-4000-8000-000000000000/staff", 403),
        ("/api/v1/halls/%00/departments", 404),
        ("/%ff%fe", 404),
        ("/api/v1/items?limit=0", 422),
        ("/api/v1/items?limit=1&limit=2", 422),
        ("/api/v1/items?limit=many", 422),
        ("/api/v1/items?nonsense=1", 422),
        ("/api/v1/items?q=%00", 422),
        ("/api/v1/items?after=garbage", 422),
        ("/api/v1/items?after=bnVsbA", 422),
    ],
)
async def test_an_address_that_does_not_fit_gets_a_stable_code(
    client: httpx.AsyncClient, admin: dict[str, str], path: str, status: int
) -> None:
    answer = await client.get(path, headers=admin)
    assert answer.status_code == status, answer.text
    assert answer.json()["code"]
    assert answer.json()["title"]


async def test_a_wrong_method_is_said_to_be_wrong(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/api/v1/halls")
    assert (answer.status_code, code_of(answer)) == (405, "method_not_allowed")


async def test_a_repeat_with_the_same_key_gets_the_first_answer(
    client: httpx.AsyncClient, admin: dict[str, str], departments: str
) -> None:
    headers = admin | {"Idempotency-Key": "k-1"}
    first = await client.post(departments, json=DEPARTMENT, headers=headers)
    again = await client.post(departments, json=DEPARTMENT, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    without = await client.post(departments, json=DEPARTMENT, headers=admin)
    assert code_of(without) == "halls.taken"


async def test_twenty_repeats_at_once_have_one_effect(
    client: httpx.AsyncClient, admin: dict[str, str], departments: str
) -> None:
    headers = admin | {"Idempotency-Key": "k-2"}
    answers = await asyncio.gather(
        *(client.post(departments, json=DEPARTMENT, headers=headers) for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_the_same_key_for_something_else_is_refused(
    client: httpx.AsyncClient, admin: dict[str, str], departments: str
) -> None:
    headers = admin | {"Idempotency-Key": "k-3"}
    await client.post(departments, json=DEPARTMENT, headers=headers)
    other = await client.post(departments, json={"name": "统计局"}, headers=headers)
    assert code_of(other) == "idempotency.key_reused"


async def test_a_failure_is_not_kept_as_the_first_answer(
    client: httpx.AsyncClient, admin: dict[str, str], departments: str
) -> None:
    await client.post(departments, json=DEPARTMENT, headers=admin)
    headers = admin | {"Idempotency-Key": "k-4"}
    assert (
        code_of(await client.post(departments, json=DEPARTMENT, headers=headers)) == "halls.taken"
    )
    await db.execute("DELETE FROM departments WHERE name = $1", DEPARTMENT["name"])
    assert (await client.post(departments, json=DEPARTMENT, headers=headers)).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 129, "钥匙".encode().decode("latin-1")])
async def test_a_bad_key_is_refused(
    client: httpx.AsyncClient, admin: dict[str, str], departments: str, key: str
) -> None:
    headers = [*admin.items(), ("Idempotency-Key", key.encode("latin-1"))]
    answer = await client.post(departments, json=DEPARTMENT, headers=headers)
    assert code_of(answer) == "idempotency.bad_key"


async def test_a_request_id_comes_back_and_a_rude_one_does_not(client: httpx.AsyncClient) -> None:
    polite = await client.get("/healthz", headers={"X-Request-ID": "abcdef-123456"})
    rude = await client.get("/healthz", headers={"X-Request-ID": "x' OR 1=1; --"})
    assert polite.headers["X-Request-ID"] == "abcdef-123456"
    assert "OR" not in rude.headers["X-Request-ID"]


async def test_a_500_says_nothing_but_its_id(
    client: httpx.AsyncClient, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise RuntimeError("secret inner workings")

    monkeypatch.setattr("app.halls.queries.halls", broken)
    answer = await client.get("/api/v1/halls")
    assert (answer.status_code, code_of(answer)) == (500, "internal")
    assert "secret" not in answer.text
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


async def test_the_description_of_the_api_is_valid_openapi_31(client: httpx.AsyncClient) -> None:
    spec = (await client.get("/openapi.json")).json()
    OpenAPIV31SpecValidator(spec).validate()
    assert spec["openapi"].startswith("3.1")
    assert len(spec["paths"]) > 10
    ids = [op["operationId"] for path in spec["paths"].values() for op in path.values()]
    assert len(ids) == len(set(ids))


async def test_the_page_about_the_api_loads_nothing_from_elsewhere(
    client: httpx.AsyncClient,
) -> None:
    page = await client.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for foreign in ("src=", "@import", "https://", "http://", "<script"):
        assert foreign not in page.text


async def test_health_readiness_and_metrics(client: httpx.AsyncClient, house: House) -> None:
    assert (await client.get("/healthz")).json()["status"] == "ok"
    assert (await client.get("/readyz")).json() == {"database": True, "redis": True}
    assert "zhangban_request_seconds" in (await client.get("/metrics")).text


@given(st.lists(st.one_of(st.uuids(), st.integers(0, 2**40), st.text(max_size=20)), max_size=4))
def test_a_cursor_comes_back_as_it_was(values: list) -> None:
    types = [type(value) for value in values]
    assert decode_cursor(encode_cursor(*values), *types) == tuple(values)


@given(st.dictionaries(st.text(max_size=12), st.one_of(st.none(), st.integers(), st.text())))
def test_every_refusal_of_a_schema_has_a_chinese_sentence(body: dict) -> None:
    try:
        msgspec.convert(body, HallIn)
    except msgspec.ValidationError as error:
        sentence, _ = wording.explain(str(error))
        assert any("\u4e00" <= letter <= "\u9fff" for letter in sentence)
