"""The chapters that take weeks, played in a house whose days are moved."""

import asyncio
from typing import TYPE_CHECKING

from app.walkthrough import (
    assistance,
    joint_project,
    joint_results,
    restaurant,
    restaurant_result,
    restaurant_review,
)
from app.walkthrough.commands import command
from app.walkthrough.moved_house import moved_house

if TYPE_CHECKING:
    from app.demo.stage import Stage
    from app.walkthrough.report import Report


async def play(stage: "Stage", say: "Report") -> None:
    """The restaurant, the construction project, the helper and the window, day after day."""
    async with moved_house(stage, restaurant.SUBMITTED) as place:
        story = restaurant.Restaurant(place, say)
        for part in (restaurant, restaurant_review, restaurant_result):
            await part.play(story)
        project = joint_project.Project(place, say)
        for chapter in (joint_project, joint_results):
            await chapter.play(project)
        await assistance.play(place, say)
        say.chapter("The operator verifies the weeks")
        wanted = (("audit", "verify"), ("cases", "verify"), ("scores", "verify"))
        answers = await asyncio.gather(*(command(place.settings, say, *w) for w in wanted))
        for words, said in zip(wanted, answers, strict=True):
            say.step(f"zhangban {' '.join(words)}", said)
