"""What can be rated, and the ratings: each exactly once, never changed, counted as it is kept."""
