"""PDF files, drawn page by page in a child process; only pictures of the pages go on.

What is kept of a PDF is what it looks like. Scripts, actions, embedded files, form fields, layers,
comments, signatures and the text layer are not in a picture, so nothing of them has to be found
and taken out (decision 0006). PDFium draws, in a build without JavaScript and without XFA, in a
child for the reasons that `heif` has one: it is large and native, and files are hostile. The child
has no environment, may write no file, and is held to limits of time and memory.

This file is also the child's program. It imports nothing of the project, so that it starts fast.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

SECONDS = 60
"""What one file may take; a page takes 0.1 to 1."""
TAIL = 1024
"""Bytes at the end of a file in which its last mark stands (ISO 32000-1, annex H.3.4.4)."""
LONGEST_SIDE = 14_400
"""Points: 508 cm (ISO 32000-1, annex C.2)."""
LONGEST_SHAPE = 8
"""Times as long as wide: on a longer page nothing could be read when it is fitted."""
SHORTEST_SIDE = 36
"""Points: half an inch."""
DEPTH = 8
"""How deep pictures are looked for in groups inside groups."""


class CannotDraw(Exception):  # noqa: N818 - never leaves this package
    """The pages cannot be drawn; `why` is one of the words below, `number` goes with it."""

    def __init__(self, why: str = "damaged", number: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.number = number


class Drawn(NamedTuple):
    """A page as pixels."""

    width: int
    height: int
    rgb: bytes
    """Three bytes a pixel, row by row."""


class Pages:
    """The pages of a file, drawn one after the other; `attachments` once the first is there."""

    def __init__(
        self, path: Path, *, max_pages: int, max_pixels: int, edge: int, fonts: Path | None
    ) -> None:
        """A PDF of at most `max_pages` with pictures of at most `max_pixels`, fitted into `edge`.

        `fonts` is the folder with the font for text that brings none.
        """
        self.attachments = 0
        self._path = path
        self._edge = edge
        given = (max_pages, max_pixels, edge, fonts or "")
        self._command = [sys.executable, "-I", __file__, *map(str, given)]

    def __iter__(self) -> Iterator[Drawn]:
        """Draw. Raises CannotDraw, whenever it is: pages that came before it are worth nothing."""
        with (
            self._path.open("rb") as file,
            subprocess.Popen(  # noqa: S603 - our own program, numbers, and a folder of ours
                self._command,
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
            ) as child,
        ):
            assert child.stdout is not None
            too_long = threading.Timer(SECONDS, child.kill)
            too_long.start()
            try:
                yield from self._read(child.stdout)
                if child.wait():
                    raise CannotDraw
            finally:
                too_long.cancel()
                child.kill()

    def _read(self, out: IO[bytes]) -> Iterator[Drawn]:
        why, pages, self.attachments = _words(out)
        if why != "pages" or pages < 1:
            raise CannotDraw(why, pages)
        for _ in range(pages):
            why, width, height = _words(out)
            if why != "page" or not (0 < width <= self._edge and 0 < height <= self._edge):
                raise CannotDraw(why, width)
            rgb = out.read(width * height * 3)
            if len(rgb) != width * height * 3:
                raise CannotDraw
            yield Drawn(width, height, rgb)


def _words(out: IO[bytes]) -> tuple[str, int, int]:
    try:
        why, one, other = out.readline(100).split()
        return why.decode("ascii"), int(one), int(other)
    except ValueError:
        raise CannotDraw from None


def _limit(max_pixels: int) -> None:
    """Bounds processor time and memory, and forbids files, also core dumps, of this process."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Unix only

    memory = 600_000_000 + 12 * max_pixels
    for what, limit in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def _main() -> None:
    """Standard input: the file. Standard output: a line of a word and two numbers, and pixels.

    First `pages COUNT ATTACHMENTS`, then for each page `page WIDTH HEIGHT` and its pixels; or, in
    the place of any line, why not: `locked`, `form`, `many COUNT`, `shape`, `pixels` or `damaged`.
    """
    max_pages, max_pixels, edge = (int(argument) for argument in sys.argv[1:4])
    try:
        _limit(max_pixels)
        _draw_all(sys.stdin.buffer.read(), max_pages, max_pixels, edge, sys.argv[4])
    except CannotDraw as error:
        _say(error.why, error.number)
    except Exception:  # whatever it is, there are no pages
        _say("damaged")
    sys.stdout.flush()


