"""HEIC photos, decoded in a child process.

The HEIF decoders are large, young and native: files are known that end the process which opens
them (one wrong byte in an item's type is enough for pi-heif 1.4.0). A child that dies takes no
worker with it, and it can be held to limits of time and memory. It is given no environment, so
that what breaks into it finds no secrets there. It costs under 0.1 s a photo.

This file is also the child's program. It imports nothing of the project, so that it starts fast.
"""

import io
import subprocess
import sys
from typing import NamedTuple

SECONDS = 30
"""What one photo may take; a 48-megapixel one takes about 1."""


class Converted(NamedTuple):
    """What the child made of a HEIF file."""

    size: tuple[int, int]
    """Width and height of the original, upright."""
    png: bytes
    """Upright, fitted into the edge asked for, with its colour profile and no other metadata;
    empty where the original has too many pixels."""


class CannotDecode(Exception):  # noqa: N818 - never leaves this package
    """The child failed, died or took too long."""


def as_png(data: bytes, *, max_pixels: int, edge: int) -> Converted:
    """The primary picture of the HEIF file `data` as a PNG with a long side of at most `edge`.

    Raises:
        CannotDecode: there is no picture in it, for whatever reason.
    """
    command = [sys.executable, "-I", __file__, str(max_pixels), str(edge)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, and two numbers
            command, input=data, capture_output=True, timeout=SECONDS, check=True, env={}
        )
        line, _, png = done.stdout.partition(b"\n")
        width, height = (int(number) for number in line.split())
    except (subprocess.SubprocessError, ValueError) as error:
        raise CannotDecode from error
    return Converted((width, height), png)


def _limit(max_pixels: int) -> None:
    """Bounds processor time and memory, and forbids files, also core dumps, of this process."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Unix only

    memory = 600_000_000 + 24 * max_pixels
    for what, limit in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _main() -> None:
    """Standard input: the file; standard output: `WIDTH HEIGHT`, a line break, the PNG."""
    import pi_heif  # noqa: PLC0415 - only the child loads the decoder
    from PIL import Image  # noqa: PLC0415

    max_pixels, edge = (int(argument) for argument in sys.argv[1:])
    _limit(max_pixels)
    Image.MAX_IMAGE_PIXELS = None  # the parent decides by the size that it is told
    pi_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )
    with Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=("HEIF",)) as image:
        size, png = image.size, io.BytesIO()
        if size[0] * size[1] <= max_pixels:
            image.load()
            # The coded picture may be of another size than the header said.
            size = (max(size[0], image.width), max(size[1], image.height))
            profile = image.info.get("icc_profile")
            image.info.clear()
            image.thumbnail((edge, edge), Image.Resampling.LANCZOS, reducing_gap=2.0)
            image.save(png, "PNG", compress_level=0, icc_profile=profile)
    sys.stdout.buffer.write(b"%d %d\n" % size + png.getvalue())


if __name__ == "__main__":
    _main()
