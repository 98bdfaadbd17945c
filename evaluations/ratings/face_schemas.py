"""What an evaluator shows while nobody is asked to rate, on the wire."""

from uuid import UUID

from app.core.wire import In, Out
from evaluations.ratings.schemas import Ack, LevelShown, Ping


class WindowFace(Out, frozen=True):
    """The window at which the device stands."""

    number: str
    name: str


class StaffFace(Out, frozen=True):
    """Who serves at the window now.

    `photo`: whether there is one to be fetched from `/api/v1/devices/photo`; it is null, or the
    photo's version, which is another one whenever the photo changes.
    """

    name: str
    number: str
    photo: UUID | None


class Face(Out, frozen=True, tag_field="type", tag="face"):
    """A device's first page: where it stands and who serves, and how it asks for a rating.

    `staff` is null while nobody is on duty. `seconds`: how long a prompt waits for a tap. `levels`
    are those of every channel, with the tags of `tags_version`. `server_time` is in milliseconds
    since 1970.
    """

    hall_name: str
    window: WindowFace | None
    staff: StaffFace | None
    seconds: int
    levels: list[LevelShown]
    tags_version: str
    server_time: int


class Watch(In, frozen=True, tag_field="type", tag="watch"):
    """The device wants its face, now and each time that it changes."""


FromDevice = Ack | Ping | Watch
