"""Supervision (督办): red lights that must be answered, deadlines, handling time."""
