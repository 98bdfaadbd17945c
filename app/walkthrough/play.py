"""Sets the stage on free ports and plays the journey; the exit status says whether it held."""

import asyncio
import tempfile
from pathlib import Path

from app.core import logs
from app.demo.stage import free_port, stage
from app.settings import read
from app.walkthrough import weeks
from app.walkthrough.journey import Journey
from app.walkthrough.report import Report


def run(*, photo: Path | None, catalog: Path | None, only: str = "") -> int:
    """Play the walkthrough; 0 if everything held, 1 at the first thing that did not.

    Args:
        only: "day" for what happens in a day, "weeks" for what takes weeks; everything without.
    """
    report = Report()
    with tempfile.TemporaryDirectory(prefix="zhangban-walk-") as folder:
        settings = read(state_dir=folder, log_level="warning")
        logs.configure(settings.log_format, "error")  # what is tried again is told by its end
        try:
            with stage(
                settings,
                lambda what: report.out.print(f"· {what}"),
                port=free_port(),
                sandbox_port=free_port(),
            ) as running:
                if only != "weeks":
                    asyncio.run(Journey(running, report, photo, catalog).play())
                if only != "day":
                    asyncio.run(weeks.play(running, report))
        except Exception as error:
            report.out.print(f"\n[bold red]Wrong:[/bold red] {type(error).__name__}: {error}")
            _print_server_errors(Path(folder) / "logs" / "serve.log", report)
            return 1
    report.end()
    return 0


def _print_server_errors(log: Path, report: Report) -> None:
    """What the server logged as an error, for whoever looks into a failure."""
    if log.exists():
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if '"level": "error"' in line:
                report.out.print(line.replace("\\n", "\n"), markup=False)
