"""The content check, as features above use it: submit what citizens write, ask what others see.

`checking.py` has it checked, `deciding.py` is what a supervisor does. What is public is here.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from app.core import outbox
from app.core.acts import Act
from app.core.errors import Conflict
from app.moderation import queries
from app.moderation.checking import submit_image, submit_text
from app.moderation.deciding import DecidedAlready, held, keep_out, picture, release
from app.moderation.rules import HELD_WORDS, KEPT_OUT_WORDS, State, hidden, words_for
from app.moderation.schemas import TOPIC
from app.moderation.sources import Source, Sources
from app.moderation.words import Words

__all__ = [
    "HELD_WORDS",
    "KEPT_OUT_WORDS",
    "TOPIC",
    "DecidedAlready",
    "HeldBack",
    "Source",
    "Sources",
    "Words",
    "held",
    "hidden_ones",
    "keep_out",
    "picture",
    "place",
    "release",
    "require_shown",
    "shown_text",
    "shown_texts",
    "submit_image",
    "submit_text",
]


class HeldBack(Conflict):
    """A picture is held, or was kept out: others than its owner do not see it."""

    code = "moderation.held"
    title = "这张照片待人工审核，暂时不能查看，请联系本中心督查员。"


async def hidden_ones(act: Act, subjects: Collection[str]) -> set[str]:
    """Those of these subjects that others than their author must not see now."""
    return set(await _hidden(act, subjects))


async def shown_texts(act: Act, texts: Mapping[str, str]) -> dict[str, str]:
    """These texts, by subject, as others than their authors see them.

    A held one is replaced by a sentence that says so. What was never submitted is shown.
    """
    held_back = await _hidden(act, [subject for subject, text in texts.items() if text])
    return {
        subject: words_for(held_back[subject]) if subject in held_back else text
        for subject, text in texts.items()
    }


async def shown_text(act: Act, subject: str, text: str) -> str:
    """As `shown_texts`, of one."""
    return (await shown_texts(act, {subject: text}))[subject]


async def require_shown(act: Act, subject: str) -> None:
    """Let others than its owner see a picture. Raises HeldBack."""
    if await _hidden(act, [subject]):
        raise HeldBack


async def place(act: Act, subjects: Sequence[str], hall_id: UUID) -> None:
    """Say, in the act's transaction, whose supervisor looks at pictures that came without a hall.

    What belongs to a hall already stays there.
    """
    if subjects:
        async with act.transaction():
            await queries.place(subjects, hall_id)


async def _hidden(act: Act, subjects: Collection[str]) -> dict[str, State | None]:
    if not subjects:
        return {}
    hold_unchecked = act.house.settings.moderation_hold_unchecked
    known: dict[str, State | None] = dict(await queries.states(subjects))
    unknown = [subject for subject in subjects if subject not in known]
    if hold_unchecked and unknown:
        # Written a moment ago, and not entered yet. What was never submitted stays shown.
        known |= dict.fromkeys(await outbox.due(TOPIC, unknown), None)
    return {
        subject: state
        for subject, state in known.items()
        if hidden(state, hold_unchecked=hold_unchecked)
    }
