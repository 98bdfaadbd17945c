"""Taking one rating in, whatever its channel: check it, hand it to the writer, name the outcome."""

from collections.abc import Callable

from app.core.acts import Act
from evaluations.devices.clients import ClientRevoked
from evaluations.devices.clients import refusals as client_refusals
from evaluations.devices.signatures import Revoked, refusals
from evaluations.ratings.intake import Entry, Kept, Outcome
from evaluations.ratings.refusals import AlreadyRated, NoSuchService, OwnService, TooLate, Unfit
from evaluations.ratings.rules import Via, fault
from evaluations.ratings.schemas import RatingShown, tags_shown
from evaluations.ratings.tags import NATIONAL
from evaluations.ratings.visits import channel
from evaluations.ratings.writer import RatingWriter


def check(level: int, tags: list[str], comment: str) -> None:
    """Refuse a rating that breaks a rule. Raises Unfit with the field and a sentence."""
    wrong = fault(level, tags, comment, NATIONAL)
    if wrong:
        raise Unfit(wrong.sentence, field=wrong.field)


def said_the_same(first: Kept, entry: Entry) -> bool:
    """Whether two ratings of one service say the same, in the same way."""
    return (
        first.channel == entry.channel
        and first.citizen_id == entry.citizen_id
        and first.level == entry.level
        and set(first.tags) == set(entry.tags)
        and first.comment == entry.comment
    )


async def take(
    act: Act, entry: Entry, repeats: Callable[[Kept, Entry], bool]
) -> tuple[RatingShown, bool]:
    """Keep a rating, answered after the commit. The second value: whether it is new.

    Args:
        repeats: whether a first rating of the same service is this one, sent before.

    Raises:
        AlreadyRated, TooLate, NoSuchService, OwnService, Revoked; and what `RatingWriter.write`
        does.
    """
    outcome = await _write(act, entry)
    first = outcome.rating
    if first is None or (outcome.verdict == "taken" and not repeats(first, entry)):
        raise AlreadyRated
    return shown(first), outcome.verdict == "kept"


async def _write(act: Act, entry: Entry) -> Outcome:
    outcome = await act.house.part(RatingWriter).write(entry)
    match outcome.verdict:
        case "unknown":
            raise NoSuchService
        case "closed":
            raise TooLate
        case "own":
            raise OwnService
        case "revoked" if entry.via == Via.CLIENT:
            client_refusals.labels(ClientRevoked.reason).inc()
            raise ClientRevoked
        case "revoked":
            refusals.labels(Revoked.reason).inc()
            raise Revoked
        case "kept" if outcome.window_id:
            act.house.live.hint(channel(outcome.window_id))
    return outcome


def shown(kept: Kept) -> RatingShown:
    """A rating as whoever gave it sees it."""
    return RatingShown(
        id=kept.id,
        service_id=kept.service_id,
        level=kept.level,
        tags=tags_shown(list(kept.tags)),
        comment=kept.comment,
        received_at=kept.received_at,
    )
