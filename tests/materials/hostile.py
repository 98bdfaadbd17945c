"""Hostile and odd files by number: `made(seed)` is always the same file, salts left aside.

They are what phones, editors and attackers send: photos with everything in them that a file can
say beside its pixels, cut, mutated, lying about their size, unpacking to gigabytes, being two
things at once. Wherever there is room beside the pixels, `SECRET` stands there.
"""

import functools
import random
import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

from PIL import Image

from . import odd_pdfs
from . import odd_pictures as odd
from .odd_pictures import SECRET, chunk, saved, segment, with_segments

SIZES = ((240, 320), (320, 240), (64, 48), (33, 400), (641, 479))


class Made(NamedTuple):
    """One file, and what it is for whoever reads that it failed."""

    name: str
    data: bytes


def made(seed: int) -> Made:
    """The file of this number."""
    rng = random.Random(f"hostile {seed}")
    maker, _ = rng.choices(MAKERS, [weight for _, weight in MAKERS])[0]
    data = maker(rng)
    spoiler = rng.choices((_whole, _cut, _flipped, _holed, _longer), (5, 2, 2, 1, 2))[0]
    return Made(f"{seed}-{maker.__name__}{spoiler.__name__}", spoiler(rng, data))


# What is done to a file, whatever it is.


def _whole(_rng: random.Random, data: bytes) -> bytes:
    return data


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(1, len(data) + 1)]


def _flipped(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 2, 8, 64))):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _holed(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data))
    length = rng.randrange(1, max(2, len(data) // 3))
    return data[:at] + rng.choice((b"", bytes(length), rng.randbytes(length))) + data[at + length :]


def _longer(rng: random.Random, data: bytes) -> bytes:
    gps = b"GPSLatitude=30.3356 GPSLongitude=106.6333 " + SECRET
    behind = (gps * 20, odd.zip_behind(b""), odd_pdfs.scene(), bytes(5000), b"<script>" + SECRET)
    return data + rng.choice(behind)


# JPEG


def _scene(rng: random.Random, mode: str = "RGB") -> Image.Image:
    return odd.scene(rng.choice(SIZES), mode)


def jpeg_of_a_phone(rng: random.Random) -> bytes:
    orientation = rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 255))
    photo = odd.phone_photo(orientation if 1 <= orientation <= 8 else 1, rng.choice(SIZES))
    return with_segments(photo, segment(0xE1, b"Exif\0\0" + odd.exif(orientation)))


def jpeg_of_an_editor(rng: random.Random) -> bytes:
    """Segments of every kind, in any number, with anything in them."""
    plain = saved(_scene(rng), "JPEG", quality=rng.choice((1, 30, 85, 100)))
    heads = (
        b"Exif\0\0",
        b"http://ns.adobe.com/xap/1.0/\0",
        b"http://ns.adobe.com/xmp/extension/\0",
        b"ICC_PROFILE\0\x01\x01",
        b"Photoshop 3.0\0",
        b"MPF\0",
        b"JFXX\0\x10",
        b"Ducky",
        b"",
    )
    parts = []
    for _ in range(rng.choice((1, 5, 60))):
        filler = SECRET * rng.choice((1, 3, 2900))
        payload = rng.choice(heads) + rng.choice((b"", rng.randbytes(40))) + filler
        parts.append(segment(rng.choice((0xFE, *range(0xE0, 0xF0))), payload[:65_500]))
    return with_segments(plain, *parts)


def jpeg_of_a_printer(rng: random.Random) -> bytes:
    """Four colours, or three, under Adobe markers that are right or wrong."""
    plain = saved(_scene(rng, rng.choice(("CMYK", "CMYK", "RGB", "L"))), "JPEG")
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([rng.choice((0, 1, 2, 7))]))
    return with_segments(plain, adobe)


def jpeg_of_many_kinds(rng: random.Random) -> bytes:
    options = rng.choice(
        (
            {"progressive": True},
            {"optimize": True},
            {"restart_marker_blocks": 3},
            {"subsampling": "4:2:2"},
            {"icc_profile": odd.swapped_profile()},
            {"icc_profile": odd.profile_of_another_kind()},
            {"icc_profile": SECRET * 3000},
            {"comment": SECRET * 100},
            {"exif": odd.exif(6)},
        )
    )
    return saved(_scene(rng), "JPEG", **options)


