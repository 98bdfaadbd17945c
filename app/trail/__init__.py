"""Reading the trail: who did what, when, searched by the supervisors and administrators of a hall."""
