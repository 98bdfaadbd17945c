"""Where embedded servers keep their data, and as whom they run.

PostgreSQL refuses to run as root. Started by root, the servers run as `nobody`; that user must be
able to reach the data and the programs. Where a folder above them is closed (`/root`, say), they
are put below `ELSEWHERE` instead, and the folder is left as closed as it was.
"""

import contextlib
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

ELSEWHERE = Path("/var/lib/zhangban-embedded")
_MARK = "servers-are-in"
_OWNER = "belongs-to"
_PASS = 0o001
_READ_AND_RUN = 0o005


class EmbeddedError(Exception):
    """An embedded server cannot be started; the message is one sentence that says why."""


@dataclass(frozen=True)
class Account:
    """The user that the servers run as."""

    uid: int
    gid: int


def account() -> Account | None:
    """The user to change to: `nobody` for root; None for everybody else, who stay who they are."""
    if os.name != "posix" or os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 - not on Windows, where this module must still import

    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL cannot run as root and there is no user `nobody`: start this as an"
            " ordinary user, or set DATABASE_URL and REDIS_URL."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid)


def as_user(user: Account | None) -> dict[str, Any]:
    """The arguments with which `subprocess` runs a program as `user`."""
    return {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without what would steer a server (PGDATA, PGOPTIONS …)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C"} | more


def own(path: Path, user: Account | None) -> None:
    """Give `path` to the user that the servers run as."""
    if user is not None:
        os.chown(path, user.uid, user.gid)


def home(state_dir: Path, user: Account | None) -> Path:
    """The folder for the servers' data: `state_dir`, or one below `ELSEWHERE` (see above)."""
    state_dir = state_dir.resolve()
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        if user is None or _can_be_reached(state_dir):
            return state_dir
        mark = state_dir / _MARK
        if not mark.exists():
            _prepare_elsewhere()
            made = Path(tempfile.mkdtemp(dir=ELSEWHERE))
            made.chmod(0o755)
            mark.write_text(str(made))
            (made / _OWNER).write_text(str(mark))
        return Path(mark.read_text())
    except OSError as error:
        raise EmbeddedError(f"The folder {state_dir} cannot be used: {error.strerror}.") from error


def programs(package: str, folder: str, program: str, user: Account | None) -> Path:
    """The folder of an installed wheel that holds `program`, where the servers' user can run it.

    `folder` is a pattern below the package. The package is not imported: it has side effects.

    Raises:
        EmbeddedError: the package, or its program for this machine, is not there.
    """
    spec = importlib.util.find_spec(package)
    roots = spec.submodule_search_locations if spec else None
    found = next((f for r in roots or () for f in Path(r).glob(f"{folder}/{program}")), None)
    name = package.replace("_", "-")
    if found is None:
        raise EmbeddedError(
            f"The package {name} has no server for this machine: set DATABASE_URL and REDIS_URL."
        )
    tree = found.parents[program.count("/")]
    readable = found.stat().st_mode & _READ_AND_RUN == _READ_AND_RUN
    if user is None or (readable and _can_be_reached(found.parent)):
        return tree
    return _copy(tree, ELSEWHERE / f"{name}-{version(name)}")


def _can_be_reached(folder: Path) -> bool:
    """Whether every user of this machine may pass through to `folder`."""
    return all(each.stat().st_mode & _PASS for each in (folder, *folder.parents))


def _prepare_elsewhere() -> None:
    """Make the folder, and drop what belongs to state folders that are gone."""
    ELSEWHERE.mkdir(mode=0o755, parents=True, exist_ok=True)
    for owner in ELSEWHERE.glob(f"*/{_OWNER}"):
        with contextlib.suppress(OSError):
            if not Path(owner.read_text()).exists():
                shutil.rmtree(owner.parent)


def _copy(tree: Path, to: Path) -> Path:
    """A copy of the programs that everybody may run; made once for each version."""
    if to.exists():
        return to
    _prepare_elsewhere()
    made = Path(tempfile.mkdtemp(dir=ELSEWHERE))
    skip = shutil.ignore_patterns("pgxs", "include", "pkgconfig", "*.a")
    shutil.copytree(tree, made, symlinks=True, ignore=skip, dirs_exist_ok=True)
    for path in (made, *made.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
            if path.stat().st_mode & 0o100:
                path.chmod(path.stat().st_mode | 0o011)
    try:
        made.rename(to)
    except OSError:  # another process was faster
        shutil.rmtree(made)
    return to
