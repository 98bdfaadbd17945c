"""Reading the trail: who did what, when, searched by those who answer for a hall."""
