"""PostgreSQL and Valkey as child processes where no URL is set: for demonstrations and tests."""

from app.embedded.places import EmbeddedError
from app.embedded.running import servers

__all__ = ["EmbeddedError", "servers"]
