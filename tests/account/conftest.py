"""A hall that is strict about second factors."""

from collections.abc import Iterator

import msgspec
import pytest

from app.core.house import House


@pytest.fixture
def careful(house: House) -> Iterator[None]:
    """Administrators need a second factor."""
    before = house.settings
    house.settings = msgspec.structs.replace(before, second_factor_roles="admin")
    yield
    house.settings = before
