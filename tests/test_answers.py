"""A database that is stopping, crashing or away is said to be so (503), never called our fault."""

import asyncpg
import pytest
from tortoise.exceptions import DBConnectionError

from app.answers import database_is_away


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CrashShutdownError("another process of the server crashed"),
        asyncpg.AdminShutdownError("stopping"),
        asyncpg.CannotConnectNowError("starting up"),
        asyncpg.QueryCanceledError("statement timeout"),
        asyncpg.TooManyConnectionsError("too many"),
        asyncpg.ConnectionDoesNotExistError("closed in the middle"),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("got result for unknown protocol state"),
        asyncpg.DeadlockDetectedError("deadlock"),
        ConnectionRefusedError(),
        OSError("Multiple exceptions: [Errno 111] Connect call failed"),
        TimeoutError(),
        DBConnectionError("no such database"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_passes_by_itself_is_unavailable(error: Exception) -> None:
    assert database_is_away(error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.UniqueViolationError("twice"),
        ValueError("ours"),
        FileNotFoundError(2, "No such file or directory", "/srv/tags.json"),
        PermissionError(13, "Permission denied", "/srv/photos"),
    ],
)
def test_what_does_not_pass_by_itself_is_not(error: Exception) -> None:
    assert not database_is_away(error)
