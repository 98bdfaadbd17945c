from tests.agency.conftest import agents
from tests.cases.conftest import world

__all__ = ["agents", "world"]
