"""A photo as a phone sends it, drawn here: with a place in its metadata, lying on its side."""

import io

from PIL import ExifTags, Image, ImageDraw

SIZE = (3000, 2000)
TURNED_RIGHT = 6
"""EXIF orientation of a phone held upright: the picture must be turned to be seen upright."""


def phone_photo(words: str) -> bytes:
    """A JPEG of 3000 × 2000 with GPS and orientation 6, different for different `words`."""
    picture = Image.new("RGB", SIZE, (236, 240, 233))
    pen = ImageDraw.Draw(picture)
    for line in range(24):
        shade = 40 + 7 * line
        pen.line((120, 100 + 75 * line, 2600, 130 + 75 * line), fill=(shade, 90, 120), width=9)
    pen.text((200, 40), words.encode("ascii", "replace").decode(), fill=(20, 20, 20), font_size=60)
    pen.rectangle((2700, 60, 2960, 320), fill=(190, 40, 40))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = TURNED_RIGHT
    exif[ExifTags.Base.Make] = "Phone"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    place[ExifTags.GPS.GPSLatitude] = (30.0, 28.0, 30.0)
    place[ExifTags.GPS.GPSLongitudeRef] = "E"
    place[ExifTags.GPS.GPSLongitude] = (106.0, 38.0, 0.0)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, exif=exif, comment=b"taken at home")
    return out.getvalue()


def is_landscape(content: bytes) -> bool:
    """Whether a photo as people see it, its orientation applied, is wider than high."""
    from pi_heif import register_heif_opener  # noqa: PLC0415 - only where a photo is given

    register_heif_opener()
    with Image.open(io.BytesIO(content)) as picture:
        width, height = picture.size
        turned = picture.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)
        heif = (picture.format or "").upper() in ("HEIF", "HEIC", "AVIF")
    return (height > width) if turned and not heif else (width > height)


def metadata_left(content: bytes) -> list[str]:
    """What metadata a JPEG still carries, by name; empty when it is clean."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        found = [
            name for name in ("exif", "comment", "xmp", "icc_profile") if picture.info.get(name)
        ]
        found += ["exif"] if len(picture.getexif()) else []
    return found + [word.decode() for word in (b"Exif", b"http://ns.adobe.com") if word in content]


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a picture as it is stored."""
    with Image.open(io.BytesIO(content)) as picture:
        return picture.size
