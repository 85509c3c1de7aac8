"""Fresh books for each test."""

from collections.abc import Iterator

import pytest

from tests.domain.books import Books, open_books


@pytest.fixture
def books() -> Iterator[Books]:
    with open_books() as opened:
        yield opened
