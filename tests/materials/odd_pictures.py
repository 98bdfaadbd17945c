"""Odd and hostile pictures, made here byte by byte: what phones send, and what attackers do.

Every function returns the bytes of one file. Those that show something show `scene`: four fields
of colour, so that a test can tell which way up a picture is by looking at it (`corners`).
"""

import base64
import io
import struct
import zipfile
import zlib
from pathlib import Path

from PIL import Image, ImageCms

from app.materials.pictures import Picture

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 128, 0), (0, 0, 255), (255, 255, 255)
UPRIGHT = ["red", "green", "blue", "white"]
SECRET = b"SECRET-OF-THE-CITIZEN"
"""Stands in every piece of metadata; must be in nothing that comes out."""

TURNED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera stores an upright scene under each EXIF orientation: the inverse of the turn."""

HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAADRpbG9jAAAAAERAAAIAAQAAAAAB7AABAAAAAAAAAFYAAgAAAAACQgABAAAAAAAAAHwAAAA4aWluZgAAAAAA"
    "AgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADm"
    "aXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAq"
    "QgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQAN"
    "AAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBp"
    "eGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEA"
    "AQAAANptZGF0AAAAUigBr1j5Et3/1vv/m3/9dJLxy59KnCC8Pd4U6y3ozWLDg4pCMUWu2b/7LSav1fuhoXpRnNcULWDR"
    "4HwhHSc6MZf1eDcSQa6RQvNfOBipaOklkjAAAAAGRXhpZgAATU0AKgAAAAgAAwEPAAIAAAAJAAAAMgESAAMAAAABAAYA"
    "AIglAAQAAAABAAAAPAAAAABHUFNQSE9ORQAAAAIAAQACAAAAAk4AAAAAAgAFAAAAAwAAAFoAAAAAAAAAHgAAAAEAAAAU"
    "AAAAAQAAAAoAAAAB"
)
"""A scene of 48 x 64, stored lying with an `irot` property, with EXIF (orientation 6, GPS)."""


def heic_that_kills_its_decoder() -> bytes:
    """One byte of an item's type is no text: pi-heif 1.4.0 ends with a segmentation fault."""
    return HEIC.replace(b"Exif", b"Exi\xdc", 1)


