"""Photos of staff: made safe, cut, sealed; for colleagues, and for the device where they serve."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from PIL import Image

from app.core import db
from app.core.acts import Act
from app.core.house import House
from app.core.identity import COOKIE
from app.halls import accounts
from app.halls import service as halls
from app.keeping import sealed_columns
from app.materials import portraits, service
from tests.evaluations.hub import Evaluator, enrolled, on_duty
from tests.materials import odd_pictures as odd
from tests.places import Place, code_of, staff_headers

ActAs = Callable[..., Act]
OF_DEVICE = "/api/v1/devices/photo"
JPEG = {"Content-Type": "image/jpeg"}


def of(place: Place, name: str = "clerk") -> str:
    return f"/api/v1/staff/{place.staff[name]}/photo"


@pytest.fixture
async def admin(act_as: ActAs, place: Place) -> dict[str, str]:
    return await staff_headers(act_as(), place, "admin")


@pytest.fixture
async def evaluator(
    house: House, client: httpx.AsyncClient, place: Place, act_as: ActAs
) -> Evaluator:
    """The enrolled evaluator of window 01."""
    return Evaluator(
        *await enrolled(act_as, place.hall_id, place.windows["01"]), house=house, client=client
    )


@pytest.fixture
def put(client: httpx.AsyncClient, admin: dict[str, str], place: Place) -> Callable[..., Any]:
    async def send(data: bytes, name: str = "clerk", headers: dict[str, str] = admin) -> Any:
        return await client.post(of(place, name), content=data, headers=headers | JPEG)

    return send


def size_of(answer: httpx.Response) -> tuple[int, int]:
    with Image.open(io.BytesIO(answer.content)) as image:
        return image.size


@pytest.mark.parametrize(
    ("sent", "kept"),
    [((900, 900), (480, 480)), ((600, 2400), (360, 480)), ((300, 320), (300, 320))],
)
async def test_it_is_small_and_nearly_square(put, client, admin, place, sent, kept):
    made = await put(odd.jpeg(sent))
    assert made.status_code == 200, made.text
    shown = await client.get(of(place), headers=admin)
    assert shown.headers["content-type"] == "image/jpeg"
    assert size_of(shown) == (made.json()["width"], made.json()["height"]) == kept


async def test_nothing_but_pixels_is_kept_of_it(put, client, admin, place):
    await put(odd.phone_photo())
    shown = await client.get(of(place), headers=admin)
    odd.assert_clean(shown.content)


async def test_it_is_sealed_in_its_row_and_sealed_anew_with_new_keys(put, client, admin, place):
    await put(odd.jpeg())
    (row,) = await db.fetch("SELECT jpeg FROM staff_photos")
    assert b"JFIF" not in bytes(row["jpeg"])
    assert ("staff_photos", "jpeg") in {(c.table, c.column) for c in sealed_columns()}


async def test_what_is_no_photo_is_refused_and_nothing_stays(house, put):
    refused = await put(b"%PDF-1.7 nothing")
    assert (refused.status_code, code_of(refused)) == (422, "materials.not_a_photo")
    assert await db.fetch("SELECT staff_id FROM staff_photos") == []
    assert list(service.upload_folder(house).glob("upload-*")) == []


async def test_it_is_set_by_a_plain_form_of_our_own_page_too(client, admin, place):
    token = admin["Authorization"].removeprefix("Bearer ")
    own = f"{client.base_url.scheme}://{client.base_url.netloc.decode()}"
    page = f"/admin/staff/{place.staff['clerk']}"
    for origin, status in (("https://elsewhere.example", 403), (own, 303)):
        headers = {"Cookie": f"{COOKIE}={token}", "Origin": origin}
        answer = await client.post(f"{page}/photo", files={"file": odd.jpeg()}, headers=headers)
        assert answer.status_code == status, answer.text
    assert answer.headers["location"] == page
    assert (await client.get(of(place), headers=admin)).status_code == 200


async def test_only_an_administrator_of_the_hall_sets_it(put, act_as, place):
    for name in ("clerk", "manager", "far_admin"):
        refused = await put(odd.jpeg(), headers=await staff_headers(act_as(), place, name))
        assert refused.status_code == 403, name
    assert await db.fetch("SELECT staff_id FROM staff_photos") == []


async def test_colleagues_see_it_and_nobody_elsewhere(put, client, act_as, place):
    await put(odd.jpeg())
    for name, status in (("clerk2", 200), ("far_clerk", 404), ("far_admin", 404)):
        headers = await staff_headers(act_as(), place, name)
        assert (await client.get(of(place), headers=headers)).status_code == status, name
    assert (await client.get(of(place))).status_code == 401


async def test_a_new_one_takes_the_place_of_the_old_and_has_another_version(put, client, place):
    first = (await put(odd.jpeg((320, 320)))).json()
    second = (await put(odd.jpeg((240, 320)))).json()
    assert first["version"] != second["version"]
    found = await portraits.versions([place.staff["clerk"], place.staff["clerk2"]])
    assert {str(key): str(value) for key, value in found.items()} == {
        str(place.staff["clerk"]): second["version"]
    }


async def test_deleted_it_is_gone(put, client, admin, place):
    await put(odd.jpeg())
    assert (await client.delete(of(place), headers=admin)).status_code == 204
    assert (await client.get(of(place), headers=admin)).status_code == 404
    assert (await client.delete(of(place), headers=admin)).status_code == 404
    assert await portraits.versions([place.staff["clerk"]]) == {}


async def test_the_device_gets_the_photo_of_whoever_serves_at_its_window(
    put, evaluator, act_as, place
):
    made = (await put(odd.jpeg())).json()
    assert (await evaluator.get(OF_DEVICE)).status_code == 404, "nobody is on duty"
    clerk = await on_duty(act_as, place)
    shown = await evaluator.get(OF_DEVICE)
    assert shown.status_code == 200
    assert shown.headers["etag"] == f'"{made["version"]}"'
    assert shown.headers["cache-control"] == "private, no-store"
    await halls.end_duty(clerk)
    await on_duty(act_as, place, "clerk2")
    assert (await evaluator.get(OF_DEVICE)).status_code == 404, "who serves now has none"


async def test_a_device_elsewhere_gets_no_photo(house, put, client, act_as, place):
    await put(odd.jpeg())
    await on_duty(act_as, place)
    for window in (place.windows["02"], None):
        key = await enrolled(act_as, place.hall_id, window)
        other = Evaluator(*key, house=house, client=client)
        assert (await other.get(OF_DEVICE)).status_code == 404


async def test_the_photo_of_a_closed_account_is_deleted(house, put, act_as, place):
    await put(odd.jpeg())
    await put(odd.jpeg(), "clerk2")
    admin = act_as(await place.actor(act_as(), "admin"))
    await accounts.deactivate(admin, place.staff["clerk"], "离职")
    house.clock.shift(timedelta(days=1))
    assert await portraits.forget_of_closed(act_as()) == 1
    left = await db.fetch("SELECT staff_id FROM staff_photos")
    assert [row["staff_id"] for row in left] == [place.staff["clerk2"]]
    assert await portraits.forget_of_closed(act_as()) == 0


async def test_setting_and_deleting_leave_their_trace(put, client, admin, place):
    await put(odd.jpeg())
    await client.delete(of(place), headers=admin)
    subject = f"staff:{place.staff['clerk']}"
    rows = await db.fetch("SELECT verb FROM audit_entries WHERE subject = $1", subject)
    assert [row["verb"] for row in rows][-2:] == ["staff.photo_set", "staff.photo_deleted"]
