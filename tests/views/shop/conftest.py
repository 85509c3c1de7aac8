"""The fixtures of a merchant's pages."""

from tests.views.orders.conftest import open_page, went

__all__ = ["open_page", "went"]
