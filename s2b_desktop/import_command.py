"""`s2b-desktop import FILE`: read a spreadsheet, say what importing it would do, and do it.

With `--json` it always prints exactly one object: the result, or `{"refused": {"code", "message"}}`.
Exit code 0 when the file was read, 2 when it was refused.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from s2b_desktop.intake_text import field_name, issue_text, refusal_text
from s2b_desktop.messages import problem_text
from s2b_desktop.models.goods_import import settle
from s2b_desktop.text import LANGUAGES, labelled, set_language, tr
from s2b_domain.errors import DomainError
from s2b_domain.intake.diff import Lookup, nothing
from s2b_domain.intake.examination import Examination, examine
from s2b_domain.intake.goods import Issue
from s2b_domain.intake.policy import Policy
from s2b_domain.intake.refusal import Refused
from s2b_domain.intake.report import write_report

Commit = Callable[[Examination], None]
"""Carries out an examination in the signed-in workspace; raises a `DomainError` with a reason."""

_SHOWN = 20


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Refused("usage", detail=message)


def _parser() -> _Parser:
    parser = _Parser(prog="s2b-desktop import", description="Import goods from a spreadsheet.")
    parser.add_argument("file", type=Path, help="xlsx, xls, xlsb, ods, csv or txt")
    parser.add_argument("--dry-run", action="store_true", help="only say what would happen; needs no sign-in")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--report", type=Path, metavar="OUT.xlsx", help="write the wrong rows with their reasons")
    parser.add_argument("--sheet", help="the sheet to read, by name")
    parser.add_argument("--area", help="the part of the sheet that is the table, such as B3:H40")
    parser.add_argument(
        "--blank-names", choices=["fill", "leave"], default="fill", help="rows of further colours without a name"
    )
    parser.add_argument("--hidden-rows", choices=["take", "leave"], default="take", help="rows hidden by a filter")
    parser.add_argument(
        "--leading-zeros", choices=["ask", "repair", "keep"], default="ask", help="for codes that lost zeros"
    )
    parser.add_argument("--bad-barcodes", choices=["reject", "keep"], default="reject", help="wrong check digits")
    parser.add_argument("--all-or-nothing", action="store_true", help="import nothing if any row is wrong")
    parser.add_argument("--lang", choices=LANGUAGES, help="language of the messages")
    parser.add_argument("--profile", type=Path, metavar="DIR", help="profile to import into")
    return parser


def main(argv: Sequence[str], *, existing: Lookup | None = None, commit: Commit | None = None) -> int:
    """Run the command. `existing` looks goods up in the workspace's catalog, `commit` imports into it."""
    as_json = "--json" in argv
    _language(argv)
    try:
        options = _parser().parse_args(list(argv))
        result = _run(options, existing, commit)
    except Refused as refused:
        return _refuse(refused.code, refusal_text(refused), as_json)
    except DomainError as refused:
        return _refuse(refused.code, problem_text(refused.code, refused.params), as_json)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    except (KeyboardInterrupt, BrokenPipeError):
        return _refuse("cancelled", refusal_text(Refused("cancelled")), as_json)
    except Exception as error:  # whatever happens, the caller gets one valid object
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return _refuse("internal", refusal_text(Refused("internal")), as_json)
    if as_json:
        _print_object(as_object(result))
    else:
        _say(summary(result, dry=options.dry_run))
    return 0


def _language(argv: Sequence[str]) -> None:
    for flag, value in zip(argv, [*argv[1:], ""], strict=True):
        chosen = value if flag == "--lang" else flag.removeprefix("--lang=") if flag.startswith("--lang=") else ""
        if chosen in LANGUAGES:
            set_language(chosen)


