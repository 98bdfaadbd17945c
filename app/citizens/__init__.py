"""Citizens: the accounts of the mini program's users."""
