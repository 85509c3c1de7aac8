"""A shop with members, promotions and coupons."""

from __future__ import annotations

import pytest

from tests.views.desk import FakeDesk
from tests.views.offers.world import fill


@pytest.fixture
def shop(merchant: FakeDesk) -> FakeDesk:
    """林晨's desk with everything that offers need."""
    fill(merchant)
    return merchant
