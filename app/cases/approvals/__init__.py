"""What other approval systems report of a case, and fetch."""
