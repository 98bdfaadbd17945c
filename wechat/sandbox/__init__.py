"""A stand-in of the platform's server API for the demo and for tests.

It answers as the platform does, errors and limits included, without sharing a line with the
client's own rules: `create_sandbox` builds it, `serving` runs it inside a running event loop,
`run` in a process of its own. Its controls are described in `admin` and `controls`; the page at
`/` has them all.
"""

from wechat.sandbox.envelopes import Target
from wechat.sandbox.server import create_sandbox, run, serving, token_for

__all__ = ["Target", "create_sandbox", "run", "serving", "token_for"]
