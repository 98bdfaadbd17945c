"""Papers with a number, as PDF: receipts, decisions, certificates, minutes; verified by a code."""
