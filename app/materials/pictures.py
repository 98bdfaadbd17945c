"""A photo as it came from a phone, made into one that is safe to keep and to show.

`take_in` trusts nothing but the content of the file: neither its name nor its Content-Type. What
it returns was drawn anew: the pixels, upright, in sRGB, on white, and not one byte of what else
was in the file (EXIF with GPS, XMP, IPTC, comments, embedded previews, colour profiles, appended
data). Of a PDF it returns pictures of the pages. It fails closed: what cannot be decoded in full is
refused with one of the errors below. What the decoder does not tell of holes, see `whole`.
"""

import hashlib
import io
import warnings
from pathlib import Path
from typing import NamedTuple

import msgspec
from PIL import (
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,  # noqa: F401 - registers itself: no open has to look for plugins
    WebPImagePlugin,  # noqa: F401
)

from app.core import fonts
from app.core.errors import Problem
from app.materials import heif, likeness, pdf, quality
from app.materials.formats import format_of
from app.materials.pixels import eight_bit, encoded, fit, fitted, in_srgb, on_white
from app.materials.quality import Finding, Limits
from app.materials.refusals import (
    Animated,
    Damaged,
    LivingForm,
    Locked,
    NotAPhoto,
    OddPage,
    TooManyPages,
    TooManyPixels,
    TooSmall,
)
from app.materials.rules import Size
from app.materials.whole import Scan

__all__ = [
    "Animated",
    "Damaged",
    "LivingForm",
    "Locked",
    "NotAPhoto",
    "OddPage",
    "Page",
    "Picture",
    "TooManyPages",
    "TooManyPixels",
    "TooSmall",
    "take_in",
]

MIN_EDGE = 32
"""Pixels. A picture with a shorter side is an icon, or a tracking pixel, and never a document."""

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
    """SHA-256 of all pages' `display`, in hex: the same file gives the same digest."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with it."""
    likeness: int | None = None
    """The first page's, see `likeness.of`; None where nothing is on it."""

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
    path: Path,
    *,
    max_pixels: int,
    max_pages: int = 0,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    display_edge: int = 1600,
    thumb_edge: int = 320,
) -> Picture:
    """Decode the photo, or the PDF of at most `max_pages`, and draw it anew in two sizes.

    The long side of the result is at most `display_edge` and `thumb_edge` pixels; no photo is
    enlarged. Of a phone's JPEG or HEIC with several pictures (MPO, depth, burst) the primary one
    is taken. It keeps a processor busy for about 0.1 to 1 s, a PDF for as long a page: call it in
    a thread, few at a time, since a picture of `max_pixels` needs up to 10 bytes a pixel while it
    is decoded (WebP: 17). What is found wrong by the `limits` is told and refuses nothing.

    Raises:
        NotAPhoto, TooManyPixels, TooSmall, Animated, Damaged: it is not taken, and why.
        NotAPhoto: also every PDF where `max_pages` is 0.
        Locked, TooManyPages, LivingForm, OddPage: the same of a PDF.
        OSError: the file itself could not be read.
    """
    data = path.read_bytes()
    source_format = format_of(data)
    try:
        if source_format == "PDF":
            del data
            return _of_pdf(path, max_pages, max_pixels, limits, display_edge, thumb_edge)
        seen = _look(_draw(data, source_format, max_pixels, display_edge), thumb_edge, limits)
        findings = tuple(Finding(kind) for kind in seen.wrong)
        digest = hashlib.sha256(seen.page.display).hexdigest()
        return Picture((seen.page,), source_format, digest, findings, seen.likeness)
    except Problem:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise TooManyPixels from error
    except Exception as error:
        # Decoders raise what they like on hostile input (struct.error, SyntaxError, zlib.error,
        # OverflowError, MemoryError, ...): whatever it is, there is no picture.
        raise Damaged from error


