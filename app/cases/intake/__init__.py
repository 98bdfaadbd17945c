"""Taking applications in: drafts, pre-checks, acceptance, corrections, deferrals and pledges."""
