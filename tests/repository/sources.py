"""The English sources in the code: string literals that reach `tr`, directly or as a parameter annotated `Text`."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Positions:
    """Where a callable takes a source: by position (after `self`) and by keyword."""

    indices: set[int] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


def mentions_text(annotation: ast.expr | None) -> bool:
    if annotation is None:
        return False
    return any(isinstance(node, ast.Name) and node.id == "Text" for node in ast.walk(annotation))


def takes_text(trees: Iterable[ast.Module]) -> dict[str, Positions]:
    """Callables by bare name; classes by their `__init__` or, for data classes, their annotated fields."""
    found: dict[str, Positions] = defaultdict(Positions)
    found["tr"].indices.add(0)

    def note(name: str, index: int | None, parameter: str) -> None:
        found[name].names.add(parameter)
        if index is not None:
            found[name].indices.add(index)

    def note_function(name: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        positional = [*function.args.posonlyargs, *function.args.args]
        if positional and positional[0].arg == "self":
            positional.pop(0)
        for index, parameter in enumerate(positional):
            if mentions_text(parameter.annotation):
                note(name, index, parameter.arg)
        for parameter in function.args.kwonlyargs:
            if mentions_text(parameter.annotation):
                note(name, None, parameter.arg)

    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "__init__":
            note_function(node.name, node)
        elif isinstance(node, ast.ClassDef):
            fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
            for index, part in enumerate(fields if node.decorator_list else ()):
                if isinstance(part.target, ast.Name) and mentions_text(part.annotation):
                    note(node.name, index, part.target.id)
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    note_function(node.name, method)
    return found


def literals(value: ast.expr) -> Iterator[ast.Constant]:
    """The strings that an argument may be: a literal, either branch of a choice, the items of a list."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value
    elif isinstance(value, ast.IfExp):
        yield from literals(value.body)
        yield from literals(value.orelse)
    elif isinstance(value, ast.List | ast.Tuple):
        for item in value.elts:
            yield from literals(item)


def sources_in(tree: ast.Module, callables: dict[str, Positions]) -> Iterator[tuple[str, int]]:
    """Each source with its line."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
        if name not in callables:
            continue
        taken = [value for index, value in enumerate(call.args) if index in callables[name].indices]
        taken += [keyword.value for keyword in call.keywords if keyword.arg in callables[name].names]
        for literal in (literal for value in taken for literal in literals(value)):
            yield str(literal.value), literal.lineno


def parse(folder: Path) -> dict[Path, ast.Module]:
    return {file: ast.parse(file.read_text("utf-8")) for file in sorted(folder.rglob("*.py"))}


def strings_in(trees: Iterable[ast.Module]) -> set[str]:
    """Every string literal."""
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
