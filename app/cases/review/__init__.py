"""Review: what departments decide, or let pass, and what a second person consents to."""