def _say(word: str, one: int = 0, other: int = 0) -> None:
    sys.stdout.buffer.write(f"{word} {one} {other}\n".encode())


def _draw_all(data: bytes, max_pages: int, max_pixels: int, edge: int, fonts: str) -> None:
    if b"%%EOF" not in data[-TAIL:]:
        raise CannotDraw  # cut off: what is left could be an earlier version, or half of it
    pdfium = _library(fonts)
    document = _opened(pdfium, data)
    if len(document) > max_pages:
        raise CannotDraw("many", len(document))
    if document.get_formtype() in (
        pdfium.raw.FORMTYPE_XFA_FULL,
        pdfium.raw.FORMTYPE_XFA_FOREGROUND,
    ):
        raise CannotDraw("form")
    document.init_forms()
    if document.formenv:  # fields as they are filled in, without the colour that says "field"
        pdfium.raw.FPDF_SetFormFieldHighlightAlpha(document.formenv, 0)
    shapes = [document.get_page_size(number) for number in range(len(document))]
    if not all(_is_paper(*shape) for shape in shapes):
        raise CannotDraw("shape")
    _say("pages", len(document), document.count_attachments())
    for number in range(len(document)):
        page = document[number]
        _check_pictures(pdfium, page, max_pixels)
        _draw(page, edge)
        page.close()


def _library(fonts: str) -> Any:
    """PDFium, with one font for what is not embedded, so that every machine draws the same."""
    import ctypes  # noqa: PLC0415 - only the child
    import logging  # noqa: PLC0415

    import pypdfium2 as pdfium  # noqa: PLC0415

    logging.disable()
    raw = pdfium.raw
    if fonts:
        text = ctypes.POINTER(ctypes.c_char)
        folders = (text * 2)()  # ends with a null
        folders[0] = ctypes.cast(ctypes.c_char_p(fonts.encode()), text)
        raw.FPDF_DestroyLibrary()
        raw.FPDF_InitLibraryWithConfig(
            raw.FPDF_LIBRARY_CONFIG(
                version=2, m_pUserFontPaths=folders, m_pIsolate=None, m_v8EmbedderSlot=0
            )
        )
    return pdfium


def _opened(pdfium: Any, data: bytes) -> Any:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        locked = error.err_code in (pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY)
        raise CannotDraw("locked" if locked else "damaged") from None


def _is_paper(width: float, height: float) -> bool:
    short, long = sorted((width, height))
    return short >= SHORTEST_SIDE and long <= min(LONGEST_SIDE, short * LONGEST_SHAPE)


def _check_pictures(pdfium: Any, page: Any, max_pixels: int) -> None:
    """Each picture on the page has no more pixels than allowed, and can be decoded.

    PDFium leaves a picture out that it cannot decode, and says nothing.
    """
    kinds = [pdfium.raw.FPDF_PAGEOBJ_IMAGE]
    for picture in page.get_objects(filter=kinds, max_depth=DEPTH):
        width, height = picture.get_px_size()
        if width * height > max_pixels:
            raise CannotDraw("pixels", width * height // 10_000)
        picture.get_bitmap().close()


def _draw(page: Any, edge: int) -> None:
    # A little less, because the sizes are rounded up.
    scale = (edge - 0.01) / max(page.get_size())
    bitmap = page.render(
        scale=scale, rev_byteorder=True, may_draw_forms=True, limit_image_cache=True
    )
    wide, stride = bitmap.width * 3, bitmap.stride
    if bitmap.n_channels != 3:
        raise CannotDraw
    rows = memoryview(bitmap.buffer).cast("B")
    _say("page", bitmap.width, bitmap.height)
    for row in range(bitmap.height):
        sys.stdout.buffer.write(rows[row * stride : row * stride + wide])
    bitmap.close()


if __name__ == "__main__":
    _main()
