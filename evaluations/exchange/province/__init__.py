"""A stand-in of the province's rating exchange, for the demo and for tests.

It checks what a province checks (signature, age, order, duplicates, every member of a record)
with code of its own: of the hub it shares only the shapes of messages and the cryptography.
`create_province` builds it, `serving` runs it inside a running event loop, `run` in a process of
its own.
"""

from evaluations.exchange.province.server import create_province, run, serving

__all__ = ["create_province", "run", "serving"]
