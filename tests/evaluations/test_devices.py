"""Devices: a code that enrols once, a signature that is checked to the last part, revocation."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from redis.exceptions import ConnectionError as RedisGone

from app.core import db
from evaluations.devices import service
from evaluations.devices.keys import CONTEXT, DeviceKeys
from evaluations.devices.rules import KEY_BYTES
from evaluations.devices.schemas import DeviceIn, EnrolIn
from evaluations.devices.signatures import refusals
from tests.evaluations.hub import Evaluator, enrolled
from tests.places import citizen_actor, code_of, staff_headers

DEVICES = "/api/v1/devices"
CURRENT = "/api/v1/devices/current"


def refused(reason: str) -> float:
    return refusals.labels(reason)._value.get()


class TestEnrolling:
    @pytest.fixture
    async def admin(self, act_as, place):
        return await staff_headers(act_as(), place, "admin")

    async def make(self, client, admin, place) -> dict:
        body = {
            "hall_id": str(place.hall_id),
            "window_id": str(place.windows["01"]),
            "name": "评价器",
        }
        made = await client.post(f"{DEVICES}/", json=body, headers=admin)
        assert made.status_code == 201, made.text
        return made.json()

    async def test_a_code_gives_a_key_once(self, house, client, admin, place):
        made = await self.make(client, admin, place)
        typed = made["code"].lower().replace("-", " ")
        first = await client.post(f"{DEVICES}/enrol", json={"code": typed, "version": "1.0"})
        assert first.status_code == 201, first.text
        assert first.json()["device_id"] == made["device"]["id"]
        second = await client.post(f"{DEVICES}/enrol", json={"code": typed})
        assert (second.status_code, code_of(second)) == (422, "device.code_refused")
        (row,) = await db.fetch("SELECT * FROM devices")
        key = house.keyring.open(row["secret"], CONTEXT)
        assert len(key) == KEY_BYTES
        assert first.json()["key"] not in str(row)
        assert row["version"] == "1.0"

    async def test_a_code_ends_after_half_an_hour(self, house, client, admin, place):
        made = await self.make(client, admin, place)
        house.clock.shift(timedelta(minutes=31))
        late = await client.post(f"{DEVICES}/enrol", json={"code": made["code"]})
        assert code_of(late) == "device.code_refused"

    async def test_guessing_is_slowed_down(self, client):
        codes = [
            (await client.post(f"{DEVICES}/enrol", json={"code": "AAAAAAAAAA"})).status_code
            for _ in range(12)
        ]
        assert codes[0] == 422
        assert codes[-1] == 429

    async def test_a_new_code_replaces_the_key(self, house, client, admin, place, evaluator):
        renewed = await client.post(f"{DEVICES}/{evaluator.id}/code", headers=admin)
        assert (await evaluator.get(CURRENT)).status_code == 204, "the old key holds until then"
        enrolled = await client.post(f"{DEVICES}/enrol", json={"code": renewed.json()["code"]})
        assert enrolled.status_code == 201
        assert code_of(await evaluator.get(CURRENT)) == "device.bad_signature"

    async def test_only_the_halls_administrator_makes_and_revokes(
        self, client, act_as, place, evaluator
    ):
        body = {"hall_id": str(place.hall_id), "name": "评价器"}
        _, citizen = await citizen_actor(act_as())
        for headers in (
            citizen,
            await staff_headers(act_as(), place, "clerk"),
            await staff_headers(act_as(), place, "manager"),
            await staff_headers(act_as(), place, "far_admin"),
        ):
            for path, sent in (
                ("/", body),
                (f"/{evaluator.id}/revoke", {"reason": "试试"}),
                (f"/{evaluator.id}/code", {}),
            ):
                answer = await client.post(DEVICES + path, json=sent, headers=headers)
                assert answer.status_code == 403, (path, answer.text)
        assert (await client.post(f"{DEVICES}/", json=body)).status_code == 401
        assert (await evaluator.get(CURRENT)).status_code == 204

    async def test_a_window_of_another_hall_is_none(self, client, admin, place):
        body = {
            "hall_id": str(place.hall_id),
            "window_id": str(place.windows["far"]),
            "name": "评价器",
        }
        assert (await client.post(f"{DEVICES}/", json=body, headers=admin)).status_code == 404

    async def test_the_list_shows_health_and_no_key(self, house, client, act_as, place, evaluator):
        evaluator.fast_by = timedelta(seconds=90)
        await evaluator.get(CURRENT)
        for name in ("admin", "manager", "supervisor"):
            headers = await staff_headers(act_as(), place, name)
            shown = await client.get(f"{DEVICES}/?hall_id={place.hall_id}", headers=headers)
            (device,) = shown.json()["items"]
            assert device["last_seen_at"]
            assert 85_000 < device["clock_offset_ms"] <= 90_000
            assert not {"secret", "key", "enrol_code_hash"} & device.keys()
        far = await staff_headers(act_as(), place, "far_manager")
        answer = await client.get(f"{DEVICES}/?hall_id={place.hall_id}", headers=far)
        assert answer.status_code == 403


class TestSignatures:
    async def refuse(self, evaluator: Evaluator, status: int, code: str, **changed) -> None:
        reason = code.removeprefix("device.")
        before = refused(reason)
        answer = await evaluator.get(CURRENT, **changed)
        assert (answer.status_code, code_of(answer)) == (status, code)
        assert refused(reason) == before + 1

    async def test_a_right_one_is_let_in(self, evaluator):
        assert (await evaluator.get(CURRENT)).status_code == 204

    async def test_a_forged_one_is_refused(self, evaluator):
        await self.refuse(evaluator, 401, "device.bad_signature", key=b"x" * 32)

    async def test_one_for_another_path_or_body_is_refused(self, evaluator):
        await self.refuse(
            evaluator, 401, "device.bad_signature", signed_path="/api/v1/devices/other"
        )
        headers = evaluator.headers("POST", "/api/v1/ratings/device", b'{"level":5}')
        answer = await evaluator.client.post(
            "/api/v1/ratings/device",
            content=b'{"level":1}',
            headers=headers | {"Content-Type": "application/json"},
        )
        assert code_of(answer) == "device.bad_signature"

    async def test_another_devices_is_refused(self, evaluator, act_as, place):
        other, _ = await enrolled(act_as, place.hall_id, place.windows["02"])
        await self.refuse(evaluator, 401, "device.bad_signature", device=other)

    async def test_an_unknown_devices_is_refused(self, evaluator, act_as, place):
        await self.refuse(evaluator, 401, "device.unknown", device=uuid4())
        made = await service.add(act_as(), DeviceIn(hall_id=place.hall_id, name="未登记"))
        await self.refuse(evaluator, 401, "device.unknown", device=made.device.id)

    @pytest.mark.parametrize("part", ["Device", "Timestamp", "Nonce", "Signature"])
    async def test_a_missing_or_malformed_part_is_refused(self, evaluator, part):
        whole = evaluator.headers("GET", CURRENT, b"")
        for value in ("", "不是", "x" * 200, "-1"):
            headers = whole | {f"Zhangban-{part}": value.encode()}
            answer = await evaluator.client.get(CURRENT, headers=headers)
            assert (answer.status_code, code_of(answer)) == (401, "device.bad_signature")

    async def test_an_old_or_early_one_is_refused_and_told_the_time(self, house, evaluator):
        for minutes in (-6, 6):
            evaluator.fast_by = timedelta(minutes=minutes)
            answer = await evaluator.get(CURRENT)
            assert (answer.status_code, code_of(answer)) == (401, "device.expired")
            off = answer.json()["server_time"] - service.milliseconds(house.clock.now())
            assert abs(off) < 5_000

    async def test_a_replayed_one_is_refused(self, evaluator):
        headers = evaluator.headers("GET", CURRENT, b"")
        assert (await evaluator.client.get(CURRENT, headers=headers)).status_code == 204
        before = refused("replayed")
        again = await evaluator.client.get(CURRENT, headers=headers)
        assert (again.status_code, code_of(again)) == (401, "device.replayed")
        assert refused("replayed") == before + 1

    async def test_without_redis_devices_go_on(self, house, evaluator, monkeypatch):
        async def gone(*_args, **_more):
            raise RedisGone("gone")

        monkeypatch.setattr(house.redis, "set", gone)
        assert (await evaluator.get(CURRENT)).status_code == 204

    async def test_a_revoked_one_is_refused_at_once(self, act_as, place, evaluator):
        assert (await evaluator.get(CURRENT)).status_code == 204
        admin = act_as(await place.actor(act_as(), "admin"))
        first = await service.revoke(admin, evaluator.id, "丢失")
        await self.refuse(evaluator, 403, "device.revoked")
        assert await service.revoke(admin, evaluator.id, "丢失") == first
        trail = await db.fetch(
            "SELECT verb FROM audit_entries WHERE subject = $1 ORDER BY id",
            f"device:{evaluator.id}",
        )
        assert [t["verb"] for t in trail] == ["device.added", "device.enrolled", "device.revoked"]

    async def test_a_revoked_device_is_not_enrolled_again(self, act_as, place):
        made = await service.add(act_as(), DeviceIn(hall_id=place.hall_id, name="评价器"))
        admin = act_as(await place.actor(act_as(), "admin"))
        await service.revoke(admin, made.device.id, "丢失")
        with pytest.raises(service.CodeRefused):
            await service.enrol(act_as(), EnrolIn(code=made.code))

    async def test_another_worker_hears_of_a_change(self, house, evaluator):
        other = DeviceKeys(house.keyring, house.live)
        other.start()
        await asyncio.sleep(0)
        assert await other.find(evaluator.id)
        await db.execute("UPDATE devices SET revoked_at = now()")
        assert (await other.find(evaluator.id)).revoked is False
        await house.part(DeviceKeys).changed(evaluator.id)
        for _ in range(200):
            if (await other.find(evaluator.id)).revoked:
                break
            await asyncio.sleep(0.01)
        assert (await other.find(evaluator.id)).revoked
        await other.stop()
