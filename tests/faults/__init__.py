"""Killing what can be killed under load: `make faults`, and a short version in the tests."""
