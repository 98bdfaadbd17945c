"""Faults on demand: what a caller of the platform meets on a bad day."""

import random
from typing import Annotated, Literal

import msgspec

Kind = Literal["latency", "timeout", "lost", "http_5xx", "html", "busy", "token", "errcode"]


USUAL: tuple[Kind, ...] = (
    "latency",
    "timeout",
    "lost",
    "http_5xx",
    "html",
    "busy",
    "token",
)
"""What a mix is made of, if nothing else is asked for."""


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


class Mix(msgspec.Struct, forbid_unknown_fields=True):
    """A bad day: of the calls whose path begins with `path`, `percent` meet one of `kinds`.

    `seconds` is how long the slow ones wait.
    """

    percent: Annotated[float, msgspec.Meta(ge=0, le=100)]
    kinds: Annotated[list[Kind], msgspec.Meta(min_length=1)] = msgspec.field(
        default_factory=lambda: list(USUAL)
    )
    path: str = "/"
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 10.0


class Faults:
    """The faults in force. `seed` makes their chances repeatable."""

    def __init__(self, seed: int = 0) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self.in_force: list[Fault] = []
        self.mix: Mix | None = None

    def add(self, fault: Fault) -> None:
        """Put one more in force, after those before it."""
        self.in_force.append(fault)

    def clear(self) -> None:
        """End them all."""
        self.in_force.clear()
        self.mix = None

    def strike(self, path: str) -> Fault | None:
        """The fault that this call meets, counted off; None for most calls."""
        for fault in self.in_force:
            if path.startswith(fault.path) and self._chance.random() < fault.probability:
                self._count_off(fault)
                return fault
        return self._from_mix(path)

    def _from_mix(self, path: str) -> Fault | None:
        mix = self.mix
        if mix is None or not path.startswith(mix.path):
            return None
        if self._chance.random() * 100 >= mix.percent:
            return None
        return Fault(self._chance.choice(mix.kinds), seconds=mix.seconds)

    def _count_off(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            self.in_force = [other for other in self.in_force if other is not fault]
