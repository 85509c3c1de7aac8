"""Every widget test starts dressed in light, speaking English."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from s2b_desktop.text import set_language
from s2b_desktop.views.common.theme import Theme


@pytest.fixture(autouse=True)
def dressed(qapp: QApplication) -> Iterator[None]:
    if Theme.scheme != "light" or not qapp.styleSheet():
        Theme.apply(qapp, "light")
    set_language("en")
    yield
    set_language("zh_CN")
