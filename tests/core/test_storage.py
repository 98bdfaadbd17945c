import asyncio
import re
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.storage import LONGEST_KEY, Missing, Storage, StorageDown, _check_key
from app.settings import Settings, SettingsError


class FakeS3(BaseHTTPRequestHandler):
    """As much of the S3 protocol as a store needs, path style, one bucket named `hall`."""

    objects: dict[str, bytes]
    requests: list[str]
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Mon, 05 Jan 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_any(self) -> None:
        url = urlsplit(self.path)
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.requests.append(self.headers.get("Authorization", ""))
        if bucket != "hall":
            self.answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        elif "list-type" in (query := parse_qs(url.query)):
            self.answer(200, self.listing(query.get("prefix", [""])[0]))
        elif self.command == "PUT":
            self.objects[key] = body
            self.answer(200)
        elif self.command == "DELETE":
            self.objects.pop(key, None)
            self.answer(204)
        elif key in self.objects:
            self.answer(200, self.objects[key])
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any  # noqa: N815

    def listing(self, prefix: str) -> bytes:
        found = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(data)}</Size><ETag>1</ETag>"
            "<LastModified>2026-01-05T00:00:00.000Z</LastModified></Contents>"
            for key, data in self.objects.items()
            if key.startswith(prefix)
        )
        return (
            f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>".encode()
        )

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def s3() -> Iterator[tuple[str, type[FakeS3]]]:
    handler = type("Handler", (FakeS3,), {"objects": {}, "requests": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()


def s3_settings(endpoint: str, bucket: str = "hall") -> Settings:
    return Settings(
        storage_url=f"s3://{bucket}/site/one",
        storage_endpoint=endpoint,
        storage_access_key="key",
        storage_secret_key="secret",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.fixture(params=["folder", "s3"])
async def storage(
    request: pytest.FixtureRequest, folder: Path, s3: tuple[str, type[FakeS3]]
) -> AsyncIterator[Storage]:
    settings = (
        Settings(storage_url=str(folder)) if request.param == "folder" else s3_settings(s3[0])
    )
    opened = Storage.open(settings)
    yield opened
    opened.close()


async def keys(storage: Storage, prefix: str = "") -> dict[str, int]:
    return {key: size async for key, size in storage.list(prefix)}


class TestEveryStore:
    async def test_gives_back_what_was_put(self, storage: Storage) -> None:
        data = bytes(range(256)) * 5000
        await storage.put("photos/ab/cd.jpg", data)
        assert await storage.get("photos/ab/cd.jpg") == data
        assert await storage.exists("photos/ab/cd.jpg")

    async def test_an_empty_object_is_an_object(self, storage: Storage) -> None:
        await storage.put("empty", b"")
        assert await storage.get("empty") == b""

    async def test_the_last_put_stands(self, storage: Storage) -> None:
        await storage.put("a", b"one")
        await storage.put("a", b"two")
        assert await storage.get("a") == b"two"

    async def test_what_is_not_there_is_missing(self, storage: Storage) -> None:
        assert not await storage.exists("a/b")
        with pytest.raises(Missing) as caught:
            await storage.get("a/b")
        assert (caught.value.status, caught.value.code) == (404, "storage.missing")

    async def test_deleting_is_final_and_can_be_repeated(self, storage: Storage) -> None:
        await storage.put("a", b"1")
        await storage.delete("a")
        await storage.delete("a")
        assert not await storage.exists("a")

    async def test_lists_what_is_below_a_folder(self, storage: Storage) -> None:
        for key in ("photos/1.jpg", "photos/x/2.jpg", "photos-old/3.jpg", "4.jpg"):
            await storage.put(key, b"x" * len(key))
        below = {"photos/1.jpg": 12, "photos/x/2.jpg": 14}
        assert await keys(storage, "photos") == await keys(storage, "photos/") == below
        assert await keys(storage) == below | {"photos-old/3.jpg": 16, "4.jpg": 5}
        assert await keys(storage, "nothing") == {}

    async def test_many_at_once_do_not_mix(self, storage: Storage) -> None:
        await asyncio.gather(*(storage.put(f"many/{n}", b"%d" % n) for n in range(30)))
        got = await asyncio.gather(*(storage.get(f"many/{n}") for n in range(30)))
        assert got == [b"%d" % n for n in range(30)]

    @pytest.mark.parametrize("key", ["", "../etc/passwd", "a/../b", "/a", "a//b", "A", "a b", "图"])
    async def test_bad_keys_go_nowhere(self, storage: Storage, key: str) -> None:
        for act in (storage.get, storage.exists, storage.delete):
            with pytest.raises(ValueError, match="not a storage key"):
                await act(key)
        with pytest.raises(ValueError, match="not a storage key"):
            await storage.put(key, b"x")


class TestKeys:
    @given(st.text(st.sampled_from("ab0/._-"), max_size=12))
    def test_are_taken_exactly_when_they_are_plain_paths(self, key: str) -> None:
        parts = key.split("/")
        plain = ".." not in key and all(part not in ("", ".") for part in parts)
        try:
            _check_key(key)
        except ValueError:
            assert not plain
        else:
            assert plain

    @given(st.text(max_size=20))
    def test_have_no_other_characters(self, key: str) -> None:
        try:
            _check_key(key)
        except ValueError:
            return
        assert re.fullmatch(r"[a-z0-9/._-]+", key)

    def test_have_a_longest(self) -> None:
        _check_key("a" * LONGEST_KEY)
        with pytest.raises(ValueError, match="not a storage key"):
            _check_key("a" * (LONGEST_KEY + 1))


class TestFolder:
    async def test_is_the_state_folder_by_default(self, tmp_path: Path) -> None:
        await Storage.open(Settings(state_dir=str(tmp_path))).put("a/b", b"1")
        assert (tmp_path / "objects" / "a" / "b").read_bytes() == b"1"

    async def test_can_be_a_file_url(self, tmp_path: Path) -> None:
        storage = Storage.open(Settings(storage_url=f"file://{tmp_path}/my%20photos"))
        await storage.put("a", b"1")
        assert (tmp_path / "my photos" / "a").read_bytes() == b"1"

    def test_is_closed_to_other_users(self, folder: Path) -> None:
        Storage.open(Settings(storage_url=str(folder)))
        assert folder.stat().st_mode & 0o077 == 0

    async def test_a_reader_sees_one_whole_object_while_it_is_replaced(self, folder: Path) -> None:
        storage = Storage.open(Settings(storage_url=str(folder)))
        one, two = b"1" * 400_000, b"2" * 400_000
        await storage.put("a", one)

        async def write() -> None:
            for n in range(10):
                await storage.put("a", two if n % 2 else one)

        writing = asyncio.create_task(write())
        seen = [await storage.get("a")]
        while not writing.done():
            seen.append(await storage.get("a"))
        await writing
        assert set(seen) <= {one, two}

    async def test_what_a_broken_write_left_is_no_object(self, folder: Path) -> None:
        storage = Storage.open(Settings(storage_url=str(folder)))
        (folder / "a#1").write_bytes(b"half")
        (folder / "Notes.txt").write_bytes(b"not ours")
        await storage.put("a", b"whole")
        assert await keys(storage) == {"a": 5}
        assert await storage.get("a") == b"whole"

    async def test_that_cannot_be_written_is_down(self, folder: Path) -> None:
        storage = Storage.open(Settings(storage_url=str(folder)))
        await storage.put("a", b"1")
        with pytest.raises(StorageDown) as caught:
            await storage.put("a/b", b"2")
        assert (caught.value.status, caught.value.code) == (503, "storage.down")
        assert str(folder) not in str(caught.value)

    def test_that_cannot_be_made_is_a_setting_to_mend(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(b"")
        with pytest.raises(SettingsError, match="ZHANGBAN_STORAGE_URL"):
            Storage.open(Settings(storage_url=str(tmp_path / "file" / "photos")))


class TestS3:
    async def test_keys_stand_below_the_prefix_and_requests_are_signed(
        self, s3: tuple[str, type[FakeS3]]
    ) -> None:
        endpoint, handler = s3
        await Storage.open(s3_settings(endpoint)).put("a/b", b"1")
        assert handler.objects == {"site/one/a/b": b"1"}
        assert handler.requests[0].startswith("AWS4-HMAC-SHA256 Credential=key/")

    async def test_a_bucket_that_is_not_there_is_down(self, s3: tuple[str, type[FakeS3]]) -> None:
        storage = Storage.open(s3_settings(s3[0], bucket="other"))
        with pytest.raises(StorageDown):
            await storage.put("a", b"1")
        with pytest.raises(StorageDown):
            await keys(storage)

    async def test_a_store_that_does_not_answer_is_down_and_says_no_address(self) -> None:
        storage = Storage.open(s3_settings("http://127.0.0.1:9"))
        with pytest.raises(StorageDown) as caught:
            await storage.get("a")
        assert "127.0.0.1" not in str(caught.value)
        assert caught.value.__cause__ is not None

    @pytest.mark.parametrize(
        "settings",
        [
            Settings(storage_url="s3://"),
            Settings(storage_url="ftp://host/photos"),
            Settings(storage_url="file://host/photos"),
            Settings(storage_url="s3://hall", storage_access_key="key"),
        ],
    )
    def test_an_incomplete_address_is_a_setting_to_mend(self, settings: Settings) -> None:
        with pytest.raises(SettingsError, match="ZHANGBAN_STORAGE"):
            Storage.open(settings)
