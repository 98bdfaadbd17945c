"""`make bench`, `make bench only=NAME`: a part, or the part that gives a figure of that name."""

import sys
from collections.abc import Callable

from tests.bench.ground import Ground, ground
from tests.bench.load import MissingProgramError
from tests.bench.parts import cases, catalog, console, county, ingest, photos, size, sockets
from tests.bench.table import Figure, out, show

PARTS: dict[str, tuple[Callable[[Ground], list[Figure]], str]] = {
    "console": (console.run, "console_server console_weight console_first"),
    "console-county": (county.run, "console_county_"),
    "ingest": (ingest.run, "ingest_vs_ ingest_p99_ms_at_half_rate"),
    "catalog": (catalog.run, "catalog_ guide_ search_"),
    "cases": (cases.run, "status_ mine_ desk_ case_creations_"),
    "photos": (photos.run, "photo_ upload_"),
    "size": (size.run, "ingest_10m_vs_empty scores_10m_vs_100k"),
    "sockets": (sockets.run, "websocket_500_memory_mb prompt_p99_ms"),
}


def main(only: str) -> int:
    """Run the parts, or the one that is asked for with those that are named after it."""
    wanted = {
        name: part
        for name, (part, figures) in PARTS.items()
        if not only
        or only == name
        or name.startswith(f"{only}-")
        or any(only.startswith(figure) for figure in figures.split())
    }
    if not wanted:
        out.print(f"No part or figure is named {only}; parts: {', '.join(PARTS)}")
        return 1
    with ground() as found:
        figures: list[Figure] = []
        for name, part in wanted.items():
            out.print(f"· {name}")
            try:
                figures += part(found)
            except MissingProgramError as missing:
                out.print(str(missing))
                return 1
    show(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
