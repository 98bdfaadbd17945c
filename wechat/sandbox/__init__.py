"""A stand-in of the platform's server API for the demo and for tests.

It answers as the platform does, errors and limits included, without sharing a line with the
client's own rules: `create_sandbox` builds it, `serving` runs it inside a running event loop,
`run` in a process of its own.
"""

from wechat.sandbox.server import create_sandbox, run, serving

__all__ = ["create_sandbox", "run", "serving"]
