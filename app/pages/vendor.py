"""Scripts of others that the browser gets: found in the packages that carry them.

The charts are drawn by Apache ECharts, whose modules the wheel of `nicegui` carries. The package
is never imported (decision 8).
"""

import re
from importlib.util import find_spec
from pathlib import Path

_IMPORTED = re.compile(r'from\s*"\./([\w.-]+\.js)"')


def files() -> dict[str, Path]:
    """The vendors' modules by their names in an address, with the modules that they import.

    Raises:
        FileNotFoundError: the package is not installed as it was locked.
    """
    spec = find_spec("nicegui")
    for place in (spec.submodule_search_locations if spec else None) or ():
        folder = Path(place) / "elements" / "echart" / "dist"
        entry = folder / "index.js"
        if entry.is_file():
            imported = _IMPORTED.findall(entry.read_text())
            return {f"vendor/echarts/{name}": folder / name for name in ("index.js", *imported)}
    raise FileNotFoundError("nicegui, which carries the charts' scripts, is not installed")
