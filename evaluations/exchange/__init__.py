"""The province's two-step exchange: first the record of a service, then its rating."""
