"""Papers with a number: receipts, decisions, certificates, minutes; as PDF, and verified by a code."""
