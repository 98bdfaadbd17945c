"""Odd and hostile PDF files. Each function returns the bytes of one."""

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

from . import odd_pictures as odd

A4 = (595, 842)
SECRET = odd.SECRET.decode()


def drawn(
    draw: Callable[[canvas.Canvas], None], size: tuple[float, float] = A4, pages: int = 1
) -> bytes:
    out = io.BytesIO()
    paper = canvas.Canvas(out, pagesize=size, invariant=1)
    paper.setAuthor(SECRET)
    paper.setTitle(SECRET)
    for _ in range(pages):
        draw(paper)
        paper.showPage()
    paper.save()
    return out.getvalue()


def scene(pages: int = 1, size: tuple[float, float] = A4) -> bytes:
    """Red and green above, blue and white below, as `odd_pictures.scene`, on every page."""

    def draw(paper: canvas.Canvas) -> None:
        paper.drawImage(ImageReader(odd.scene()), 0, 0, *size)

    return drawn(draw, size, pages)


def words(text: str = "营业执照") -> bytes:
    """Chinese words in a font that is not in the file."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))

    def draw(paper: canvas.Canvas) -> None:
        paper.setFont("STSong-Light", 90)
        paper.drawString(60, 600, text)

    return drawn(draw)


def form_field(value: str) -> bytes:
    def draw(paper: canvas.Canvas) -> None:
        paper.acroForm.textfield(
            value=value, x=50, y=400, width=500, height=200, fontSize=80, borderWidth=0
        )

    return drawn(draw)


def _changed(change: Callable[[PdfWriter], None], plain: bytes | None = None) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(plain or scene()))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted(user: str, owner: str = "owner") -> bytes:
    return _changed(lambda writer: writer.encrypt(user, owner, algorithm="AES-256"))


def with_script() -> bytes:
    script = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject(f"app.alert('{SECRET}'); while (true) {{}}"),
            NameObject("/Next"): DictionaryObject(
                {
                    NameObject("/S"): NameObject("/Launch"),
                    NameObject("/F"): TextStringObject("/bin/sh"),
                }
            ),
        }
    )

    def change(writer: PdfWriter) -> None:
        writer.root_object[NameObject("/OpenAction")] = script
        writer.pages[0][NameObject("/AA")] = DictionaryObject({NameObject("/O"): script})

    return _changed(change)


def with_attachment() -> bytes:
    return _changed(lambda writer: writer.add_attachment("evil.exe", odd.SECRET * 100))


def living_form() -> bytes:
    """XFA: the page that is drawn says "please wait"; the real one is a program."""

    def change(writer: PdfWriter) -> None:
        program = DecodedStreamObject()
        program.set_data(b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'/>")
        writer.root_object[NameObject("/NeedsRendering")] = NumberObject(1)
        writer.root_object[NameObject("/AcroForm")] = DictionaryObject(
            {
                NameObject("/Fields"): ArrayObject(),
                NameObject("/XFA"): writer._add_object(program),
            }
        )

    return _changed(change)


def raw(objects: list[bytes]) -> bytes:
    """A file of these objects, the first of them its root."""
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(out)


def stream(entries: bytes, data: bytes) -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(data), data)


def one_picture(entries: bytes, data: bytes, box: bytes = b"0 0 595 842") -> bytes:
    """A page all covered by a picture object of these entries."""
    return raw(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R"
            b" /Resources << /XObject << /I 5 0 R >> >> >>" % box,
            stream(b"", b"q 595 0 0 842 0 0 cm /I Do Q"),
            stream(b"/Type /XObject /Subtype /Image " + entries, data),
        ]
    )


def bomb(side: int) -> bytes:
    """A picture of `side` x `side` pixels in a few kilobytes."""
    rows = zlib.compressobj(9)
    data = b"".join(rows.compress(bytes(side * 3)) for _ in range(side)) + rows.flush()
    size = b"/Width %d /Height %d" % (side, side)
    return one_picture(
        size + b" /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode", data
    )


def broken_picture() -> bytes:
    size = b"/Width 400 /Height 400 /ColorSpace /DeviceRGB /BitsPerComponent 8"
    return one_picture(size + b" /Filter /DCTDecode", b"\xff\xd8\xff no jpeg at all")


def page_of(width: float, height: float) -> bytes:
    size = b"/Width 2 /Height 2 /ColorSpace /DeviceRGB /BitsPerComponent 8"
    return one_picture(size, bytes(12), b"0 0 %d %d" % (width, height))


def claims_pages(count: int) -> bytes:
    """A tree whose root says that it has so many pages; there is one."""
    return scene().replace(b"/Count 1", b"/Count %d" % count)


def endless_tree() -> bytes:
    """A page tree that is its own child."""
    return raw(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 /Parent 2 0 R >>",
        ]
    )


def endless_form() -> bytes:
    """A drawing that draws itself twice, and so on."""
    resources = b"/Resources << /XObject << /F 5 0 R >> >>"
    return raw(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s >>"
            % resources,
            stream(b"", b"/F Do"),
            stream(
                b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] " + resources, b"/F Do /F Do"
            ),
        ]
    )


def deep_filters(depth: int = 12) -> bytes:
    """Contents of some hundred bytes that unpack, again and again, to many megabytes."""
    data = b" " * 40_000_000
    for _ in range(3):
        data = zlib.compress(data, 9)
    contents = stream(b"/Filter [/FlateDecode /FlateDecode /FlateDecode]", data)
    return raw(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
            contents,
        ]
    )


def pdf_and_jpeg() -> bytes:
    """A polyglot: a JPEG for whoever looks at its beginning, a PDF for whoever looks further."""
    picture, paper = odd.jpeg(), scene()
    comment = paper[: min(len(paper), 60_000)]
    return picture[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + picture[2:]


def scan_of(image: Image.Image) -> bytes:
    """A page that is one photo, as scanners make it."""

    def draw(paper: canvas.Canvas) -> None:
        paper.drawImage(ImageReader(image), 0, 0, *A4)

    return drawn(draw)
