"""Every import contract is seen to break on a planted violation, in a skeleton of the packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]

# contract -> (module, what it must not import)
VIOLATIONS = {
    "The domain knows no screen and no network": [
        ("s2b_domain.rules.money", "PySide6.QtCore"),
        ("s2b_domain.commands.order", "s2b_desktop.models"),
    ],
    "Desktop and hub never import each other (desktop side)": [("s2b_desktop.sync.push", "s2b_hub.store")],
    "Desktop and hub never import each other (hub side)": [("s2b_hub.store", "s2b_desktop.models")],
    "Imports on the desktop point one way": [
        ("s2b_desktop.models.cache", "s2b_desktop.views.table"),
        ("s2b_desktop.sync.push", "s2b_desktop.app"),
    ],
    "Qt stays in app, views, tasks and __main__": [("s2b_desktop.models.cache", "PySide6.QtCore")],
    "requests only in sync": [("s2b_desktop.views.page", "requests")],
    "No SQL in views": [("s2b_desktop.views.page", "sqlalchemy"), ("s2b_desktop.views.page", "sqlite3")],
}


def plant(folder: Path, module: str, text: str = "") -> None:
    """Write a module with its packages into `folder`, keeping what is there."""
    *packages, name = module.split(".")
    for depth in range(1, len(packages) + 1):
        package = folder.joinpath(*packages[:depth])
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
    file = folder.joinpath(*packages, f"{name}.py")
    if not file.with_suffix("").is_dir():
        file.write_text(text)


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """The packages and modules that the contracts name, empty, under the contracts themselves."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    named = {f"{package}.__init__" for package in SETTINGS["root_packages"]}
    for contract in SETTINGS["contracts"]:
        named |= {*contract.get("source_modules", ()), *contract.get("layers", ())}
    for module in sorted(name for name in named if "." in name):
        plant(tmp_path, module)
    return tmp_path


def broken_contracts(folder: Path) -> set[str]:
    command = "from importlinter.cli import lint_imports_command as lint; lint()"
    done = subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        encoding="utf-8",
    )
    assert "Contracts: " in done.stdout, done.stdout + done.stderr
    return set(re.findall(r"^(.+) BROKEN$", done.stdout, flags=re.MULTILINE))


def test_skeleton_keeps_all_contracts(skeleton: Path) -> None:
    assert broken_contracts(skeleton) == set()


def test_every_contract_has_a_violation() -> None:
    assert {contract["name"] for contract in SETTINGS["contracts"]} == VIOLATIONS.keys()


@pytest.mark.parametrize(
    ("contract", "module", "forbidden"),
    [(contract, *violation) for contract, violations in VIOLATIONS.items() for violation in violations],
)
def test_contract_breaks(skeleton: Path, contract: str, module: str, forbidden: str) -> None:
    if forbidden.startswith("s2b_"):
        plant(skeleton, forbidden)
    plant(skeleton, module, f"import {forbidden}\n")
    assert contract in broken_contracts(skeleton)
