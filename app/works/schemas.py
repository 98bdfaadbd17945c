"""Long work on the wire."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta

from app.core.wire import Out
from app.works.rules import State


class WorkShown(Out, frozen=True):
    """A work as its owner sees it.

    `share` is how much is done, 0 to 1, or null while nobody knows how much there is. `summary`
    belongs to its kind: what an import changed, which lines it refused. A `file` can be fetched
    until `expires_at`, when all of it is deleted.
    """

    id: UUID
    kind: str
    title: str
    hall_id: UUID
    hall_name: str
    state: State
    state_name: str
    done: int
    total: int
    share: float | None
    message: str
    summary: dict[str, Any] | None
    file: Annotated[str | None, Meta(description="The name of the file that it made.")]
    file_bytes: int | None
    cancelling: Annotated[bool, Meta(description="Asked to stop, and has not stopped yet.")]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether it waits or goes on."""
        return self.ended_at is None
