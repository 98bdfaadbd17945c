"""Numbered migrations, in hand-written SQL, run in order by `zhangban migrate`."""
