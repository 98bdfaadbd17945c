"""Handling time and what else is counted of decisions, kept as it changes."""
