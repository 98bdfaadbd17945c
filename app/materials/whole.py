"""Whether a JPEG's coded data is whole: Pillow's decoder fills holes with gray and says nothing.

A scan that lost bytes ends before its last block; one whose bytes were overwritten has some left
when its last block is done. Both are seen by handing the decoder the coded data and nothing behind
it, and by looking where it stopped. It costs nothing, since the picture is decoded anyway.

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
_END_OF_CODED = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
_LOOKAHEAD = b"\xff\x00" * 8
"""The decoder reads up to 8 bytes ahead; a scan that is whole needs no more than these."""
_IN_ORDER = bytes(range(0xD0, 0xD8))
_FINE, _STEP = 64 * 1024, 256
_SPARE = 2 * _STEP
"""Bytes that may be left over: what is read last is read in steps."""


class Scan(io.BytesIO):
    """A JPEG for Pillow to open, whose end is that of its coded data, where that can be told.

    Raises:
        Damaged: more scans than any camera or program writes.
    """

    def __init__(self, data: bytes) -> None:
        start = _start_of_coded(data)
        if start is None and data.count(START_OF_SCAN) > MAX_SCANS:
            raise Damaged
        self._start = start or 0
        found = None if start is None else _END_OF_CODED.search(data, start)
        self._end = None if start is None else found.start() if found else len(data)
        self._fine = max(self._start, (self._end or 0) - _FINE)
        super().__init__(data if self._end is None else data[: self._end] + _LOOKAHEAD)

    def read(self, size: int | None = -1) -> bytes:
        """As a file does, in small steps near the end of the coded data."""
        if self._end is not None and size is not None:
            at = self.tell()
            size = min(size, self._fine - at) if at < self._fine else min(size, _STEP)
        return super().read(size)

    def check_read(self) -> None:
        """After the picture was decoded: raises Damaged if it should have had more blocks."""
        if self._end is None:
            return
        left = self.getbuffer()[self.tell() : self._end]
        # Some cameras fill up with one value.
        if len(left) > _SPARE and left.tobytes().strip(left[-1:].tobytes()):
            raise Damaged
        del left
        seen = b"".join(_RESTART.findall(self.getbuffer(), self._start, self._end))
        if seen != (_IN_ORDER * (len(seen) // 8 + 1))[: len(seen)]:
            raise Damaged


def _start_of_coded(data: bytes) -> int | None:
    """Where the coded data of the one scan of a baseline JPEG begins; None for other JPEGs."""
    at, components = 2, 0
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _ALONE:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _FRAMES:
            if marker not in _BASELINE or at + 10 > len(data):
                return None
            components = data[at + 9]
        if marker == 0xDA:
            whole = at + 5 <= len(data) and data[at + 4] == components
            return at + 2 + length if whole else None
        at += 2 + length
    return None
