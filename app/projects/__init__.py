"""Joint work: construction projects, joint meetings, fees once, certificates once."""
