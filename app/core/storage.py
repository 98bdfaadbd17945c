"""Photos and documents as bytes under keys: a folder or an S3-compatible store.

The store's blocking calls run in threads of their own. Its own coroutines are not used: they
answer from a runtime thread that can outlive the interpreter, and then the process aborts at exit
(seen in about one of twenty-five short runs).
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from app.core.errors import NotFound, Unavailable
from app.settings import Settings, SettingsError

if TYPE_CHECKING:
    from obstore.store import S3Config

LONGEST_KEY = 512
_SEGMENT = r"(?!\.(?:/|$))[a-z0-9._-]+"
_KEY = re.compile(rf"(?!.*\.\.){_SEGMENT}(?:/{_SEGMENT})*")
_THREADS = 8
_CHUNK = 1000

T = TypeVar("T")


class StorageDown(Unavailable):
    """The store does not answer or refuses; the cause is in the exception's chain."""

    code = "storage.down"
    title = "照片库暂时不可用，请稍后再试。"


class Missing(NotFound):
    """Nothing is stored under this key."""

    code = "storage.missing"
    title = "没有找到这份文件。"


class Storage:
    """Bytes under keys such as `photos/ab/abcdef.jpg`.

    A key is 1 to 512 of a-z, 0-9, `.`, `_`, `-` in segments parted by `/`, without `..`; another
    raises ValueError. Every call raises StorageDown when the store fails.
    """

    def __init__(self, store: LocalStore | S3Store, folder: Path | None = None) -> None:
        """Take a store; `folder` is its root if it is a folder. `Storage.open` does both."""
        self._store = store
        self._folder = folder
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="storage")

    @classmethod
    def open(cls, settings: Settings) -> "Storage":
        """The store that `storage_url` names: a path, `file:///…` or `s3://bucket/prefix`.

        Without it, the folder `objects` in `state_dir`. A folder is made if it is not there,
        readable by this user alone. Nothing is asked of an S3 store yet.

        Raises:
            SettingsError: the address is of another kind, is incomplete, or its folder cannot be
                made.
        """
        url = settings.storage_url
        if "://" not in url:
            return _open_folder(Path(url) if url else Path(settings.state_dir) / "objects")
        parts = urlsplit(url)
        if parts.scheme == "file" and not parts.netloc and parts.path:
            return _open_folder(Path(unquote(parts.path)))
        if parts.scheme == "s3" and parts.netloc:
            return cls(_s3(settings, parts.netloc, parts.path.strip("/")))
        raise SettingsError(f"ZHANGBAN_STORAGE_URL={url!r}: use a folder or s3://bucket/prefix")

    async def put(self, key: str, data: bytes) -> None:
        """Store `data` under `key`, in place of what was there.

        Whole or not at all: a reader never sees a part. On a folder the bytes are on the disk
        when this returns.
        """
        _check_key(key)
        try:
            await self._run(lambda: self._put(key, data))
        except Missing as error:
            raise StorageDown from error.__cause__  # a bucket or folder that is not there

    async def get(self, key: str) -> bytes:
        """What is stored under `key`.

        Raises:
            Missing: nothing is.
        """
        _check_key(key)
        return await self._run(lambda: bytes(self._store.get(key).bytes()))

    async def exists(self, key: str) -> bool:
        """Whether something is stored under `key`."""
        _check_key(key)
        try:
            await self._run(lambda: self._store.head(key))
        except Missing:
            return False
        return True

    async def delete(self, key: str) -> None:
        """Remove what is stored under `key`; nothing there is no error."""
        _check_key(key)
        try:
            await self._run(lambda: self._store.delete(key))
        except Missing:
            return

    async def list(self, prefix: str = "") -> AsyncIterator[tuple[str, int]]:
        """Every key below the folder `prefix` (whole segments) with its size in bytes.

        In no order. Files that others left in the folder under names that are no keys are passed
        over.
        """
        below = prefix.rstrip("/")
        if below:
            _check_key(below)
        chunks = self._store.list(below or None, chunk_size=_CHUNK)
        while chunk := await self._run(lambda: next(chunks, None)):
            for found in chunk:
                if _KEY.fullmatch(found["path"]):
                    yield found["path"], found["size"]

    def close(self) -> None:
        """Wait for what is under way and let the threads go."""
        self._threads.shutdown()

    async def _run(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except FileNotFoundError as error:
            raise Missing from error
        except (BaseError, OSError) as error:
            raise StorageDown from error

    def _put(self, key: str, data: bytes) -> None:
        if self._folder is None:
            self._store.put(key, data, use_multipart=False)
            return
        path = self._folder / key
        new_folders = not path.parent.is_dir()
        # The store writes `name#1` and renames it, but leaves the bytes in the system's cache.
        self._store.put(key, data, use_multipart=False)
        _sync(path)
        _sync_folders(path.parent, self._folder if new_folders else path.parent)


def _check_key(key: str) -> None:
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        raise ValueError(f"not a storage key: {key!r}")


def _open_folder(folder: Path) -> Storage:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Storage(LocalStore(folder), folder)
    except (OSError, BaseError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SettingsError(f"ZHANGBAN_STORAGE_URL: cannot use {folder} ({reason})") from error


def _s3(settings: Settings, bucket: str, prefix: str) -> S3Store:
    if bool(settings.storage_access_key) != bool(settings.storage_secret_key):
        raise SettingsError("ZHANGBAN_STORAGE_ACCESS_KEY and _SECRET_KEY belong together")
    # Some compatible stores (OSS among them) have no bulk delete.
    config: S3Config = {"disable_bulk_delete": True}
    if settings.storage_endpoint:
        config["endpoint"] = settings.storage_endpoint
    if settings.storage_access_key:
        config["access_key_id"] = settings.storage_access_key
        config["secret_access_key"] = settings.storage_secret_key
    try:
        return S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options={
                "allow_http": settings.storage_endpoint.startswith("http://"),
                "connect_timeout": timedelta(seconds=3),
                "timeout": timedelta(seconds=10),
            },
            retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=15)},
        )
    except (BaseError, ValueError) as error:
        raise SettingsError(f"ZHANGBAN_STORAGE_URL: {bucket!r} cannot be used") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folders(lowest: Path, highest: Path) -> None:
    """Put the folders' entries on the disk, so that a power cut loses no name."""
    if os.name != "posix":
        return  # elsewhere a folder cannot be opened
    folder = lowest
    _sync(folder)
    while folder != highest:
        folder = folder.parent
        _sync(folder)
