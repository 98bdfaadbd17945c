"""What the outbox has this feature do."""

from app.core.outbox import Handler
from app.moderation import checking

HANDLERS: tuple[Handler, ...] = checking.HANDLERS
