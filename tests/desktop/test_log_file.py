"""What stands in the clear beside the encrypted files."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from s2b_desktop.log_file import FILE, keep_in
from s2b_desktop.models.database import open_engine


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    """The log of a profile."""
    logger = logging.getLogger("s2b_desktop")
    level, handler = logger.level, keep_in(tmp_path)
    yield tmp_path / FILE
    logger.removeHandler(handler)
    logger.setLevel(level)
    handler.close()


def test_an_error_of_the_database_is_logged_without_what_was_to_be_written(written: Path) -> None:
    log = logging.getLogger("s2b_desktop.models.reception")
    engine = open_engine(written.with_name("cache.db"), bytes(32))
    try:
        with engine.connect() as connection:
            values = {"name": "王芳", "phone": "13900001111"}
            connection.execute(text("INSERT INTO nowhere VALUES (:name, :phone)"), values)
    except DBAPIError as error:
        log.info("sync: %s", error)
        try:
            raise RuntimeError("王芳") from error
        except RuntimeError:
            log.exception("a round failed")
    engine.dispose()
    told = written.read_text("utf-8")
    assert "a round failed\n  RuntimeError at test_log_file" in told
    assert "OperationalError at test_log_file" in told
    assert "王芳" not in told
    assert "13900001111" not in told
