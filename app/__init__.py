"""掌办: the service-hall backend for palm handling (掌上办)."""

import multiprocessing
import sys

__version__ = "0.1.0"

if multiprocessing.parent_process() is not None:
    # A worker of the server. Two libraries that others of ours use where they find them, and that
    # a worker has no use for, take 9 MB in each: tortoise's pydantic, structlog's and httpx's rich.
    for name in ("pydantic", "rich"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
