"""Pushing events to the house: late, sometimes twice, again when it does not answer."""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

import httpx
import msgspec

from wechat.sandbox.clock import Clock
from wechat.sandbox.envelopes import Target, write

ATTEMPTS = 3
PATIENCE = 5.0
_POLL = 0.05
_KEPT = 500

Chance = Annotated[float, msgspec.Meta(ge=0, le=1)]
Outcome = Literal["waiting", "delivered", "failed", "nowhere"]


class Habits(msgspec.Struct, forbid_unknown_fields=True):
    """How the platform behaves: seconds before a push, and the chances of its oddities.

    `retry_seconds` is between an attempt that was not answered with `success` and the next.
    """

    delay: Annotated[float, msgspec.Meta(ge=0, le=1800)] = 1.0
    duplicates: Chance = 0.3
    without_errcode: Chance = 0.3
    label_as_text: Chance = 0.3
    retry_seconds: Annotated[float, msgspec.Meta(ge=0, le=60)] = 1.0


class Pushed(msgspec.Struct):
    """One push, for whoever looks: what it says, and what became of it.

    `answers` has a line for each attempt: the status and the beginning of the body, or the name
    of the error. `copies` is how many times it goes out when all is well.
    """

    at: float
    event: str
    openid: str
    message: dict[str, Any]
    outcome: Outcome = "waiting"
    copies: int = 1
    answers: list[str] = msgspec.field(default_factory=list)


class Pushes:
    """The pushes of one mini program.

    `target` None: nothing is sent, only noted. `now` is the time that a push carries, the world's
    and not the sandbox's: a receiver compares it with its own clock.
    """

    def __init__(self, clock: Clock, appid: str, seed: int = 0) -> None:
        self._clock = clock
        self._appid = appid
        self._chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None
        self.target: Target | None = None
        self.habits = Habits()
        self.log: deque[Pushed] = deque(maxlen=_KEPT)
        self.now: Callable[[], float] = time.time

    def aim(self, target: Target | None) -> None:
        """Send pushes there from now on; None: nowhere."""
        if target:
            target = Target.checked(
                target.url, target.token, target.aes_key, target.mode, target.format
            )
        self.target = target

    def happens(self, chance: float) -> bool:
        """Throw the dice of a habit."""
        return self._chance.random() < chance

    def tell(
        self, event: str, openid: str, more: Mapping[str, Any], *, at_once: bool = False
    ) -> None:
        """Push an event of the user `openid`, after the usual delay."""
        message = {
            "ToUserName": f"gh_{self._appid[-12:]}",
            "FromUserName": openid,
            "CreateTime": int(self.now()),
            "MsgType": "event",
            "Event": event,
            **more,
        }
        pushed = Pushed(self._clock.now(), event, openid, message)
        self.log.append(pushed)
        if self.target is None:
            pushed.outcome = "nowhere"
            return
        delay = 0.0 if at_once else self.habits.delay
        self.later(delay, lambda: self._deliver(pushed))

    def later(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Do `work` after so many seconds of the sandbox's time."""
        due = self._clock.now() + seconds

        async def wait() -> None:
            # Looked at again and again, because the clock may be moved meanwhile.
            while (left := due - self._clock.now()) > 0:  # noqa: ASYNC110
                await asyncio.sleep(min(left, _POLL))
            await work()

        task = asyncio.create_task(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until nothing is under way any more."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    async def aclose(self) -> None:
        """Drop what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._http:
            await self._http.aclose()
            self._http = None

    async def check_address(self) -> str:
        """What the console does when an address is entered: GET with an `echostr`.

        Answers `ok`, or what was wrong.
        """
        target = self.target
        if target is None:
            return "还没有设置推送地址"
        echo = str(self._chance.randrange(10**18, 10**19))
        query = write(target, self._appid, {}, int(self.now())).query
        asked = {name: query[name] for name in ("signature", "timestamp", "nonce")}
        try:
            answer = await self._client().get(target.url, params=asked | {"echostr": echo})
        except httpx.HTTPError as error:
            return type(error).__name__
        right = answer.status_code == httpx.codes.OK and answer.text == echo
        return "ok" if right else f"{answer.status_code} {answer.text[:80]}"

    async def _deliver(self, pushed: Pushed) -> None:
        if self.happens(self.habits.duplicates):
            pushed.copies = 2
        for _ in range(pushed.copies):
            delivered = await self._attempts(pushed)
            pushed.outcome = "delivered" if delivered else "failed"
            if not delivered:
                return

    async def _attempts(self, pushed: Pushed) -> bool:
        for number in range(ATTEMPTS):
            if number:
                await asyncio.sleep(self.habits.retry_seconds)
            if await self._attempt(pushed):
                return True
        return False

    async def _attempt(self, pushed: Pushed) -> bool:
        target = self.target
        if target is None:
            return False
        envelope = write(target, self._appid, pushed.message, int(self.now()))
        try:
            answer = await self._client().post(
                target.url,
                params=envelope.query,
                content=envelope.body,
                headers={"content-type": envelope.content_type},
            )
        except httpx.HTTPError as error:
            pushed.answers.append(type(error).__name__)
            return False
        pushed.answers.append(f"{answer.status_code} {answer.text[:80]}")
        return answer.status_code == httpx.codes.OK and answer.text.strip() in ("", "success")

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            self._http = httpx.AsyncClient(timeout=PATIENCE)
        return self._http
