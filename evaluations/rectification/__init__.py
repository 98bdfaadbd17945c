"""What follows a bad rating (差评整改): the loop from receipt to closing, and what recurs."""
