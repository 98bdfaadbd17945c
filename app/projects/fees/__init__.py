"""Fees listed once (统一收费): for a case, or for all cases of a construction project."""
