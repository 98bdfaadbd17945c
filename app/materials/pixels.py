"""Pixels: fitted, in eight bits, on white, in sRGB, coded as JPEG. Nothing here reads files."""

import io
import os
import sys
from typing import BinaryIO

from PIL import Image, ImageCms


def fit(size: tuple[int, int], edge: int) -> tuple[int, int]:
    """`size` scaled down to a long side of `edge`; at least one pixel a side, never larger."""
    longest = max(size)
    if longest <= edge:
        return size
    width, height = (max(1, round(side * edge / longest)) for side in size)
    return width, height


def fitted(image: Image.Image, edge: int) -> Image.Image:
    """`image` with a long side of at most `edge`."""
    target = fit(image.size, edge)
    if target == image.size:
        return image
    # The gap lets large steps be done by averaging: three times faster, no visible difference.
    return image.resize(target, Image.Resampling.BICUBIC, reducing_gap=2.0)


def eight_bit(image: Image.Image) -> Image.Image:
    """The same picture in one of the modes L, LA, RGB, RGBA, CMYK."""
    if image.mode.startswith("I;16"):
        # A plain conversion would clip all but the darkest 256 of 65,536 levels to white.
        return image.point(lambda level: level / 256).convert("L")
    if image.has_transparency_data:
        return image if image.mode in ("LA", "RGBA") else image.convert("RGBA")
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def on_white(image: Image.Image) -> Image.Image:
    """`image` as it looks on white paper: L for LA, RGB for RGBA."""
    if image.mode not in ("LA", "RGBA"):
        return image
    opaque = image.mode.removesuffix("A")
    paper = Image.new(opaque, image.size, "white")
    paper.paste(image.convert(opaque), mask=image.getchannel("A"))
    return paper


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
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
    return image if image.mode == "RGB" else image.convert("RGB")


def encoded(image: Image.Image, *, quality: int, subsampling: str) -> bytes:
    """A JPEG; a picture with no `info` of its own gives one without metadata."""
    with _scratch() as out:
        image.save(out, "JPEG", quality=quality, subsampling=subsampling)
        out.seek(0)
        return out.read()


def _scratch() -> BinaryIO:
    """A file in memory. Where the system has such files Pillow lets go of the interpreter's lock
    while it writes to one; while it writes to a Python object, it keeps it, and all must wait."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("jpeg", os.MFD_CLOEXEC), "w+b")
    return io.BytesIO()
