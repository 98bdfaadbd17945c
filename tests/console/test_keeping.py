"""Held content and messages that did not arrive: seen and decided by whom it concerns."""

from typing import Any

from app.core import db
from app.moderation import service as moderation
from tests.cases.builders import ok
from tests.console.boards import Boards
from tests.console.pages import words
from tests.evaluations.hub import decided_case
from tests.guards import test_owners as things

WHY = {"reason": "内容属实，可以公开。"}
TEXT = "不好说"


async def held_text(boards: Boards) -> str:
    """A rating whose text is held, as the platform may have it."""
    world = boards.world
    citizen = await world.citizen()
    number = f"HELD-{db.new_id().hex[-8:]}"
    await decided_case(world.act_as(), world.place, number, citizen.id)
    body = {"case_number": number, "level": 5, "comment": TEXT}
    made = await world.client.post("/api/v1/ratings", json=body, headers=citizen.headers)
    subject, hall_id = f"rating:{ok(made, 201)['id']}", world.place.hall_id
    await moderation.submit_text(world.act_as(), subject, citizen.id, TEXT, hall_id=hall_id)
    return await held(subject)


async def held(subject: str) -> str:
    """What the check of a subject becomes where the platform is not sure."""
    rows = await db.fetch(
        "UPDATE content_checks SET state = 'held', why = 'platform', judged_at = created_at"
        " WHERE subject = $1 RETURNING id",
        subject,
    )
    return str(rows[0]["id"])


async def dead_letter(boards: Boards, state: str = "dead") -> str:
    letter: Any = (await things.a_dead_letter(boards.world))["letter_id"]
    await db.execute("UPDATE notices SET wechat_state = $2 WHERE id = $1", letter, state)
    return str(letter)


class TestHeld:
    async def test_a_text_is_read_by_the_supervisor_and_the_reading_is_recorded(
        self, boards: Boards
    ) -> None:
        await held_text(boards)
        before = await _trail("moderation.read")
        assert TEXT in await boards.page("supervisor", "/held")
        assert await _trail("moderation.read") == before + 1

    async def test_a_picture_is_a_link_and_not_read_with_the_page(self, boards: Boards) -> None:
        check = str((await things.a_held_photo(boards.world))["check_id"])
        before = await _trail("moderation.picture_read")
        page = await boards.page("supervisor", "/held")
        address = f"/api/v1/moderation/held/{check}/picture"
        assert f'href="{address}"' in page
        assert "<img" not in page.partition("<main")[2]
        assert await _trail("moderation.picture_read") == before
        headers = await boards.world.staff("supervisor")
        answer = await boards.world.client.get(address, headers=headers)
        assert answer.headers["Content-Type"].startswith("image/")

    async def test_it_is_released_or_kept_out_with_a_reason(self, boards: Boards) -> None:
        for act, state in (("release", "released"), ("keep-out", "kept_out")):
            check = await held_text(boards)
            path = f"/held/{check}/{act}"
            assert (await boards.send("supervisor", path)).status_code == 422
            assert await boards.done("supervisor", path, WHY) == "/console/held"
            row = await db.fetch_one(
                "SELECT state, reason FROM content_checks WHERE id = $1", check
            )
            assert row == {"state": state, "reason": WHY["reason"]}
            assert TEXT not in await boards.page("supervisor", "/held")
            await db.execute("DELETE FROM content_checks")

    async def test_what_was_decided_is_not_decided_otherwise(self, boards: Boards) -> None:
        check = await held_text(boards)
        await boards.done("supervisor", f"/held/{check}/release", WHY)
        answer = await boards.send("supervisor", f"/held/{check}/keep-out", WHY)
        assert answer.status_code == 409

    async def test_nobody_else_sees_it(self, boards: Boards) -> None:
        check = await held_text(boards)
        others = ("manager", "clerk", "reviewer", "admin", "far_manager")
        assert set((await boards.statuses("/held", *others)).values()) == {403}
        other_hall = boards.world.place.other_hall_id
        await boards.world.add_role("far_clerk", "supervisor", hall=other_hall)
        assert TEXT not in await boards.page("far_clerk", "/held")
        answer = await boards.send("far_clerk", f"/held/{check}/release", WHY)
        assert answer.status_code == 404


class TestLetters:
    async def test_a_dead_letter_is_sent_again(self, boards: Boards) -> None:
        letter = await dead_letter(boards)
        page = words(await boards.page("supervisor", "/letters"))
        assert "微信" in page
        to = await boards.done("supervisor", f"/letters/{letter}/replay")
        assert to == "/console/letters"
        assert await _state(letter) == "waiting"
        assert "没有未送达的通知" in await boards.page("admin", "/letters")

    async def test_what_may_have_arrived_is_sent_again_only_knowingly(self, boards: Boards) -> None:
        letter = await dead_letter(boards, "doubtful")
        page = await boards.page("supervisor", "/letters")
        assert 'name="may_repeat"' in page
        assert 'name="may_repeat" value="true" checked' not in page
        answer = await boards.send("supervisor", f"/letters/{letter}/replay")
        assert answer.status_code == 409
        assert await _state(letter) == "doubtful"
        await boards.done("supervisor", f"/letters/{letter}/replay", {"may_repeat": "true"})
        assert await _state(letter) == "waiting"

    async def test_one_is_discarded_with_a_reason(self, boards: Boards) -> None:
        letter = await dead_letter(boards)
        path = f"/letters/{letter}/discard"
        assert (await boards.send("admin", path)).status_code == 422
        await boards.done("admin", path, {"reason": "申请人已当面知道。"})
        assert await _state(letter) == "discarded"

    async def test_the_message_itself_is_not_on_the_page(self, boards: Boards) -> None:
        letter = await dead_letter(boards)
        row = await db.fetch_one("SELECT body FROM notices WHERE id = $1", letter)
        assert row
        assert row["body"] not in await boards.page("supervisor", "/letters")

    async def test_only_keepers_of_the_hall(self, boards: Boards) -> None:
        letter = await dead_letter(boards)
        found = await boards.statuses("/letters", "manager", "clerk", "reviewer", "far_manager")
        assert set(found.values()) == {403}
        assert letter not in await boards.page("far_admin", "/letters")
        assert (await boards.send("far_admin", f"/letters/{letter}/replay")).status_code == 404


async def _state(letter: str) -> str:
    row = await db.fetch_one("SELECT wechat_state FROM notices WHERE id = $1", letter)
    assert row
    return str(row["wechat_state"])


async def _trail(verb: str) -> int:
    row = await db.fetch_one("SELECT count(*) AS n FROM audit_entries WHERE verb = $1", verb)
    assert row
    return int(row["n"])
