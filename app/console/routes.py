"""All pages of the console: importing a chapter declares its pages."""

from app.console import (
    courses,
    deadlines,
    decided,
    figures,
    handling,
    keeping,
    overview,
    publications,
    ratings,
    rectifications,
    rectifying,
    screen,
    unrated,
    wall,
)
from app.console.site import pages, screens

CHAPTERS = (
    overview,
    figures,
    courses,
    ratings,
    rectifications,
    rectifying,
    deadlines,
    handling,
    decided,
    unrated,
    publications,
    keeping,
    wall,
    screen,
)
__all__ = ["CHAPTERS", "pages", "screens"]
