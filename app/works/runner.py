"""The runs of long work in one process: beside the requests, a few at a time, with signs of life.

A run writes its progress about once a second, outside of the work's own transactions, so that it
is seen while the work goes on. The same statement is its sign of life, and tells it when it shall
stop or has lost its work to another run.
"""

import asyncio
from typing import Any

import msgspec
import structlog

from app.core.acts import Act, system_act
from app.core.auth import Staff
from app.core.errors import Problem, Unavailable
from app.core.house import House
from app.core.sessions import LiveSession
from app.halls import accounts
from app.works import queries, vault
from app.works.kinds import Kinds, Outcome, Running
from app.works.queries import Claim
from app.works.rules import AT_ONCE, BEAT, MOST_ATTEMPTS, State
from app.works.service import kept_until

log = structlog.get_logger(__name__)
AGAIN = "遇到故障，稍后自动重试。"
BROKEN = "系统出错，没有完成。请稍后重试；仍不成功的，请联系系统管理员。"
KILLED = "多次被中断，没有完成。请稍后重试。"
STOPPED = "已按您的要求停止；停止前已经完成的部分保持不变。"
NO_ACCOUNT = "发起人的账号已停用，没有执行。"


class Runner:
    """Does the works that this process took up. Stopped, it gives back what it had in hand."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._runs: set[asyncio.Task[None]] = set()

    @property
    def has_room(self) -> bool:
        """Whether it may take up another one."""
        return len(self._runs) < AT_ONCE

    def begin(self, claimed: Claim) -> None:
        """Do a work in a task of its own. Call it outside of any transaction."""
        run = asyncio.create_task(self._run(claimed), name=f"work {claimed.id}")
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)

    async def idle(self) -> None:
        """Wait until nothing is in hand."""
        while self._runs:
            await asyncio.wait(set(self._runs))

    async def stop(self) -> None:
        """Stop everything in hand; it waits for whoever comes next."""
        for run in self._runs:
            run.cancel()
        await self.idle()

    async def _run(self, claimed: Claim) -> None:
        running = Running(lambda: vault.get(self._house, claimed.id, claimed.data_key, "given"))
        doing = asyncio.create_task(self._do(claimed, running))
        try:
            stopped = await self._watch(claimed, running, doing)
            await self._end(claimed, running, doing, stopped=stopped)
        except asyncio.CancelledError:
            doing.cancel()
            await asyncio.wait([doing])
            await asyncio.shield(queries.give_back(claimed, counted=False))
        except Exception:
            # Without a word in the database the run is taken for dead, and begun again.
            log.exception("works.run_lost", work=str(claimed.id))

    async def _do(self, claimed: Claim, running: Running) -> Outcome:
        kind = self._house.part(Kinds)[claimed.kind]
        # The work's id stands for a session: it acts for its owner, who need not be there.
        session = LiveSession(claimed.id, "staff", claimed.owner_id)
        owner = await accounts.staff_of_session(session, self._house.settings)
        if owner is None:
            raise _NoAccount
        act = _act_of(self._house, owner)
        params = msgspec.json.decode(claimed.params, type=kind.params)
        return await kind.run(act, params, running)

    async def _watch(
        self, claimed: Claim, running: Running, doing: "asyncio.Task[Outcome]"
    ) -> bool:
        """Give signs of life until the work ends; whether it was told to stop."""
        while not doing.done():
            await asyncio.wait([doing], timeout=BEAT)
            if doing.done():
                break
            try:
                stop = await queries.beat(
                    claimed,
                    self._house.clock.now(),
                    running.done,
                    running.total,
                    running.message,
                )
            except Exception as error:  # the database may be away for a moment
                log.warning("works.no_sign_of_life", error=type(error).__name__)
                continue
            if stop is not False:
                doing.cancel()
                await asyncio.wait([doing])
                return True
        return False

    async def _end(
        self,
        claimed: Claim,
        running: Running,
        doing: "asyncio.Task[Outcome]",
        *,
        stopped: bool,
    ) -> None:
        if doing.cancelled():
            if stopped:
                await self._settle(claimed, State.CANCELLED, STOPPED)
            else:
                await queries.give_back(claimed, AGAIN, counted=True)
            return
        error = doing.exception()
        if error is None:
            await self._done(claimed, running, doing.result())
        elif isinstance(error, Problem) and not isinstance(error, Unavailable):
            # What `errors` and `count` say belongs to the problem: the lines that were refused.
            await self._settle(claimed, State.FAILED, str(error), dict(error.extra) or None)
        else:
            log.warning("works.failed", work=str(claimed.id), kind=claimed.kind, exc_info=error)
            if claimed.attempts < MOST_ATTEMPTS:
                await queries.give_back(claimed, AGAIN, counted=True)
            else:
                sentence = str(error) if isinstance(error, Problem) else BROKEN
                await self._settle(claimed, State.FAILED, sentence)

    async def _done(self, claimed: Claim, running: Running, outcome: Outcome) -> None:
        all_of_it = (max(running.done, running.total),) * 2
        made = outcome.file
        if made is None:
            await self._settle(
                claimed,
                State.DONE,
                outcome.message,
                outcome.summary,
                progress=all_of_it,
                keep_given=outcome.keep_given,
            )
            return
        await vault.put(self._house, claimed.id, claimed.data_key, "result", made.content)
        file = (made.filename or "结果", made.content_type, len(made.content))
        await self._settle(claimed, State.DONE, outcome.message, outcome.summary, file, all_of_it)

    async def _settle(
        self,
        claimed: Claim,
        state: State,
        message: str,
        summary: dict[str, Any] | None = None,
        file: tuple[str, str, int] | None = None,
        progress: tuple[int, int] | None = None,
        *,
        keep_given: bool = False,
    ) -> None:
        act = system_act(self._house, "works.run")
        async with act.transaction() as tx:
            ended = await queries.end(
                claimed.id,
                claimed.run_id,
                state,
                now=act.at,
                expires_at=kept_until(act),
                message=message[:300],
                summary=summary,
                file=file,
                progress=progress,
            )
            if ended:
                tx.audit(
                    f"work.{state}",
                    f"work:{claimed.id}",
                    hall_id=claimed.hall_id,
                    kind=claimed.kind,
                    attempts=claimed.attempts,
                )
        if ended and not keep_given:
            await vault.remove(self._house, claimed.id, "given")


class _NoAccount(Problem):
    """The owner is no longer active: nothing is done in their name."""

    status = 403
    code = "works.no_account"
    title = NO_ACCOUNT


def _act_of(house: House, owner: Staff) -> Act:
    return Act(house, owner, house.clock.now())
