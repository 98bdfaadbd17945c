"""The chapters that take weeks, played in a house whose days are moved."""

from typing import TYPE_CHECKING

from app.walkthrough import joint_project, restaurant, restaurant_result, restaurant_review
from app.walkthrough.moved_house import moved_house

if TYPE_CHECKING:
    from app.walkthrough.journey import Journey


async def play(journey: "Journey") -> None:
    """The restaurant, and then the joint work, on the days after each other."""
    async with moved_house(journey.stage, restaurant.SUBMITTED) as place:
        story = restaurant.Restaurant(place, journey.say)
        for chapter in (restaurant, restaurant_review, restaurant_result):
            await chapter.play(story)
        project = joint_project.Project(place, journey.say)
        for part in (joint_project,):
            await part.play(project)
