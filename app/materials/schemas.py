"""Materials on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from app.core.wire import In, Out
from app.materials.quality import Kind
from app.materials.rules import Size


class PictureFinding(Out, frozen=True):
    """What was found wrong when it was measured; it may be all the same what is needed."""

    kind: Kind
    page: int
    says: str
    """One sentence: what is wrong, and what to do."""


class MaterialFacts(Out, frozen=True):
    """What everybody who may see a material sees of it beside the picture."""

    id: UUID
    filename: str
    """As its owner called it."""
    width: int
    """Pixels of the display picture, which is at most 1600 on its long side."""
    height: int
    created_at: datetime
    format: Literal["photo", "pdf"]
    pages: int
    """1 for a photo. Each page of a PDF is a picture; width and height are the first one's."""
    findings: list[PictureFinding]


class MaterialShown(MaterialFacts, frozen=True):
    """A material as its owner sees it. One that is attached is part of an application."""

    attached: bool


class SimilarMaterial(Out, frozen=True):
    """A material of the same owner that looks the same."""

    id: UUID
    filename: str


class MaterialTaken(MaterialShown, frozen=True):
    """A material that has just been taken in, with what its sender should know at once."""

    advice: str
    """One sentence, empty if all is well: what to retake, or that it seems to be sent twice."""
    similar: SimilarMaterial | None


class PictureWanted(In, frozen=True):
    """Which page of a material to show."""

    page: Annotated[int, Meta(ge=1)] = 1


class PictureLinkIn(In, frozen=True):
    """Which picture of a material an image tag shall show."""

    size: Size = "thumbnail"
    page: Annotated[int, Meta(ge=1, le=10_000)] = 1


class PictureLink(Out, frozen=True):
    """An address that opens without a session, for some minutes; for image tags."""

    url: str
    until: datetime


class UploadShown(Out, frozen=True):
    """An upload that comes in pieces, as its sender sees it."""

    id: UUID
    size: int
    received: int
    """Bytes that have come: the next piece begins there."""
    material_id: UUID | None
    """What it became, once all has come."""
    expires_at: datetime
