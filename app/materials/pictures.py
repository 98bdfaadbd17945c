"""A photo as it came from a phone, made into one that is safe to keep and to show.

`take_in` trusts nothing but the content of the file: neither its name nor its Content-Type. What
it returns was drawn anew: the pixels, upright, in sRGB, on white, and not one byte of what else
was in the file (EXIF with GPS, XMP, IPTC, comments, embedded previews, colour profiles, appended
data). It fails closed: what cannot be decoded in full is refused with one of the errors below.
One thing the decoder does not tell: a JPEG with a hole in its coded data, but with its end in
place, comes out with gray where the hole was.
"""

import hashlib
import io
import warnings
from pathlib import Path

import msgspec
from PIL import (
    Image,
    ImageCms,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,  # noqa: F401 - registers itself: no open has to look for plugins
    WebPImagePlugin,  # noqa: F401
)

from app.core.errors import Problem
from app.materials import heif
from app.materials.formats import format_of
from app.materials.refusals import Animated, Damaged, NotAPhoto, TooManyPixels, TooSmall
from app.materials.rules import Size

__all__ = [
    "Animated",
    "Damaged",
    "NotAPhoto",
    "Page",
    "Picture",
    "TooManyPixels",
    "TooSmall",
    "take_in",
]

MIN_EDGE = 32
"""Pixels. A picture with a shorter side is an icon, or a tracking pixel, and never a document."""

START_OF_SCAN = b"\xff\xda"
MAX_SCANS = 100
"""A progressive JPEG has about 10 scans. Each costs a pass over all pixels but only a few bytes,
so that a small file could keep a processor busy for hours."""

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its EXIF orientation (Exif 2.32, 4.6.4, tag 274)."""

# The second line behind the check of `max_pixels` in `take_in`: a plugin that decodes before it
# tells its size still stops here. It is not below what the settings allow.
Image.MAX_IMAGE_PIXELS = 400_000_000
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Pillow warns about each oddity in EXIF data, in words that the sender chooses, and keeps them.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
ImageFile.LOAD_TRUNCATED_IMAGES = False


class Page(msgspec.Struct, frozen=True):
    """One page ready to be kept; a photo has one. Both sizes are JPEG without any metadata."""

    display: bytes
    thumbnail: bytes
    width: int
    """Pixels of `display`, upright."""
    height: int

    def of(self, size: Size) -> bytes:
        """The JPEG of this size."""
        return self.display if size == "display" else self.thumbnail


class Picture(msgspec.Struct, frozen=True):
    """A photo, or the pages of a PDF, ready to be kept."""

    pages: tuple[Page, ...]
    source_format: str
    """What came in: JPEG, PNG, WEBP, HEIF or PDF."""
    digest: str
    """SHA-256 of every page's `display`, in hex: the same file gives the same digest."""

    @property
    def display(self) -> bytes:
        """The first page's."""
        return self.pages[0].display

    @property
    def thumbnail(self) -> bytes:
        """The first page's."""
        return self.pages[0].thumbnail

    @property
    def width(self) -> int:
        """The first page's."""
        return self.pages[0].width

    @property
    def height(self) -> int:
        """The first page's."""
        return self.pages[0].height


def take_in(
    path: Path, *, max_pixels: int, display_edge: int = 1600, thumb_edge: int = 320
) -> Picture:
    """Decode the photo in the file `path` and draw it anew in two sizes.

    The long side of the result is at most `display_edge` and `thumb_edge` pixels; nothing is
    enlarged. Of a phone's JPEG or HEIC with several pictures (MPO, depth, burst) the primary one
    is taken. It keeps a processor busy for about 0.1 to 1 s: call it in a thread, few at a time,
    since a picture of `max_pixels` needs up to 10 bytes a pixel while it is decoded (WebP: 17).

    Raises:
        NotAPhoto, TooManyPixels, TooSmall, Animated, Damaged: it is not taken, and why.
        OSError: the file itself could not be read.
    """
    data = path.read_bytes()
    source_format = format_of(data)
    if source_format == "PDF":
        raise NotAPhoto("暂时不能上传 PDF 文件。请把它拍成照片，或截图后上传。")
    try:
        display = _draw(data, source_format, max_pixels, display_edge)
        page = _page(display, thumb_edge)
        return Picture((page,), source_format, hashlib.sha256(page.display).hexdigest())
    except Problem:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels from error
    except Exception as error:
        # Decoders raise what they like on hostile input (struct.error, SyntaxError, zlib.error,
        # OverflowError, MemoryError, ...): whatever it is, there is no picture.
        raise Damaged from error


