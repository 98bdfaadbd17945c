"""Long work: started, seen while it goes on, left and found again, stopped, fetched, forgotten."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest

from app.core import db
from app.core.auth import Role
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.storage import StorageDown
from app.core.wire import PageQuery
from app.halls import accounts
from app.settings import environment
from app.works import service, vault
from app.works.rules import MOST_ATTEMPTS, SILENCE, State, share
from app.works.runner import BROKEN, KILLED
from tests.places import staff_headers
from tests.works.hands import Hands, Params

ROOT = Path(__file__).parents[2]


async def _stored(hands: Hands) -> list[str]:
    """What of this test is in the storage, which the tests share."""
    return [key async for key, _ in hands.house.storage.list("works") if key not in hands.before]


class TestGoingOn:
    async def test_a_work_is_done_in_the_name_of_its_owner(self, hands: Hands) -> None:
        work = await hands.start(params=Params("月报"))
        assert (work.state, work.share, work.is_open) == (State.WAITING, None, True)
        await hands.finish()
        done = await hands.shown(work.id)
        assert (done.state, done.message, done.share) == (State.DONE, "全部处理完毕。", 1.0)
        assert done.summary == {"by": f"staff:{hands.place.staff['manager']}", "text": "月报"}

    async def test_its_progress_is_seen_while_it_goes_on(self, hands: Hands) -> None:
        work = await hands.start()
        await hands.take_up()
        seen = await hands.until(lambda found: found.done == 1, work.id)
        assert (seen.state, seen.total, seen.message) == (State.RUNNING, 4, "正在处理")
        assert seen.share == 0.25
        await hands.finish()

    async def test_it_does_not_hold_up_the_outbox(self, hands: Hands) -> None:
        """Messages to citizens go out beside a report that takes minutes."""
        await hands.start()
        await asyncio.wait_for(hands.take_up(), 30)
        assert hands.runs == 0 or not hands.go.is_set()
        await hands.finish()

    async def test_asked_for_twice_it_is_one(self, hands: Hands) -> None:
        first, second = await hands.start(), await hands.start()
        other = await hands.start(params=Params("别的"))
        assert first.id == second.id != other.id
        await hands.finish()
        assert hands.runs == 2
        again = await hands.start()
        assert again.id != first.id, "once it has ended, it can be asked for anew"

    async def test_a_file_is_kept_sealed_and_fetched_by_its_owner(self, hands: Hands) -> None:
        work = await hands.start("test.file", params=Params("绝密的数字"))
        await hands.finish()
        made = await service.file(await hands.act(), work.id)
        assert (made.content.decode(), made.filename) == ("绝密的数字", "结果.txt")
        (key,) = await _stored(hands)
        assert "绝密".encode() not in await hands.house.storage.get(key)

    async def test_what_it_was_given_is_there_and_is_deleted_with_its_end(
        self, hands: Hands
    ) -> None:
        work = await hands.start("test.given", given=b"x" * 1000, given_name="目录.csv")
        assert len(await _stored(hands)) == 1
        await hands.finish()
        assert (await hands.shown(work.id)).summary == {"bytes": 1000}
        assert await _stored(hands) == []

    async def test_given_another_file_it_is_another_work(self, hands: Hands) -> None:
        first = await hands.start("test.given", given=b"a")
        assert (await hands.start("test.given", given=b"b")).id != first.id
        assert (await hands.start("test.given", given=b"a")).id == first.id
        assert len(await _stored(hands)) == 2, "the repeated upload was not kept"


class TestFailing:
    async def test_a_problem_is_told_and_not_tried_again(self, hands: Hands) -> None:
        hands.errors = [Conflict("目录中有 3 处错误。", errors=[{"row": 2}], count=3)]
        work = await hands.start()
        await hands.finish()
        failed = await hands.shown(work.id)
        assert (failed.state, failed.message) == (State.FAILED, "目录中有 3 处错误。")
        assert failed.summary == {"errors": [{"row": 2}], "count": 3}
        assert hands.runs == 1

    @pytest.mark.parametrize("error", [ZeroDivisionError("x"), StorageDown()])
    async def test_what_may_pass_is_tried_again(self, hands: Hands, error: Exception) -> None:
        hands.errors = [error]
        work = await hands.start()
        await hands.finish()
        assert (await hands.shown(work.id)).state is State.WAITING
        hands.house.clock.shift(timedelta(minutes=1))
        await hands.finish()
        assert (await hands.shown(work.id)).state is State.DONE
        assert hands.runs == 2

    async def test_what_never_passes_fails_after_some_attempts(self, hands: Hands) -> None:
        hands.errors = [ZeroDivisionError("内部细节")] * 9
        work = await hands.start()
        for _ in range(MOST_ATTEMPTS + 1):
            await hands.finish()
            hands.house.clock.shift(timedelta(minutes=1))
        failed = await hands.shown(work.id)
        assert (failed.state, failed.message) == (State.FAILED, BROKEN)
        assert hands.runs == MOST_ATTEMPTS

    async def test_nothing_is_done_for_an_account_that_was_closed(self, hands: Hands) -> None:
        work = await hands.start()
        admin = await hands.act("admin")
        await accounts.deactivate(admin, hands.place.staff["manager"], "离职")
        await hands.finish()
        row = await db.fetch_one("SELECT state, message FROM works WHERE id = $1", work.id)
        assert row
        assert row["state"] == "failed"
        assert "停用" in row["message"]
        assert hands.runs == 0


class TestKilled:
    async def test_a_stopped_process_gives_its_work_back(self, hands: Hands) -> None:
        work = await hands.start()
        await hands.take_up()
        await hands.begun.wait()
        await hands.runner.stop()
        assert (await hands.shown(work.id)).state is State.WAITING
        hands.house.clock.shift(timedelta(minutes=1))
        await hands.finish()
        assert (await hands.shown(work.id)).state is State.DONE

    async def test_one_that_lives_is_left_alone(self, hands: Hands) -> None:
        work = await hands.start()
        await hands.take_up()
        await hands.begun.wait()
        hands.house.clock.shift(SILENCE / 2)
        await hands.take_up()
        assert (await hands.shown(work.id)).state is State.RUNNING
        await hands.finish()
        assert hands.runs == 1

    async def test_a_run_that_was_taken_for_dead_has_no_say_any_more(self, hands: Hands) -> None:
        """A process that slept wakes up and finds its work taken up by another."""
        work = await hands.start()
        await hands.take_up()
        await hands.begun.wait()
        await db.execute(
            "UPDATE works SET run_id = $2, message = 'another' WHERE id = $1", work.id, db.new_id()
        )
        hands.go.set()
        await hands.runner.idle()
        found = await hands.shown(work.id)
        assert (found.state, found.message) == (State.RUNNING, "another")

    async def test_one_that_kills_its_process_again_and_again_fails(self, hands: Hands) -> None:
        work = await hands.start()
        for attempt in range(1, MOST_ATTEMPTS + 1):
            await _leave_lying(hands, work.id, attempt)
        hands.house.clock.shift(timedelta(minutes=1))
        await hands.finish()
        failed = await hands.shown(work.id)
        assert (failed.state, failed.message) == (State.FAILED, KILLED)
        assert hands.runs == 0

    async def test_asked_to_stop_and_killed_it_is_cancelled(self, hands: Hands) -> None:
        work = await hands.start()
        await _leave_lying(hands, work.id, 1)
        asked = await service.cancel(await hands.act(), work.id)
        assert (asked.state, asked.cancelling) == (State.RUNNING, True)
        hands.house.clock.shift(timedelta(minutes=1))
        await hands.finish()
        assert (await hands.shown(work.id)).state is State.CANCELLED

    @pytest.mark.slow
    async def test_the_work_of_a_killed_process_is_done_by_another(self, hands: Hands) -> None:
        work = await hands.start()
        victim = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.works.victim",
            env=dict(os.environ) | environment(hands.house.settings),
            cwd=ROOT,
        )
        try:
            for _ in range(600):
                if (await hands.shown(work.id)).done:
                    break
                assert victim.returncode is None, "it ended of its own accord"
                await asyncio.sleep(0.05)
        finally:
            victim.send_signal(signal.SIGKILL)
            await victim.wait()
        left = await hands.shown(work.id)
        assert (left.state, left.message) == (State.RUNNING, "由别的进程处理")
        await hands.take_up()
        assert (await hands.shown(work.id)).state is State.RUNNING, "it may still be alive"
        hands.house.clock.shift(SILENCE + timedelta(seconds=1))
        await hands.finish()
        done = await hands.shown(work.id)
        assert (done.state, done.message) == (State.DONE, "全部处理完毕。")
        assert hands.runs == 1


async def _leave_lying(hands: Hands, work_id: object, attempt: int) -> None:
    """As a killed process leaves it behind."""
    await db.execute(
        "UPDATE works SET state = 'running', run_id = $2, beat_at = $3, attempts = $4"
        " WHERE id = $1",
        work_id,
        db.new_id(),
        hands.house.clock.now() - SILENCE,
        attempt,
    )


class TestStopping:
    async def test_one_that_waits_is_cancelled_at_once(self, hands: Hands) -> None:
        work = await hands.start("test.given", given=b"x")
        assert (await service.cancel(await hands.act(), work.id)).state is State.CANCELLED
        await hands.finish()
        assert await _stored(hands) == []

    async def test_one_that_goes_on_stops_soon(self, hands: Hands) -> None:
        work = await hands.start()
        await hands.take_up()
        await hands.begun.wait()
        asked = await service.cancel(await hands.act(), work.id)
        assert (asked.state, asked.cancelling) == (State.RUNNING, True)
        stopped = await hands.until(lambda found: not found.is_open, work.id)
        assert stopped.state is State.CANCELLED
        assert "停止" in stopped.message

    async def test_one_that_has_ended_cannot_be_stopped(self, hands: Hands) -> None:
        work = await hands.start()
        await hands.finish()
        with pytest.raises(service.AlreadyEnded):
            await service.cancel(await hands.act(), work.id)


class TestForgetting:
    async def test_after_its_time_nothing_is_left(self, hands: Hands) -> None:
        work = await hands.start("test.file")
        await hands.finish()
        days = hands.house.settings.work_days
        hands.house.clock.shift(timedelta(days=days) - timedelta(minutes=1))
        assert await service.forget_old(hands.act_as()) == 0
        hands.house.clock.shift(timedelta(minutes=2))
        assert await service.forget_old(hands.act_as()) == 1
        assert await _stored(hands) == []
        with pytest.raises(NotFound):
            await hands.shown(work.id)

    async def test_a_file_whose_row_was_never_written_goes_after_a_day(self, hands: Hands) -> None:
        work = await hands.start("test.given", given=b"x")
        lost = db.new_id()
        await vault.put(hands.house, lost, vault.new_key(hands.house), "given", b"y")
        assert await service.sweep_orphans(hands.act_as()) == 0, "it may just be being written"
        hands.house.clock.shift(timedelta(days=2))
        assert await service.sweep_orphans(hands.act_as()) >= 1
        assert await _stored(hands) == [f"works/{work.id.hex}/given"]

    async def test_one_that_has_not_ended_is_never_forgotten(self, hands: Hands) -> None:
        work = await hands.start()
        hands.house.clock.shift(timedelta(days=400))
        assert await service.forget_old(hands.act_as()) == 0
        assert (await hands.shown(work.id)).state is State.WAITING


class TestWhoSees:
    async def test_only_who_may_start_it_does(self, hands: Hands) -> None:
        for who in ("clerk", "reviewer", "supervisor", "far_manager"):
            with pytest.raises(Forbidden):
                await hands.start(who=who)

    async def test_a_work_is_its_owners_alone(
        self, hands: Hands, client: httpx.AsyncClient
    ) -> None:
        work = await hands.start("test.file")
        await hands.finish()
        for who in ("supervisor", "admin", "far_manager"):
            headers = await staff_headers(hands.act_as(), hands.place, who)
            for path in ("", "/file"):
                answer = await client.get(f"/api/v1/works/{work.id}{path}", headers=headers)
                assert answer.status_code == 404
            assert (await client.get("/api/v1/works", headers=headers)).json()["items"] == []

    async def test_who_has_no_role_in_the_hall_any_more_sees_nothing_of_it(
        self, hands: Hands
    ) -> None:
        work = await hands.start()
        owner = hands.place.staff["manager"]
        await db.execute(
            "UPDATE staff_roles SET hall_id = $2 WHERE staff_id = $1",
            owner,
            hands.place.other_hall_id,
        )
        with pytest.raises(NotFound):
            await hands.shown(work.id)
        found = await service.listed(await hands.act(), PageQuery())
        assert found.items == []
        assert (await hands.act()).actor.has(Role.MANAGER)

    async def test_by_http(self, hands: Hands, client: httpx.AsyncClient) -> None:
        ids = [(await hands.start(params=Params(str(n)))).id for n in range(3)]
        headers = await staff_headers(hands.act_as(), hands.place, "manager")
        first = (await client.get("/api/v1/works?limit=2", headers=headers)).json()
        rest = (
            await client.get(f"/api/v1/works?limit=2&after={first['next']}", headers=headers)
        ).json()
        listed = [row["id"] for row in first["items"] + rest["items"]]
        assert listed == [str(found) for found in reversed(ids)]
        answer = await client.post(f"/api/v1/works/{ids[0]}/cancel", headers=headers)
        assert answer.json()["state"] == "cancelled"
        answer = await client.get(f"/api/v1/works/{ids[1]}/file", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "works.no_file")
        await hands.finish()
        assert (
            msgspec.json.decode(
                (await client.get(f"/api/v1/works/{ids[2]}", headers=headers)).content
            )["summary"]["text"]
            == "2"
        )


def test_how_much_is_done() -> None:
    assert share(0, 0) is None
    assert share(1, 4) == 0.25
    assert share(9, 4) == 1.0, "what was found to be more than thought is not more than all"