def jpeg_that_lies(rng: random.Random) -> bytes:
    """Another size, depth or coding than it has; scans without end."""
    plain = bytearray(odd.jpeg(rng.choice(SIZES)))
    frame = plain.index(b"\xff\xc0")
    match rng.randrange(5):
        case 0:
            side = rng.choice((0, 1, 31, 5000, 20_000, 65_535))
            plain[frame + 5 : frame + 9] = struct.pack(">HH", side, rng.choice((1, side, 65_535)))
        case 1:
            plain[frame + 1] = rng.choice((0xC1, 0xC2, 0xC3, 0xC5, 0xC9, 0xCA, 0xCB, 0xCF))
        case 2:
            plain[frame + 4] = rng.choice((0, 1, 12, 16, 255))
        case 3:
            plain[frame + 9] = rng.choice((0, 1, 2, 4, 255))
        case 4:
            return odd.many_scans(rng.choice((5, 90, 101, 2000)))
    return bytes(plain)


def jpeg_of_two(rng: random.Random) -> bytes:
    return rng.choice((odd.two_picture_jpeg, odd_pdfs.pdf_and_jpeg))()


def ribbon(rng: random.Random) -> bytes:
    long = rng.choice((40_000, 65_000))
    short = rng.choice((1, 2, 31, 32, 33))
    size = rng.choice(((short, long), (long, short)))
    return saved(Image.new("L", size, 128), rng.choice(("JPEG", "PNG")))


# PNG


def png_of_a_screen(rng: random.Random) -> bytes:
    mode = rng.choice(("1", "L", "LA", "P", "RGB", "RGBA", "I;16"))
    if mode == "I;16":
        return odd.png_16_bit(rng.choice((0, 255, 256, 40_000, 65_535)))
    options: dict[str, object] = {}
    if mode in ("P", "RGB", "L") and rng.random() < 0.5:
        options["transparency"] = (0, 128, 0) if mode == "RGB" else rng.randrange(256)
    if rng.random() < 0.3:
        options["icc_profile"] = rng.choice((odd.swapped_profile(), SECRET * 20, b""))
    return saved(_scene(rng, mode), "PNG", **options)


def png_with_texts(rng: random.Random) -> bytes:
    """Texts, some of which unpack to a hundred times their size, and chunks nobody knows."""
    plain = odd.png_with_metadata()
    packed = zlib.compress(SECRET + bytes(rng.choice((10, 2_000_000, 30_000_000))), 9)
    extra = rng.choice(
        (
            chunk(b"zTXt", b"Comment\0\0" + packed),
            chunk(b"iTXt", b"Comment\0\x01\0\0\0" + packed),
            chunk(b"iCCP", b"profile\0\0" + packed),
            chunk(b"tEXt", b"Comment\0" + SECRET) * 300,
            chunk(b"eXIf", odd.exif(rng.randrange(10))),
            chunk(b"prVt", SECRET * 50),
            chunk(b"tIME", rng.randbytes(7)),
            chunk(b"pHYs", rng.randbytes(9)),
            chunk(b"gAMA", rng.randbytes(4)),
            chunk(b"cHRM", rng.randbytes(32)),
        )
    )
    at = plain.index(b"IDAT") - 4 if rng.random() < 0.7 else plain.index(b"IEND") - 4
    return plain[:at] + extra + plain[at:]


def png_that_lies(rng: random.Random) -> bytes:
    width, height = (rng.choice((0, 1, 64, 9000, 100_000, 2**31 - 1)) for _ in range(2))
    depth, colour = rng.choice((1, 2, 3, 4, 8, 16, 32)), rng.choice((0, 2, 3, 4, 5, 6))
    rows = zlib.compress(bytes(rng.choice((10, 64 * 193, 1_000_000))), 9)
    return odd.png_of(width, height, chunk(b"IDAT", rows), depth=depth, colour=colour)


def png_bomb(rng: random.Random) -> bytes:
    return odd.png_bomb(rng.choice((500, 1500, 2400)))


def animation(rng: random.Random) -> bytes:
    return odd.frames(rng.choice(("PNG", "WEBP", "GIF")))


