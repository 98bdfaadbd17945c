"""What waits at the desk, the most urgent first, and what can be done with a case now."""
