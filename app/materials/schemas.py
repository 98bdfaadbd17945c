"""Materials on the wire."""

from datetime import datetime
from uuid import UUID

from app.core.wire import Out


class MaterialFacts(Out, frozen=True):
    """What everybody who may see a material sees of it beside the picture."""

    id: UUID
    filename: str
    """As its owner called it."""
    width: int
    """Pixels of the display picture, which is at most 1600 on its long side."""
    height: int
    created_at: datetime


class MaterialShown(MaterialFacts, frozen=True):
    """A material as its owner sees it. One that is attached is part of an application."""

    attached: bool
