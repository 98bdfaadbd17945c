"""A sandbox in a process of its own."""

import multiprocessing
import socket
import time

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
