"""A sandbox in a process of its own."""

import multiprocessing
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import httpx
import pytest

from wechat.sandbox import run


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def started(url: str) -> httpx.Response:
    deadline = time.monotonic() + 20
    while True:
        try:
            return httpx.get(url)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.mark.slow
def test_serves_until_it_is_told_to_stop() -> None:
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(
        target=run,
        args=("127.0.0.1", port),
        kwargs={"appid": "wx1", "secret": "s", "templates": {"t": {"thing1": "事项"}}},
    )
    process.start()
    try:
        assert started(f"http://127.0.0.1:{port}/_sandbox/templates").json() == {
            "t": {"thing1": "事项"}
        }
    finally:
        process.terminate()
        process.join(10)
    assert process.exitcode == 0


@contextmanager
def command(*options: str) -> Iterator[tuple[str, IO[str]]]:
    """`zhangban sandbox` with these options: its address, and what it prints."""
    port = free_port()
    whole = [sys.executable, "-m", "app", "sandbox", "--port", str(port), *options]
    process = subprocess.Popen(whole, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{port}", process.stdout
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.slow
def test_the_command_says_where_it_is_and_how_it_pushes() -> None:
    options = ("--push-to", "http://127.0.0.1:1/push", "--admin-token", "let-me-in")
    with command(*options) as (url, printed):
        bearer = {"authorization": "Bearer let-me-in"}
        assert started(url).status_code == 401
        target = httpx.get(f"{url}/_sandbox/pushes", headers=bearer).json()["target"]
        said = printed.readline() + printed.readline()
    assert f"{url}/?token=let-me-in" in said
    assert (target["url"], target["mode"]) == ("http://127.0.0.1:1/push", "secure")
    assert target["aes_key"] in said
    assert target["token"] in said


@pytest.mark.slow
def test_the_command_ends_with_a_sentence_when_an_option_does_not_fit() -> None:
    with command("--push-to", "nowhere") as (_, printed):
        said = printed.read()
    assert "nowhere: an http or https address is wanted" in said
    assert "Traceback" not in said
