"""What a file is by its first bytes: neither its name nor its Content-Type is asked."""

from pathlib import Path

from app.core.errors import Problem
from app.materials.refusals import Animated, NotAPhoto

HEIF_STILLS = (b"heic", b"heix", b"heim", b"heis", b"mif1")
HEIF_SEQUENCES = (b"hevc", b"hevx", b"hevm", b"hevs", b"msf1")
"""Major brands of ISO/IEC 23008-12, clause 10 and annex B."""

OTHER_KINDS = (
    (b"GIF8", "GIF 图片不能作为材料。"),
    (b"PK\x03\x04", "Office 文档和压缩包不能作为材料，请把内容拍成照片。"),
    (b"\xd0\xcf\x11\xe0", "Office 文档不能作为材料，请把内容拍成照片。"),
    (b"BM", "BMP 图片请先转成 JPG。"),
    (b"II*\x00", "TIFF 图片请先转成 JPG。"),
    (b"MM\x00*", "TIFF 图片请先转成 JPG。"),
)
PDF_MAGIC_WITHIN = 1024
"""Bytes before the header of a PDF that readers pass over (ISO 32000-1, annex H.3.4.1)."""


def format_of(data: bytes) -> str:
    """The format that the first bytes of `data` announce: JPEG, PNG, WEBP, HEIF or PDF.

    What begins like a picture is one, whatever else follows in it.

    Raises:
        NotAPhoto: none of these; `detail` says what to do about what it is.
        Animated: a HEIF image sequence.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _format_of_container(data[8:12])
    if b"%PDF-" in data[:PDF_MAGIC_WITHIN]:
        return "PDF"
    for start, advice in OTHER_KINDS:
        if data.startswith(start):
            raise NotAPhoto(advice)
    raise NotAPhoto


def is_pdf(path: Path) -> bool:
    """Whether the file at `path` is taken for a PDF, by its beginning alone."""
    with path.open("rb") as file:
        head = file.read(PDF_MAGIC_WITHIN)
    try:
        return format_of(head) == "PDF"
    except Problem:
        return False


def _format_of_container(brand: bytes) -> str:
    if brand in HEIF_STILLS:
        return "HEIF"
    if brand in HEIF_SEQUENCES:
        raise Animated
    if brand in (b"avif", b"avis"):
        raise NotAPhoto("AVIF 图片请先转成 JPG。")
    raise NotAPhoto("视频不能作为材料，请上传照片。")
