"""What happens by itself: numbers given with applications, and what follows joint meetings."""

from app.cases.intake.schemas import ProjectCase
from app.cases.intake.service import PROJECTS
from app.core.outbox import Handler
from app.projects.attaching import follow_number
from app.projects.meetings import jobs as meetings

HANDLERS: tuple[Handler, ...] = (
    Handler(PROJECTS, ProjectCase, follow_number),
    *meetings.HANDLERS,
)
