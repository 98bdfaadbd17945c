"""Papers for the tests, and eyes to look at them with."""

import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pypdfium2
from PIL import Image
from pypdf import PdfReader

from app.core.privacy import Personal
from app.documents.rules import Kind, Paper

MOMENT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
NUMBER = "511602202603020000018-01"
CODE = "0123456789ABCDEFGHJKMNPQRSTV"
ADDRESS = f"https://hall.example.gov.cn/v/{CODE}"
DOTS = 4
"""Pixels a point."""


def paper(**given: Any) -> Paper:
    """An acceptance notice of a hall that need not exist."""
    usual: dict[str, Any] = {
        "kind": Kind.RECEIPT,
        "number": NUMBER,
        "title": "受理通知书",
        "hall_id": UUID(int=7),
        "hall_name": "青河县政务服务中心",
        "subject": "case:511602202603020000018",
        "lines": (
            "您申请的“小餐饮登记”（办件编号 511602202603020000018）已于2026年03月02日受理。",
            "承诺办结时限 5 个工作日，应于 2026年03月09日 前办结。",
        ),
        "issued_at": MOMENT,
        "holder": Personal("欧阳明月", "name"),
        "item_name": "小餐饮登记",
    }
    return Paper(**(usual | given))


def pages(pdf: bytes) -> list[str]:
    """The text of each page, as somebody who copies it gets it."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def text(pdf: bytes) -> str:
    """The text of a paper without its line breaks."""
    return "".join(pages(pdf)).replace("\n", "")


def picture(pdf: bytes, page: int = -1) -> Image.Image:
    """A page as it is printed, in grey."""
    document = pypdfium2.PdfDocument(pdf)
    at = page % len(document)
    return document[at].render(scale=DOTS).to_pil().convert("L")


def modules(picture_of: Image.Image, box: tuple[float, float, float], count: int) -> list[str]:
    """What a scanner sees of a code of `count` modules a side: a text of 0 and 1 a row.

    Args:
        box: its left and upper edge and its side, in points.
    """
    left, top, side = box
    step = side / count

    def dark(across: int, down: int) -> str:
        x, y = left + (across + 0.5) * step, top + (down + 0.5) * step
        grey = picture_of.getpixel((int(x * DOTS), int(y * DOTS)))
        assert isinstance(grey, int)
        return "1" if grey < 128 else "0"

    return ["".join(dark(across, down) for across in range(count)) for down in range(count)]


def ink_within(picture_of: Image.Image, box: tuple[float, float, float, float]) -> bool:
    """Whether anything is drawn in a box of points: left, top, right, bottom."""
    cut = picture_of.crop(tuple(int(edge * DOTS) for edge in box))  # type: ignore[arg-type]
    lightest, _ = cut.getextrema()
    assert isinstance(lightest, int | float)
    return lightest < 200
