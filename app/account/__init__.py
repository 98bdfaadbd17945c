"""Signing in, one's own account, and the pages on which administrators keep a hall in order."""
