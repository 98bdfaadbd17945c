"""Whether a JPEG's coded data is whole: Pillow's decoder fills holes with gray and says nothing.

A scan that lost bytes ends before its last block; one whose bytes were overwritten mostly does so
too, or has some left when its last block is done. Both are seen by handing the decoder the coded
data and nothing behind it, and by looking where it stopped. It costs nothing, since the picture is
decoded anyway.

Restart markers must come in their order. This tells nothing of a progressive JPEG, which is decoded
in passes over all of it, nor of damage between two restart markers, after which the decoder
recovers.
"""

import io
import re

from app.materials.refusals import Damaged

START_OF_SCAN = b"\xff\xda"
MAX_SCANS = 100
"""A progressive JPEG has about 10 scans. Each costs a pass over all pixels but only a few bytes,
so that a small file could keep a processor busy for hours."""
_BASELINE = (0xC0, 0xC1)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length (ITU-T T.81, table B.1)."""
_END_OF_CODED = {
    True: re.compile(rb"\xff[^\x00\xd0-\xd7\xff]"),
    False: re.compile(rb"\xff[^\x00\xff]"),
}
"""With restarts, and without: there a restart marker is none of the coded data."""
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
_LOOKAHEAD = b"\xff\x00" * 8
"""The decoder reads up to 8 bytes ahead; a scan that is whole needs no more than these."""
_IN_ORDER = bytes(range(0xD0, 0xD8))
_FINE, _STEP = 8 * 1024, 256
_SPARE = 2 * _STEP
"""Bytes that may be left over: what is read last is read in steps."""


class Scan(io.BytesIO):
    """A JPEG for Pillow to open, whose end is that of its coded data, where that can be told.

    Raises:
        Damaged: no end, restart markers out of order, or more scans than any camera or program
            writes.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._end: int | None = None
        self._ahead = _LOOKAHEAD
        start, restarts = _coded(data)
        if start is None:
            if data.count(START_OF_SCAN) > MAX_SCANS:
                raise Damaged
            return
        found = _END_OF_CODED[restarts].search(data, start)
        if found is None:
            raise Damaged  # cut off
        self._end = found.start()
        self._fine = max(start, self._end - _FINE)
        if restarts:
            seen = b"".join(_RESTART.findall(data, start, self._end))
            if seen != (_IN_ORDER * (len(seen) // 8 + 1))[: len(seen)]:
                raise Damaged

    def read(self, size: int | None = -1) -> bytes:
        """As a file does, but nothing behind the coded data, and in small steps near its end."""
        if self._end is None or size is None or size < 0:
            return super().read(size)
        at = self.tell()
        if at >= self._end:
            ahead, self._ahead = self._ahead, b""
            return ahead
        most = self._fine - at if at < self._fine else min(_STEP, self._end - at)
        return super().read(min(size, most))

    def check_read(self) -> None:
        """After the picture was decoded: raises Damaged if it should have had more blocks."""
        left = b"" if self._end is None else self.getvalue()[self.tell() : self._end]
        # Some cameras fill up with one value.
        if len(left) > _SPARE and left.strip(left[-1:]):
            raise Damaged


def _coded(data: bytes) -> tuple[int | None, bool]:
    """Where the coded data of the one scan of a baseline JPEG begins, and whether it has restarts.

    None for other JPEGs.
    """
    at, components, restarts = 2, 0, False
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            if marker not in _BASELINE or at + 10 > len(data):
                break
            components = data[at + 9]
        if marker == 0xDA:
            whole = at + 5 <= len(data) and data[at + 4] == components
            return (at + 2 + length if whole else None), restarts
        restarts |= marker == 0xDD
        at += 2 + length
    return None, False
