from tests.agency.conftest import agents

__all__ = ["agents"]
