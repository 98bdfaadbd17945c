"""All servers of a demonstration or walkthrough, started on this machine and stopped together."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec

from app import embedded, server
from app.citizens import realname
from app.core import db, sm2
from app.core.acts import system_act
from app.core.house import House
from app.core.privacy import Keyring
from app.demo import story
from app.demo.seed import DemoHall, seed
from app.demo.sights import Sight, sights
from app.settings import Settings, SettingsError, environment

APPID = "wx-demo"
EXCHANGE_ID = "hub-demo"
START_SECONDS = 60.0
Say = Callable[[str], None]
Done = TypeVar("Done")


@dataclass(frozen=True)
class Stage:
    """What runs, and where."""

    settings: Settings
    url: str
    sandbox_url: str
    hall: DemoHall
    province_url: str
    sights: tuple[Sight, ...] = ()


def free_port() -> int:
    """A port of the loopback address that is free at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        found: int = probe.getsockname()[1]
        return found


def require_free(port: int) -> None:
    """Raises SettingsError, one sentence, if something listens on `port` already."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            pass
    except OSError:
        raise SettingsError(
            f"Port {port} is taken by another program. Choose another: ZHANGBAN_PORT={port + 10}"
        ) from None


@contextmanager
def stage(
    settings: Settings, say: Say, *, port: int, sandbox_port: int, with_story: bool = False
) -> Iterator[Stage]:
    """Start the databases, the WeChat sandbox and the server; give them; stop them all.

    Args:
        say: told in a few words what is being done.
        with_story: an empty hall gets what has happened in it during the last weeks.

    Raises:
        SettingsError: a port is taken, or a server did not start; the sentence says why.
    """
    require_free(port)
    require_free(sandbox_port)
    state = Path(settings.state_dir)
    state.mkdir(parents=True, exist_ok=True)
    say("starting PostgreSQL and Valkey" if not settings.database_url else "using your databases")
    with embedded.servers(settings) as running:
        sandbox_url = f"http://127.0.0.1:{sandbox_port}"
        province_port = free_port()
        province_url = f"http://127.0.0.1:{province_port}"
        (ours, our_public), (theirs, their_public) = sm2.new_pair(), sm2.new_pair()
        ready = msgspec.structs.replace(
            running,
            port=port,
            keys=running.keys or _keys(state),
            public_url=f"http://127.0.0.1:{port}",
            wechat_base_url=sandbox_url,
            wechat_appid=APPID,
            wechat_secret=secrets.token_hex(16),
            wechat_state="developer",
            wechat_push_token=secrets.token_hex(16),
            wechat_push_aes_key=secrets.token_hex(22)[:43],
            real_name_url=realname.DEMO,
            quiet_hours="",  # whoever looks at a demonstration looks at any hour
            exchange_url=province_url,
            exchange_app_id=EXCHANGE_ID,
            exchange_private_key=ours.hex(),
            exchange_province_key=their_public.hex(),
        )
        logs = state / "logs"
        logs.mkdir(exist_ok=True)
        say("starting the WeChat sandbox and the province")
        options = ["--port", str(sandbox_port), "--appid", APPID, "--secret", ready.wechat_secret]
        options += ["--push-to", f"{ready.public_url}/wechat/push"]
        options += ["--push-token", ready.wechat_push_token]
        options += ["--push-aes-key", ready.wechat_push_aes_key]
        province = ["--port", str(province_port), "--app-id", EXCHANGE_ID]
        province += ["--private-key", theirs.hex(), "--hub-key", our_public.hex()]
        with (
            _child("sandbox", options, ready, logs),
            _child("province", province, ready, logs),
        ):
            say("migrating the database")
            asyncio.run(db.migrate(server.database(ready)))
            say("seeding the demonstration hall")
            hall = asyncio.run(_in_house(ready, lambda house: seed(system_act(house, "demo"))))
            _wait(f"{sandbox_url}/_sandbox/clock", None, logs / "sandbox.log")
            _wait(f"{province_url}/_province/refusals", None, logs / "province.log")
            seen: tuple[Sight, ...] = ()
            if with_story:
                say("playing what happened during the last weeks")
                seen = asyncio.run(_in_house(ready, lambda house: _story(house, hall)))
            say("starting the server")
            with _child("serve", [], ready, logs) as serving:
                _wait(f"http://127.0.0.1:{port}/readyz", serving, logs / "serve.log")
                url = f"http://127.0.0.1:{port}"
                yield Stage(ready, url, sandbox_url, hall, province_url, seen)


async def _in_house(settings: Settings, work: Callable[[House], Awaitable[Done]]) -> Done:
    async with server.open_house(settings) as house:
        return await work(house)


async def _story(house: House, hall: DemoHall) -> tuple[Sight, ...]:
    await story.play(house, hall.hall_id)
    return tuple(await sights(hall.hall_id))


def _keys(state: Path) -> str:
    """The keys of this folder's data, made at the first run."""
    file = state / "keys"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(Keyring.new_key() + "\n", encoding="utf-8")
    return file.read_text(encoding="utf-8").strip()


@contextmanager
def _child(
    command: str, options: list[str], settings: Settings, logs: Path
) -> Iterator["subprocess.Popen[bytes]"]:
    """`zhangban command` as a child with these settings, its output in a log file."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("ZHANGBAN_", "DATABASE_"))}
    with (logs / f"{command}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "app", command, *options],
            env=plain | environment(settings),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        if process.poll() is None:
            process.kill()


def _wait(url: str, process: "subprocess.Popen[bytes] | None", log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        if process is not None and process.poll() is not None:
            break
        time.sleep(0.1)
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    raise SettingsError(f"A server did not start. The end of {log}:\n{tail}")
