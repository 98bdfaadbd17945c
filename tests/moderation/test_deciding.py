"""What is held is shown again, or never, because a supervisor says so; and where it shows."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.core import db
from app.core.acts import Act
from app.core.auth import Role
from app.moderation.personal import SHARE
from evaluations.exchange.contents import Contents
from evaluations.ratings.moderated import shown_text
from tests.moderation.conftest import GOOD, RISKY, Rater, Work, check_of, state_of
from tests.moderation.test_images import finds, pushed, seen_by_staff, sends, subject
from tests.places import code_of, staff_headers

HELD = "/api/v1/moderation/held"
WHY = {"reason": "群众用语激烈，但没有违规。"}


async def a_held_rating(rater: Rater, work: Work, text: str = RISKY, level: int = 5) -> UUID:
    rating_id = await rater.rates(text, level)
    await work()
    assert (await state_of(rating_id))[0] == "held"
    return rating_id


async def listed(client: httpx.AsyncClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = await client.get(HELD, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_the_supervisor_sees_what_was_written_and_why_it_is_held(
    rater: Rater, work: Work, supervisor: dict[str, str]
) -> None:
    rating_id = await a_held_rating(rater, work)
    (one,) = await listed(rater.client, supervisor)
    assert one["text"] == RISKY
    assert (one["kind"], one["about"], one["subject"]) == ("text", "评价", f"rating:{rating_id}")
    assert (one["said"], one["label"]) == ("微信内容安全检查提示", "违法犯罪")
    trail = await db.fetch(
        "SELECT data::text AS data FROM audit_entries"
        " WHERE verb = 'moderation.read' AND actor = $1",
        f"staff:{rater.place.staff['supervisor']}",
    )
    assert trail
    assert RISKY not in trail[-1]["data"]


async def test_the_list_is_paged_and_is_of_the_callers_halls(
    rater: Rater, work: Work, supervisor: dict[str, str]
) -> None:
    for _ in range(3):
        await a_held_rating(rater, work)
    first = await rater.client.get(HELD, params={"limit": 2}, headers=supervisor)
    after = first.json()["next"]
    second = await rater.client.get(HELD, params={"limit": 2, "after": after}, headers=supervisor)
    ids = [one["id"] for page in (first, second) for one in page.json()["items"]]
    assert len(set(ids)) == len(ids) == 3
    far = await elsewhere(rater)
    assert await listed(rater.client, far) == []
    answer = await rater.client.post(f"{HELD}/{ids[0]}/release", json=WHY, headers=far)
    assert code_of(answer) == "not_found"


async def elsewhere(rater: Rater) -> dict[str, str]:
    """A supervisor of another hall."""
    await db.execute(
        "INSERT INTO staff_roles (id, staff_id, role, hall_id) VALUES ($1, $2, $3, $4)",
        db.new_id(),
        rater.place.staff["far_clerk"],
        Role.SUPERVISOR,
        rater.place.other_hall_id,
    )
    return await staff_headers(rater.act_as(), rater.place, "far_clerk")


@pytest.mark.parametrize(
    ("way", "state", "seen"),
    [("release", "released", RISKY), ("keep-out", "kept_out", "内容未予展示")],
)
async def test_a_decision_is_kept_with_its_reason_and_shows(
    *, rater: Rater, work: Work, supervisor: dict[str, str], way: str, state: str, seen: str
) -> None:
    rating_id = await a_held_rating(rater, work)
    (one,) = await listed(rater.client, supervisor)
    path = f"{HELD}/{one['id']}/{way}"
    answer = await rater.client.post(path, json=WHY, headers=supervisor)
    assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert await shown_text(rater.act_as(), rating_id, RISKY) == seen
    row = await check_of(rating_id)
    assert (row["reason"], row["decided_by"]) == (
        WHY["reason"],
        rater.place.staff["supervisor"],
    )
    assert await listed(rater.client, supervisor) == []
    kept = await db.fetch_one("SELECT comment FROM ratings WHERE id = $1", rating_id)
    assert kept == {"comment": RISKY}, "nothing is lost"
    trail = await db.fetch(
        "SELECT actor FROM audit_entries WHERE verb = $1 AND subject = $2",
        f"moderation.{state}",
        f"rating:{rating_id}",
    )
    assert len(trail) == 1
    again = await rater.client.post(path, json={"reason": "再点一次"}, headers=supervisor)
    assert again.json() == answer.json()
    other = "keep-out" if way == "release" else "release"
    refused = await rater.client.post(f"{HELD}/{one['id']}/{other}", json=WHY, headers=supervisor)
    assert (refused.status_code, code_of(refused)) == (409, "moderation.decided")


async def test_what_passed_is_nobodys_to_decide(
    rater: Rater, work: Work, supervisor: dict[str, str]
) -> None:
    rating_id = await rater.rates(GOOD)
    await work()
    check_id = (await check_of(rating_id))["id"]
    answer = await rater.client.post(f"{HELD}/{check_id}/keep-out", json=WHY, headers=supervisor)
    assert code_of(answer) == "moderation.decided"
    assert await shown_text(rater.act_as(), rating_id, GOOD) == GOOD


async def test_what_nobody_could_check_is_for_a_person_only_if_the_hall_wants_it(
    *, rater: Rater, work: Work, supervisor: dict[str, str], settings_with: Any
) -> None:
    rating_id = await rater.rates(GOOD)
    rater.leaves()
    await work()
    check_id = (await check_of(rating_id))["id"]
    assert await listed(rater.client, supervisor) == []
    settings_with(moderation_hold_unchecked=True)
    (one,) = await listed(rater.client, supervisor)
    assert one["said"] == "用户近两小时没有使用小程序，平台未作检查"
    await rater.client.post(f"{HELD}/{check_id}/release", json=WHY, headers=supervisor)
    assert await shown_text(rater.act_as(), rating_id, GOOD) == GOOD


async def test_a_decision_is_not_undone_by_a_late_check(
    rater: Rater, work: Work, supervisor: dict[str, str]
) -> None:
    rating_id = await a_held_rating(rater, work)
    (one,) = await listed(rater.client, supervisor)
    await rater.client.post(f"{HELD}/{one['id']}/release", json=WHY, headers=supervisor)
    await db.execute("UPDATE outbox SET state = 'waiting' WHERE topic = 'moderation.check'")
    await work()
    assert (await state_of(rating_id))[0] == "released"


@pytest.mark.usefixtures("pushing")
async def test_a_held_photo_is_looked_at_and_released(
    rater: Rater, work: Work, supervisor: dict[str, str]
) -> None:
    finds(rater, "review", 21000)
    photo = await sends(rater)
    await work()
    await pushed(rater)
    await work()
    check_id = (await check_of(subject(photo)))["id"]
    path = f"{HELD}/{check_id}"
    unplaced = await rater.client.get(f"{path}/picture", headers=supervisor)
    assert unplaced.status_code == 404, "a photo of no application is nobody else's"
    await db.execute("UPDATE content_checks SET hall_id = $1", rater.place.hall_id)
    (one,) = await listed(rater.client, supervisor)
    assert (one["kind"], one["about"], one["text"]) == ("image", "照片", None)
    picture = await rater.client.get(f"{path}/picture", headers=supervisor)
    assert (picture.status_code, picture.content[:2]) == (200, b"\xff\xd8")
    assert not await seen_by_staff(rater, photo)
    await rater.client.post(f"{path}/release", json=WHY, headers=supervisor)
    assert await seen_by_staff(rater, photo)
    assert (await rater.client.get(f"{path}/picture", headers=supervisor)).status_code == 404


class TestWhereItShows:
    async def test_in_a_rectification(
        self, rater: Rater, work_outbox: Any, supervisor: dict[str, str]
    ) -> None:
        await rater.rates(RISKY, level=1)
        await work_outbox()
        (row,) = await db.fetch("SELECT id FROM rectifications")
        path = f"/api/v1/rectifications/{row['id']}"
        answer = await rater.client.get(path, headers=supervisor)
        assert answer.json()["comment"] == "内容待人工审核"
        (one,) = await listed(rater.client, supervisor)
        await rater.client.post(f"{HELD}/{one['id']}/release", json=WHY, headers=supervisor)
        answer = await rater.client.get(path, headers=supervisor)
        assert answer.json()["comment"] == RISKY

    async def test_in_what_the_province_gets(self, rater: Rater, work: Work) -> None:
        held, shown = await rater.rates(RISKY), await rater.rates(GOOD)
        await work()
        act: Act = rater.act_as()
        rows = [
            {
                "id": rating_id,
                "project_no": "1",
                "service_number": 1,
                "channel": 1,
                "level": 5,
                "tags": [],
                "comment": text,
                "received_at": act.at - timedelta(minutes=1),
            }
            for rating_id, text in ((held, RISKY), (shown, GOOD))
        ]
        told = await Contents(act).evaluations(rows)
        assert [one.writing_evaluation for one in told] == ["内容待人工审核", GOOD]


async def test_a_persons_right_to_it(rater: Rater, work: Work) -> None:
    rating_id = await a_held_rating(rater, work)
    act, ids = rater.act(), [rater.actor.id]
    (kept,) = await SHARE.export(act, ids)
    assert (kept["subject"], kept["state"]) == (f"rating:{rating_id}", "held")
    await SHARE.forget(act, ids)
    assert await SHARE.export(act, ids) == []
    assert (await state_of(rating_id))[0] == "held", "the verdict stays"
