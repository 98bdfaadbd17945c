"""Processor time of the servers of a run (Linux), which other programs disturb less than time."""

from collections.abc import Mapping
from contextlib import suppress
from os import getpid
from pathlib import Path

_PROCESSES = Path("/proc")
_NANOSECONDS = 1e-9


def spent() -> dict[int, float]:
    """Seconds of processor that each process below this one has taken so far, by its number."""
    below: dict[int, list[int]] = {}
    for folder in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError):  # it may end meanwhile
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            below.setdefault(int(parent), []).append(int(folder.name))
    found: dict[int, float] = {}
    waiting = [getpid()]
    while waiting:
        for process in below.get(waiting.pop(), ()):
            found[process] = _of(process)
            waiting.append(process)
    return found


def since(before: Mapping[int, float]) -> float:
    """Seconds of processor that processes below this one have taken since; ended ones excepted."""
    return sum(taken - before.get(process, 0.0) for process, taken in spent().items())


def _of(process: int) -> float:
    taken = 0
    for thread in (_PROCESSES / str(process) / "task").glob("*/schedstat"):
        with suppress(OSError):
            taken += int(thread.read_text().split()[0])
    return taken * _NANOSECONDS