# WebP, HEIC


def webp(rng: random.Random) -> bytes:
    mode = rng.choice(("RGB", "RGBA", "L"))
    return saved(
        _scene(rng, mode),
        "WEBP",
        lossless=rng.random() < 0.5,
        exif=odd.exif(rng.randrange(10)),
        xmp=odd.xmp(rng.choice((None, 3, 6))),
        icc_profile=rng.choice((b"", odd.swapped_profile(), SECRET * 10)),
    )


def webp_that_lies(rng: random.Random) -> bytes:
    """A canvas or a length that is not what follows."""
    plain = bytearray(saved(_scene(rng, "RGBA"), "WEBP", exif=odd.exif(1)))
    match rng.randrange(3):
        case 0:
            plain[24:30] = rng.randbytes(6)
        case 1:
            plain[4:8] = rng.randbytes(4)
        case 2:
            plain[20:21] = rng.randbytes(1)
    return bytes(plain)


def heic(rng: random.Random) -> bytes:
    data = bytearray(odd.HEIC)
    match rng.randrange(5):
        case 0:
            return odd.heic_that_kills_its_decoder()
        case 1:
            at = data.index(b"ispe") + 8
            data[at : at + 8] = rng.choice((bytes(8), b"\xff" * 8, struct.pack(">II", 9000, 9000)))
        case 2:
            data[8:12] = rng.choice((b"heix", b"mif1", b"hevc", b"avif", b"isom", b"qt  "))
        case 3:
            at = data.index(b"irot") + 4
            data[at] = rng.randrange(256)
    return bytes(data)


# PDF, and what is nothing that is taken in


def pdf(rng: random.Random) -> bytes:
    return rng.choice(
        (
            odd_pdfs.scene,
            functools.partial(odd_pdfs.scene, 3),
            functools.partial(odd_pdfs.scene, 25),
            odd_pdfs.words,
            functools.partial(odd_pdfs.form_field, "12345678"),
            functools.partial(odd_pdfs.encrypted, "password"),
            functools.partial(odd_pdfs.encrypted, ""),
            odd_pdfs.with_script,
            odd_pdfs.with_attachment,
            odd_pdfs.living_form,
            functools.partial(odd_pdfs.bomb, 3000),
            odd_pdfs.broken_picture,
            functools.partial(odd_pdfs.page_of, rng.randrange(1, 20_000), rng.randrange(1, 20_000)),
            functools.partial(odd_pdfs.claims_pages, rng.choice((0, 2, 10**9))),
            odd_pdfs.endless_tree,
            odd_pdfs.endless_form,
            odd_pdfs.deep_filters,
        )
    )()


def other(rng: random.Random) -> bytes:
    return rng.choice(
        (
            saved(odd.scene((64, 64)), rng.choice(("GIF", "BMP", "TIFF", "ICO", "PPM"))),
            odd.zip_behind(b""),
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>" + SECRET + b"</script></svg>",
            b"<?php system($_GET['x']); ?>" + SECRET,
            b"\0\0\0\x20ftypisom" + rng.randbytes(500),
            rng.randbytes(rng.choice((1, 3, 12, 5000))),
            b"\xff\xd8\xff" + rng.randbytes(3000),
            b"\x89PNG\r\n\x1a\n" + rng.randbytes(3000),
            b"RIFF\x40\0\0\0WEBP" + rng.randbytes(3000),
            b"%PDF-1.7\n" + rng.randbytes(3000) + b"\n%%EOF",
        )
    )


MAKERS: tuple[tuple[Callable[[random.Random], bytes], int], ...] = (
    (jpeg_of_a_phone, 10),
    (jpeg_of_an_editor, 10),
    (jpeg_of_a_printer, 6),
    (jpeg_of_many_kinds, 10),
    (jpeg_that_lies, 8),
    (jpeg_of_two, 3),
    (ribbon, 2),
    (png_of_a_screen, 8),
    (png_with_texts, 8),
    (png_that_lies, 6),
    (png_bomb, 3),
    (animation, 3),
    (webp, 7),
    (webp_that_lies, 4),
    (heic, 6),
    (pdf, 10),
    (other, 5),
)
"""What files are made of, and how often."""