def _run(options: argparse.Namespace, existing: Lookup | None, commit: Commit | None) -> Examination:
    policy = Policy(
        on_error="all" if options.all_or_nothing else "rows",
        leading_zeros=options.leading_zeros,
        bad_barcodes=options.bad_barcodes,
        blank_names=options.blank_names,
        hidden_rows=options.hidden_rows,
    )
    result = settle(
        examine(options.file, sheet=options.sheet, area=options.area, policy=policy, existing=existing or nothing)
    )
    if options.report is not None:
        if options.report.resolve() == options.file.resolve():
            raise Refused("no_report", detail=str(options.report))
        try:
            write_report(
                result, options.report, text=issue_text, reason=tr("Reason"), row=tr("Row"), sheet=tr("Wrong rows")
            )
        except OSError as error:
            raise Refused("no_report", detail=error.strerror or "") from None
    if not options.dry_run:
        if commit is None:
            raise Refused("no_workspace")
        if policy.on_error == "all" and result.plan.wrong:
            raise Refused("rows_refused")
        commit(result)
    return result


def as_object(result: Examination) -> dict[str, Any]:
    """The result as the object of `--json`."""
    plan = result.plan
    return {
        "file": result.file,
        "dialect": result.dialect,
        "encoding": result.encoding or None,
        "sheet": result.sheet or None,
        "area": result.area or None,
        "header_row": result.header_row,
        "columns": _columns(result),
        "rows": result.rows,
        "new": len(plan.new),
        "changed": len(plan.changed),
        "unchanged": len(plan.unchanged),
        "wrong": len(plan.wrong),
        "skipped": len(plan.skipped),
        "errors": [_issue(issue) for issue in result.errors],
        "warnings": [_issue(issue) for issue in (*result.notes, *plan.warnings)],
        "cleaned": [{"field": field, "why": why, "cells": n} for (field, why), n in sorted(result.cleaned.items())],
        "aside": [{"row": aside.row, "kind": aside.kind} for aside in result.aside],
    }


def _columns(result: Examination) -> dict[str, str]:
    """Source label -> field; a label that occurs twice is told apart by its column."""
    columns: dict[str, str] = {}
    for column in result.columns:
        if column.field and column.label:
            label = column.label if column.label not in columns else f"{column.label} ({column.column + 1})"
            columns[label] = f"{column.field}.{column.name}" if column.name else column.field
        elif column.field and column.column < len(result.columns) and column.field != "specs":
            columns[f"({column.column + 1})"] = column.field
    return columns


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "row": issue.row,
        "column": issue.column or issue.field,
        "code": issue.code,
        "value": issue.value,
        "message": issue_text(issue),
    }


def summary(result: Examination, *, dry: bool) -> str:
    """The result in a few lines for people."""
    plan = result.plan
    place = tr("sheet {sheet}", sheet=result.sheet) if result.sheet else Path(result.file).name
    lines = [
        tr("{n} rows read from {place}.", n=result.rows, place=place),
        tr(
            "New: {new}, changed: {changed}, unchanged: {unchanged}, wrong: {wrong}.",
            new=len(plan.new),
            changed=len(plan.changed),
            unchanged=len(plan.unchanged),
            wrong=len(plan.wrong),
        ),
    ]
    lines += [issue_text(note) for note in result.notes]
    for issue in result.errors[:_SHOWN]:
        where = tr("Row {row}", row=issue.row)
        lines.append(f"  {where} · {labelled(issue.column or field_name(issue.field), issue_text(issue))}")
    if len(result.errors) > _SHOWN:
        lines.append("  " + tr("and {n} more; write them all with --report", n=len(result.errors) - _SHOWN))
    lines.append(tr("This was a dry run; nothing was imported.") if dry else tr("Imported."))
    return "\n".join(lines)


def _refuse(code: str, message: str, as_json: bool) -> int:
    if as_json:
        _print_object({"refused": {"code": code, "message": message}})
    else:
        _say(message, sys.stderr)
    return 2


def _print_object(found: dict[str, Any]) -> None:
    """One line of JSON, in characters that the terminal knows."""
    text = json.dumps(found, ensure_ascii=False)
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(found)
    print(text)


def _say(text: str, stream: TextIO | None = None) -> None:
    stream = stream or sys.stdout
    encoding = stream.encoding or "ascii"
    print(text.encode(encoding, errors="replace").decode(encoding), file=stream)
