"""A demonstration hall on this machine: invented people, real rules."""
