"""An enrolment code before a tablet's camera: read for tablets whose browsers read no QR codes."""

import pytest
import segno

from evaluations.devices.rules import FRAME_EDGE, code_in
from tests.places import staff_headers

SEEN = "/api/v1/devices/code-seen"
MARGIN, DOT = 60, 8
EMPTY = b"\xff" * FRAME_EDGE**2


def before_the_camera(text: str) -> bytes:
    """Light values of a picture that shows this text as a QR code."""
    light = bytearray(EMPTY)
    for y, row in enumerate(segno.make_qr(text, error="m").matrix):
        for x, dark in enumerate(row):
            for line in range(DOT) if dark else ():
                at = (MARGIN + y * DOT + line) * FRAME_EDGE + MARGIN + x * DOT
                light[at : at + DOT] = bytes(DOT)
    return bytes(light)


@pytest.fixture
async def code(client, act_as, place) -> str:
    headers = await staff_headers(act_as(), place, "admin")
    body = {"hall_id": str(place.hall_id), "name": "评价器"}
    made = await client.post("/api/v1/devices/", json=body, headers=headers)
    return made.json()["code"]


async def test_the_code_of_the_page_of_devices_is_read(client, code):
    shown = before_the_camera(f"https://hall.example/kiosk#code={code}")
    answer = await client.post(SEEN, content=shown)
    assert answer.json() == {"code": code.replace("-", "")}


async def test_nothing_else_that_the_camera_sees_is_told(client, code):
    for light in (EMPTY, before_the_camera("https://pay.example/张三?sum=12")):
        answer = await client.post(SEEN, content=light)
        assert (answer.status_code, answer.json()) == (200, {"code": ""})


async def test_nothing_is_read_while_no_device_waits(client, code, house):
    await client.post("/api/v1/devices/enrol", json={"code": code})
    answer = await client.post(SEEN, content=before_the_camera(code))
    assert (answer.status_code, answer.json()["code"]) == (409, "device.none_waits")


async def test_a_picture_of_another_size_is_refused(client, code):
    answer = await client.post(SEEN, content=EMPTY[1:])
    assert answer.status_code == 400


async def test_looking_is_slowed_down(client, code):
    answers = [await client.post(SEEN, content=b"") for _ in range(91)]
    assert answers[-1].status_code == 429
    assert "Retry-After" in answers[-1].headers


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("7KQ4M-XW29D", "7KQ4MXW29D"),
        ("7kq4m xw29d", "7KQ4MXW29D"),
        ("https://hall.example/kiosk#code=7KQ4M-XW29D", "7KQ4MXW29D"),
        ("https://hall.example/kiosk?code=7KQ4M-XW29D", ""),
        ("7KQ4M-XW29", ""),
        ("IL0O1-XW29D", ""),
        ("", ""),
    ],
)
def test_a_code_is_told_from_what_else_a_qr_code_says(text, code):
    assert code_in(text) == code
