"""Kinds of work to test with, and somebody who starts them and sees them end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from app.core.acts import Act
from app.core.auth import Role
from app.core.house import House
from app.core.wire import File
from app.works import service
from app.works.kinds import Kind, Kinds, Outcome, Running
from app.works.runner import Runner
from app.works.schemas import WorkShown
from tests.places import Place


class Params(msgspec.Struct, frozen=True):
    text: str = "好"


@dataclass
class Hands:
    """`go` holds every run of `slow` back until it is set; `runs` counts them."""

    house: House
    place: Place
    act_as: Callable[..., Act]
    work_outbox: Callable[[], Any]
    go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    runs: int = 0
    errors: list[Exception] = field(default_factory=list)
    before: set[str] = field(default_factory=set)
    """What was in the storage before the test."""

    def __post_init__(self) -> None:
        kinds = self.house.part(Kinds)
        kinds.add(Kind("test.slow", Params, (Role.MANAGER,), self._slow))
        kinds.add(Kind("test.file", Params, (Role.MANAGER,), self._file))
        kinds.add(Kind("test.given", Params, (Role.MANAGER,), self._given))

    async def _slow(self, act: Act, params: Params, running: Running) -> Outcome:
        self.runs += 1
        running.tell(1, 4, "正在处理")
        self.begun.set()
        await self.go.wait()
        if self.errors:
            raise self.errors.pop(0)
        running.tell(4, 4)
        return Outcome(message="全部处理完毕。", summary={"by": act.actor.key, "text": params.text})

    async def _file(self, act: Act, params: Params, running: Running) -> Outcome:
        return Outcome(file=File(params.text.encode(), "text/plain", "结果.txt"))

    async def _given(self, act: Act, params: Params, running: Running) -> Outcome:
        return Outcome(summary={"bytes": len(await running.given())})

    async def start(self, kind: str = "test.slow", who: str = "manager", **more: Any) -> WorkShown:
        act = await self.act(who)
        params = more.pop("params", Params())
        return await service.start(
            act, kind, params, hall_id=self.place.hall_id, title="测试任务", **more
        )

    async def act(self, who: str = "manager") -> Act:
        return self.act_as(await self.place.actor(self.act_as(), who))

    async def take_up(self) -> None:
        """Have the outbox handled, as a worker does; what it took up goes on beside it."""
        await self.work_outbox()

    async def finish(self) -> None:
        """Let everything run to its end."""
        self.go.set()
        await self.take_up()
        await self.runner.idle()

    @property
    def runner(self) -> Runner:
        return self.house.part(Runner)

    async def shown(self, work_id: UUID) -> WorkShown:
        return await service.shown(await self.act(), work_id)

    async def until(self, holds: Callable[[WorkShown], bool], work_id: UUID) -> WorkShown:
        """The work as soon as `holds` is true of it; fails after some seconds."""
        for _ in range(100):
            found = await self.shown(work_id)
            if holds(found):
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"it did not come to that: {found}")
