"""Joint meetings, site visits and acceptances of several departments, with their minutes."""
