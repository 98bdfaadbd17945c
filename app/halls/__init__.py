"""Halls: the tree of halls, their departments and windows, the staff, and who is on duty."""
