"""The routes of the console, and who may call them; each chapter declares its own on `pages`."""

from app.core.auth import Role, staff
from app.pages.routes import PageRoutes

pages = PageRoutes("console", "/console")
screens = PageRoutes("wall", "/wall")
"""What the hall's screens open, without a session."""
MANAGERS = staff(Role.MANAGER, Role.SUPERVISOR)
"""Who reads figures."""
MANAGER = staff(Role.MANAGER)
SUPERVISOR = staff(Role.SUPERVISOR)
REVIEWERS = staff(Role.REVIEWER, Role.SUPERVISOR, Role.MANAGER)
"""Who reads the bad-rating loop: reviewers of their own departments too."""
WATCHERS = staff(Role.CLERK, Role.REVIEWER, Role.SUPERVISOR, Role.MANAGER)
"""Who reads supervision entries: whoever has to answer them too."""
