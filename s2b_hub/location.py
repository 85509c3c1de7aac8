"""Where a hub's database is: a file in its data folder, or the PostgreSQL that the folder's settings name."""

import json
import os
from pathlib import Path

from sqlalchemy import URL

from s2b_hub.engines import postgresql_url

FILE = "hub.sqlite"
SETTINGS = "settings.json"


def located(folder: Path, database: str = "") -> Path | URL:
    """The file or the address; `database` overrides the settings. ValueError for what is neither."""
    if not database:
        try:
            settings = json.loads((folder / SETTINGS).read_text("utf-8"))
        except FileNotFoundError:
            return folder / FILE
        except ValueError as error:
            right = '{"database": "postgresql://user@host/name"}'
            raise ValueError(f"{folder / SETTINGS} cannot be read; it must be as in {right}") from error
        database = settings.get("database", "") if isinstance(settings, dict) else ""
    return postgresql_url(database) if database else folder / FILE


def settle(folder: Path, database: str) -> None:
    """Write a PostgreSQL's address into the settings, which only their owner can read: it may hold a password."""
    path = folder / SETTINGS
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
        json.dump({"database": database}, file)
    unfinished.replace(path)
