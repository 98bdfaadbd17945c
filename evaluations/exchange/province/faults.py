"""Faults on demand: what a hub meets on the province's bad days."""

from typing import Annotated, Literal

import msgspec

Kind = Literal["timeout", "lost", "http_5xx", "html", "forged", "reject", "forgetful"]


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One fault, in force for `times` messages (None: without end).

    `timeout` waits `seconds` and does nothing; `lost` serves and then waits, so that the hub never
    learns of it; `http_5xx` answers 502, `html` 200 with a page; `forged` signs the answer with
    another key; `reject` refuses each record or evaluation with `reason`; `forgetful` leaves the
    last one out of the answer.
    """

    kind: Kind
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 30.0
    reason: str = "必填项缺失"


class Faults:
    """The faults in force, the first one first."""

    def __init__(self) -> None:
        self.in_force: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put one more in force, after those before it."""
        self.in_force.append(fault)

    def clear(self) -> None:
        """End them all."""
        self.in_force.clear()

    def strike(self) -> Fault | None:
        """The fault that this message meets, counted off; None for most."""
        if not self.in_force:
            return None
        fault = self.in_force[0]
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self.in_force.pop(0)
        return fault