def _of_pdf(
    path: Path, max_pages: int, max_pixels: int, limits: Limits, edge: int, thumb_edge: int
) -> Picture:
    if max_pages == 0:
        raise NotAPhoto("这里不能上传 PDF 文件。请把它拍成照片，或截图后上传。")
    folder = fonts.path().parent
    drawn = pdf.Pages(path, max_pages=max_pages, max_pixels=max_pixels, edge=edge, fonts=folder)
    seen: list[_Seen] = []
    digest = hashlib.sha256()
    try:
        for width, height, rgb in drawn:
            page = Image.frombytes("RGB", (width, height), rgb)
            seen.append(_look(page, thumb_edge, limits))
            digest.update(seen[-1].page.display)
    except pdf.CannotDraw as error:
        raise _refusal(error, max_pages, max_pixels) from error
    findings = [Finding(kind, n) for n, one in enumerate(seen, 1) for kind in one.wrong]
    if drawn.attachments:
        findings.append(Finding("attachments"))
    pages = tuple(one.page for one in seen)
    return Picture(pages, "PDF", digest.hexdigest(), tuple(findings), seen[0].likeness)


def _refusal(error: pdf.CannotDraw, max_pages: int, max_pixels: int) -> Problem:
    match error.why:
        case "locked":
            return Locked()
        case "form":
            return LivingForm()
        case "shape":
            return OddPage()
        case "many":
            return TooManyPages(f"这个 PDF 有 {error.number} 页，最多 {max_pages} 页。")
        case "pixels":
            return TooManyPixels(
                f"PDF 中的图片有 {error.number} 万像素，最多 {max_pixels // 10_000} 万像素。"
            )
    return Damaged("PDF 文件已损坏或没有传完整。请重新生成，或重新上传。")


class _Seen(NamedTuple):
    """A page, and what was seen of it on the way."""

    page: Page
    wrong: tuple[quality.Kind, ...]
    likeness: int | None


def _look(drawn: Image.Image, thumb_edge: int, limits: Limits) -> _Seen:
    # Full colour resolution, because seals on documents are red on white.
    display = encoded(drawn, quality=85, subsampling="4:4:4")
    smaller = quality.reduced(drawn, thumb_edge * 3 // 2)
    thumbnail = encoded(fitted(smaller, thumb_edge), quality=75, subsampling="4:2:0")
    page = Page(display, thumbnail, drawn.width, drawn.height)
    if min(smaller.size) < quality.LEAST:
        return _Seen(page, ("small",), None)
    gray = smaller.convert("L")
    ink = quality.ink(gray)
    wrong = quality.find(quality.measure(gray, ink, drawn.size), limits)
    return _Seen(page, wrong, None if "blank" in wrong else likeness.of(gray))


def _draw(data: bytes, source_format: str, max_pixels: int, edge: int) -> Image.Image:
    """The picture in `data`, upright and fitted into `edge`, as RGB pixels and nothing else."""
    if source_format == "HEIF":
        size, data = heif.as_png(data, max_pixels=max_pixels, edge=edge)
        _check_size(size, max_pixels)
        source_format = "PNG"
    else:
        _check_header(data, source_format, max_pixels)
    source = Scan(data) if source_format == "JPEG" else io.BytesIO(data)
    with Image.open(source, formats=(source_format,)) as image:
        if isinstance(image, JpegImagePlugin.JpegImageFile):
            image.draft(None, fit(image.size, edge))
        image.load()
        if isinstance(source, Scan):
            source.check_read()
        turn = TURNS.get(_orientation(image))
        profile = image.info.get("icc_profile")
        drawn = fitted(eight_bit(image), edge)
    if turn is not None:
        drawn = drawn.transpose(turn)
    drawn = in_srgb(on_white(drawn), profile)
    # Only pixels go on: a new image has no `info`, from which the encoder would take comments,
    # profiles and resolutions.
    clean = Image.new("RGB", drawn.size)
    clean.paste(drawn)
    return clean


def _check_header(data: bytes, source_format: str, max_pixels: int) -> None:
    """Refuses what must not be decoded, without decoding any of it."""
    with Image.open(io.BytesIO(data), formats=(source_format,)) as image:
        _check_size(image.size, max_pixels)
        # A phone's second picture in a JPEG (MPO) counts as a frame; it is never looked at.
        if source_format != "JPEG" and getattr(image, "n_frames", 1) > 1:
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