def scene(size: tuple[int, int] = (240, 320), mode: str = "RGB") -> Image.Image:
    """Red and green above, blue and white below."""
    width, height = size
    image = Image.new("RGB", size, WHITE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image.convert(mode)


def corners(jpeg: bytes) -> list[str]:
    """The names of the colours in the quarters of `jpeg`, row by row; a far colour is named "?"."""
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        seen = image.convert("RGB")
    width, height = seen.size
    names = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE}
    found = []
    for y in (height // 4, height * 3 // 4):
        for x in (width // 4, width * 3 // 4):
            pixel = seen.getpixel((x, y))
            name, distance = min(
                (
                    (n, sum(abs(a - b) for a, b in zip(c, pixel, strict=True)))
                    for n, c in names.items()
                ),
                key=lambda candidate: candidate[1],
            )
            found.append(name if distance < 60 else "?")
    return found


def segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """The (marker, payload) pairs up to the coded pixels; fails if anything follows the end."""
    assert jpeg.startswith(b"\xff\xd8")
    assert jpeg.index(b"\xff\xd9", jpeg.index(b"\xff\xda")) == len(jpeg) - 2
    found, at = [], 2
    while True:
        assert jpeg[at] == 0xFF
        marker, length = jpeg[at + 1], struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
        found.append((marker, jpeg[at + 4 : at + 2 + length]))
        if marker == 0xDA:
            return found
        at += 2 + length


def assert_only_pixels(picture: Picture) -> None:
    """JFIF header, tables, frame, scan: there is no room for metadata in these."""
    for page in picture.pages:
        assert_clean(page.display)
        assert_clean(page.thumbnail)


def assert_clean(jpeg: bytes) -> None:
    assert SECRET not in jpeg
    parts = segments(jpeg)
    assert {marker for marker, _ in parts} == {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
    headers = [payload for marker, payload in parts if marker == 0xE0]
    assert headers == [b"JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00"]


def saved(image: Image.Image, image_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, image_format, **options)
    return out.getvalue()


def jpeg(size: tuple[int, int] = (240, 320), **options: object) -> bytes:
    return saved(scene(size), "JPEG", **options)


def png(size: tuple[int, int] = (240, 320), mode: str = "RGB", **options: object) -> bytes:
    return saved(scene(size, mode), "PNG", **options)


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


def with_segments(plain: bytes, *segments: bytes) -> bytes:
    """`plain` with segments put in right after the start of the image."""
    return plain[:2] + b"".join(segments) + plain[2:]


def exif(orientation: int) -> bytes:
    """A TIFF block with maker, orientation, a GPS position and a preview in IFD1."""
    preview = with_segments(jpeg((64, 48)), segment(0xFE, SECRET))
    maker_at, gps_at = 8 + 2 + 3 * 12 + 4, 8 + 2 + 3 * 12 + 4 + 22
    rational_at = gps_at + 2 + 2 * 12 + 4
    second_at = rational_at + 24
    preview_at = second_at + 2 + 2 * 12 + 4
    first = (
        struct.pack("<H", 3)
        + struct.pack("<HHII", 0x010F, 2, 22, maker_at)
        + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
        + struct.pack("<HHII", 0x8825, 4, 1, gps_at)
        + struct.pack("<I", second_at)
    )
    gps = (
        struct.pack("<H", 2)
        + struct.pack("<HHI4s", 0x0001, 2, 2, b"N")
        + struct.pack("<HHII", 0x0002, 5, 3, rational_at)
        + struct.pack("<I", 0)
        + struct.pack("<6I", 30, 1, 20, 1, 10, 1)
    )
    second = (
        struct.pack("<H", 2)
        + struct.pack("<HHII", 0x0201, 4, 1, preview_at)
        + struct.pack("<HHII", 0x0202, 4, 1, len(preview))
        + struct.pack("<I", 0)
    )
    head = struct.pack("<2sHI", b"II", 42, 8)
    return head + first + SECRET.ljust(22, b"\0") + gps + second + preview


def xmp(orientation: int | None = None) -> bytes:
    turned = f' tiff:Orientation="{orientation}"' if orientation else ""
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF'
        b' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description'
        b' xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
        + turned.encode()
        + b">"
        + SECRET
        + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def phone_photo(orientation: int = 1, size: tuple[int, int] = (240, 320)) -> bytes:
    """A JPEG with all that a phone and an editor leave in it; upright it shows `scene`."""
    image = scene(size)
    turn = TURNED[orientation]
    stored = image if turn is None else image.transpose(turn)
    iptc = b"\x1c\x02\x78" + struct.pack(">H", len(SECRET)) + SECRET
    photoshop = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc
    return with_segments(
        saved(stored, "JPEG", icc_profile=srgb_profile()),
        segment(0xE1, b"Exif\0\0" + exif(orientation)),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()),
        segment(0xE0, b"JFXX\0\x10" + with_segments(jpeg((40, 40)), segment(0xFE, SECRET))),
        segment(0xED, photoshop + b"\0" * (len(iptc) % 2)),
        segment(0xFE, SECRET),
        segment(0xEF, SECRET),
    )


def srgb_profile() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)  # when it was made: always the same
    return bytes(profile)


def profile_of_another_kind() -> bytes:
    """A profile whose header says CMYK, in a picture that is not."""
    profile = bytearray(srgb_profile())
    profile[16:20] = b"CMYK"
    return bytes(profile)


def swapped_profile() -> bytes:
    """sRGB with red and green exchanged: honouring it shows green as red."""
    profile = srgb_profile()
    return profile.replace(b"rXYZ", b"?XYZ").replace(b"gXYZ", b"rXYZ").replace(b"?XYZ", b"gXYZ")


def two_picture_jpeg() -> bytes:
    """An MPO as phones write it: the photo and a second picture (depth, other eye) behind it."""
    other = Image.new("RGB", (240, 320), "black")
    return saved(scene(), "MPO", save_all=True, append_images=[other])


def frames(image_format: str) -> bytes:
    other = Image.new("RGB", (240, 320), "black")
    return saved(scene(), image_format, save_all=True, append_images=[other], duration=100)


def chunk(kind: bytes, payload: bytes) -> bytes:
    check = zlib.crc32(kind + payload)
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", check)


def png_of(width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG with a header that declares whatever it likes."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join((b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), *chunks, chunk(b"IEND", b"")))


def png_with_metadata() -> bytes:
    """EXIF that says the picture lies on its side, XMP, texts and a time."""
    plain = saved(scene().transpose(TURNED[6]), "PNG")
    after_header = 8 + 25
    return (
        plain[:after_header]
        + chunk(b"eXIf", exif(6))
        + chunk(b"tEXt", b"Comment\0" + SECRET)
        + chunk(b"zTXt", b"Author\0\0" + zlib.compress(SECRET))
        + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp())
        + plain[after_header:]
    )


def png_16_bit(level: int) -> bytes:
    """Gray of 16 bits a pixel, all of one level."""
    row = b"\0" + struct.pack(">H", level) * 64
    return png_of(64, 64, chunk(b"IDAT", zlib.compress(row * 64)), depth=16, colour=0)


def png_bomb(side: int) -> bytes:
    """`side` x `side` pixels in a few kilobytes."""
    return png_of(side, side, chunk(b"IDAT", zlib.compress(bytes((side * 3 + 1) * side), 9)))


def text_bomb() -> bytes:
    """A PNG whose comment of 20 kB unpacks to 20 MB."""
    payload = b"Comment\0\0" + zlib.compress(bytes(20_000_000), 9)
    return png_of(64, 64, chunk(b"zTXt", payload), chunk(b"IDAT", zlib.compress(bytes(193 * 64))))


def jpeg_declaring(width: int, height: int) -> bytes:
    """A small JPEG whose frame header claims another size."""
    plain = bytearray(jpeg((64, 64)))
    frame = plain.index(b"\xff\xc0")
    plain[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(plain)


def many_scans(count: int) -> bytes:
    """A progressive JPEG that has its last scan `count` times."""
    plain = jpeg(progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:last] + plain[last:-2] * count + b"\xff\xd9"


def zip_behind(plain: bytes) -> bytes:
    """A polyglot: a picture for viewers, an archive for unpackers."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("evil.html"), SECRET)
    return plain + out.getvalue()


def put(folder: Path, data: bytes) -> Path:
    path = folder / "upload"
    path.write_bytes(data)
    return path
