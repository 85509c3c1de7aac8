"""What the documents and the repository's own rules say is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from setuptools.dist import Distribution  # type: ignore[import-untyped]

import dev

ROOT = Path(__file__).resolve().parents[2]
CODE = ("s2b_domain", "s2b_desktop", "s2b_hub", "tests", "bench", "demo")


def first_code_block(text: str) -> list[str]:
    block = re.search(r"```\w*\n(.*?)```", text, flags=re.DOTALL)
    return block[1].strip().splitlines() if block else []


def commands_named(text: str) -> set[str]:
    return set(re.findall(r"dev\.py ([a-z]+)", text))


def test_readme_starts_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert first_code_block(text) == ["python3 dev.py demo", "python3 dev.py test"]
    assert text.index("```") < 400


def test_readme_names_every_command_and_no_other() -> None:
    assert commands_named((ROOT / "README.md").read_text("utf-8")) == dev.COMMANDS.keys()


def test_documents_name_only_real_commands() -> None:
    for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        assert commands_named(document.read_text("utf-8")) <= dev.COMMANDS.keys(), document


def test_links_between_documents_lead_somewhere() -> None:
    dead = [
        f"{document.relative_to(ROOT)} -> {target}"
        for document in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text("utf-8"))
        if not (document.parent / target).exists()
    ]
    assert dead == []


def test_ci_runs_the_readmes_test_command() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert "set -euo pipefail" in lines
    assert lines[-1] == first_code_block((ROOT / "README.md").read_text("utf-8"))[1]


def test_lock_is_hashed_and_names_no_registry() -> None:
    text = dev.LOCK.read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text
    pinned = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert pinned
    assert [block for block in pinned if "==" not in block or "--hash=sha256:" not in block] == []


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs" / "decisions").iterdir())
    assert [re.match(r"(\d{4})-[a-z0-9-]+\.md$", name) is not None for name in names] == [True] * len(names)
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_modules_are_named_by_nouns_of_the_field() -> None:
    vague = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py", "manager.py"}
    assert [str(path) for folder in CODE for path in (ROOT / folder).rglob("*.py") if path.name in vague] == []


def test_all_code_is_type_checked() -> None:
    checked = set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]["files"])
    there = {folder for folder in CODE if any((ROOT / folder).rglob("*.py"))} | {
        file.name for file in ROOT.glob("*.py")
    }
    assert there - checked == set(), "name these in pyproject.toml under tool.mypy.files"


def test_no_registry_address_anywhere() -> None:
    registries = (("pypi", "org"), ("pythonhosted", "org"), ("debian", "org"), ("npmjs", "com"))
    hosts = [".".join(parts).encode() for parts in registries]
    folders = (*CODE, "docs", "resources", ".ci")
    files = [path for path in ROOT.iterdir() if path.is_file()]
    files += [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert [str(path) for path in files if any(host in path.read_bytes() for host in hosts)] == []


def test_an_installed_package_brings_its_resources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    distribution = Distribution()
    distribution.parse_config_files()
    distribution.include_package_data = False  # else it writes an egg-info into the checkout
    build = distribution.get_command_obj("build_py")
    build.ensure_finalized()
    shipped = {ROOT / folder / name for _, folder, _, names in build.data_files for name in names}
    wanted = {path for path in (ROOT / "resources").rglob("*") if path.is_file()}
    assert wanted
    assert {path.name for path in wanted} <= {path.name for path in shipped}, "icons and words are missing"