def _page(drawn: Image.Image, thumb_edge: int) -> Page:
    # Full colour resolution, because seals on documents are red on white.
    display = _encoded(drawn, quality=85, subsampling="4:4:4")
    thumbnail = _encoded(_fitted(drawn, thumb_edge), quality=75, subsampling="4:2:0")
    return Page(display, thumbnail, drawn.width, drawn.height)


def _draw(data: bytes, source_format: str, max_pixels: int, edge: int) -> Image.Image:
    """The picture in `data`, upright and fitted into `edge`, as RGB pixels and nothing else."""
    if source_format == "HEIF":
        size, data = heif.as_png(data, max_pixels=max_pixels, edge=edge)
        _check_size(size, max_pixels)
        source_format = "PNG"
    else:
        _check_header(data, source_format, max_pixels)
    with Image.open(io.BytesIO(data), formats=(source_format,)) as image:
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            image.draft(None, _fit(image.size, edge))
        image.load()
        turn = TURNS.get(_orientation(image))
        profile = image.info.get("icc_profile")
        drawn = _fitted(_eight_bit(image), edge)
    if turn is not None:
        drawn = drawn.transpose(turn)
    drawn = _in_srgb(_on_white(drawn), profile)
    # Only pixels go on: a new image has no `info`, from which the encoder would take comments,
    # profiles and resolutions.
    clean = Image.new("RGB", drawn.size)
    clean.paste(drawn)
    return clean


def _check_header(data: bytes, source_format: str, max_pixels: int) -> None:
    """Refuses what must not be decoded, without decoding any of it."""
    with Image.open(io.BytesIO(data), formats=(source_format,)) as image:
        _check_size(image.size, max_pixels)
        if source_format == "JPEG":
            # A phone's second picture (MPO) counts as a frame; it is never looked at.
            if data.count(START_OF_SCAN) > MAX_SCANS:
                raise Damaged
        elif getattr(image, "n_frames", 1) > 1:
            raise Animated


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise TooManyPixels(
            f"这张照片有 {width * height // 10_000} 万像素，最多 {max_pixels // 10_000} 万像素。"
        )
    if min(size) < MIN_EDGE:
        raise TooSmall(f"图片只有 {width}×{height} 像素，每边至少 {MIN_EDGE} 像素。")


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation; 1 where there is none or the EXIF data is broken (pixels may not be).

    There is none in what `heif.as_png` gives: its decoder has applied HEIF's own rotation.
    """
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # any parser error, as in `take_in`
        return 1


def _fit(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """`size` scaled down to a long side of `edge`; at least one pixel a side, never larger."""
    longest = max(size)
    if longest <= edge:
        return size
    width, height = (max(1, round(side * edge / longest)) for side in size)
    return width, height


def _fitted(image: Image.Image, edge: int) -> Image.Image:
    target = _fit(image.size, edge)
    if target == image.size:
        return image
    # The gap lets large steps be done by averaging: three times faster, no visible difference.
    return image.resize(target, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _eight_bit(image: Image.Image) -> Image.Image:
    """The same picture in one of the modes L, LA, RGB, RGBA, CMYK."""
    if image.mode.startswith("I;16"):
        # A plain conversion would clip all but the darkest 256 of 65,536 levels to white.
        return image.point(lambda level: level / 256).convert("L")
    if image.has_transparency_data:
        return image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image
    opaque = image.mode.removesuffix("A")
    paper = Image.new(opaque, image.size, "white")
    paper.paste(image.convert(opaque), mask=image.getchannel("A"))
    return paper


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """In sRGB by the picture's own profile; without it, where it is absent, broken or unfitting."""
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except Exception:  # a profile is a program of its own: any error means no profile
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


def _encoded(image: Image.Image, *, quality: int, subsampling: str) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=subsampling)
    return out.getvalue()
