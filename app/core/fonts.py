"""Where the one font of the house is: Noto Sans SC (SIL Open Font License), in `zhplot`'s wheel.

`zhplot` itself is never imported: it would want matplotlib.
"""

from importlib.util import find_spec
from pathlib import Path

FILE = "fonts/NotoSansSC-Regular.ttf"


class FontMissing(Exception):  # noqa: N818 - what is the case, as the log reads it
    """The font's file is not where the package should have put it."""


def path() -> Path:
    """Where the font's file is. Raises FontMissing."""
    spec = find_spec("zhplot")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        found = Path(folder) / FILE
        if found.is_file():
            return found
    raise FontMissing(f"zhplot/{FILE} is not installed")
