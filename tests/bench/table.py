"""The figures of a run: printed as a table, kept in `build/bench.json`."""

from dataclasses import dataclass

import msgspec
from rich.console import Console
from rich.table import Table

from tests.bench.ground import BUILD

FILE = BUILD / "bench.json"
out = Console(highlight=False)


@dataclass(frozen=True)
class Figure:
    """One figure. `target` is met from there up, or down where `at_most`."""

    name: str
    value: float
    what: str
    target: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


def show(figures: list[Figure]) -> None:
    """Print the figures, and put them into the file beside those of other parts."""
    table = Table("figure", "value", "target", "", "what", title="make bench", title_justify="left")
    for figure in figures:
        sign = "≤" if figure.at_most else "≥"
        target = "" if figure.target is None else f"{sign} {figure.target:g}"
        verdict = {True: "met", False: "missed", None: ""}[figure.met]
        table.add_row(figure.name, f"{figure.value:.2f}", target, verdict, figure.what)
    out.print(table)
    kept: dict[str, float] = {}
    if FILE.exists():
        kept = msgspec.json.decode(FILE.read_bytes(), type=dict[str, float])
    kept |= {figure.name: round(figure.value, 3) for figure in figures}
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(kept, order="sorted")) + b"\n")
    out.print(f"All figures: {FILE}")
