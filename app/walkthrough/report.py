"""Printing the steps of a walkthrough and stopping at the first thing that is wrong."""

import time
from typing import Any

from rich.console import Console


class WrongError(Exception):
    """A result is not what it must be; the message says what and why."""


class Report:
    """Numbers the steps, prints what came back, checks it."""

    def __init__(self) -> None:
        self.out = Console(highlight=False, soft_wrap=True)
        self.checks = 0
        self._chapter = 0
        self._step = 0
        self._began = time.monotonic()

    def chapter(self, title: str) -> None:
        """Begin a chapter of the journey."""
        self._chapter += 1
        self._step = 0
        self.out.print(f"\n[bold]{self._chapter}. {title}[/bold]")

    def step(self, what: str, *came_back: Any) -> None:
        """Print one step and what came back."""
        self._step += 1
        said = "  ".join(str(part) for part in came_back)
        self.out.print(f"  {self._chapter}.{self._step} {what}" + (f"  → {said}" if said else ""))

    def check(self, right: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
        """Stop the walkthrough unless `right`; `what` is what must hold."""
        self.checks += 1
        if not right:
            raise WrongError(f"{self._chapter}.{self._step}: does not hold: {what}")

    def equal(self, found: Any, wanted: Any, what: str) -> None:
        """Stop the walkthrough unless the two are equal."""
        self.checks += 1
        if found != wanted:
            raise WrongError(f"{self._chapter}.{self._step}: {what}: {found!r}, not {wanted!r}")

    def end(self) -> None:
        """Say that everything held."""
        took = time.monotonic() - self._began
        self.out.print(f"\n[bold]Everything held: {self.checks} checks in {took:.1f} s.[/bold]")
