"""Faults on demand: what a caller of the platform meets on a bad day."""

import random
from typing import Annotated, Literal

import msgspec

Kind = Literal["latency", "timeout", "lost", "http_5xx", "html", "busy", "token", "errcode"]


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One fault.

    `latency` waits `seconds` and then serves; `timeout` waits and does nothing; `lost` serves and
    then waits, so that the caller never learns of it; `http_5xx` answers 502 with a page; `html`
    answers 200 with a page; `busy` is -1; `token` is 40001 (a storm of refused tokens);
    `errcode` is any other refusal, given as `errcode`.

    It strikes paths that begin with `path`, with `probability`, `times` in all (None: without
    end).
    """

    kind: Kind
    path: str = "/"
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 30.0
    errcode: int = -1


class Faults:
    """The faults in force. `seed` makes their chances repeatable."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self.in_force: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put one more in force, after those before it."""
        self.in_force.append(fault)

    def clear(self) -> None:
        """End them all."""
        self.in_force.clear()

    def strike(self, path: str) -> Fault | None:
        """The fault that this call meets, counted off; None for most calls."""
        for fault in self.in_force:
            if path.startswith(fault.path) and self._chance.random() < fault.probability:
                self._count_off(fault)
                return fault
        return None

    def _count_off(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            self.in_force = [other for other in self.in_force if other is not fault]
