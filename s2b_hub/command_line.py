"""What the commands of `s2b-hub` share: their options, the opened hub, passwords, and how they say no."""

import argparse
import getpass
import re
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from s2b_hub import devices
from s2b_hub.hub import Hub


class CannotError(Exception):
    """What was asked for cannot be done; the text says why."""


def command(
    group: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    command: Callable[[argparse.Namespace], int | None],
    text: str,
) -> argparse.ArgumentParser:
    """Add a command with its `--data` and `--database`."""
    parser = group.add_parser(name, help=text, description=text)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the hub's data folder")
    parser.add_argument(
        "--database",
        default="",
        metavar="URL",
        help="postgresql://user@host/name instead of a SQLite file in the folder; `init` remembers it there",
    )
    parser.set_defaults(command=command)
    return parser


def group(
    nouns: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, text: str
) -> "argparse._SubParsersAction[argparse.ArgumentParser]":
    """Add a noun, under which there are commands."""
    return nouns.add_parser(name, help=text, description=text).add_subparsers(required=True, metavar="COMMAND")


def opened(options: argparse.Namespace) -> closing[Hub]:
    """The hub of `--data`, for one command."""
    return closing(Hub(options.data, inline=True, database=options.database))


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Reads an option's whole number."""
    reach = f"from {least} up" if most is None else f"from {least} to {most}"

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
            raise argparse.ArgumentTypeError(f"{text} is no whole number {reach}")
        return int(text)

    return number


def password_option(parser: argparse.ArgumentParser) -> None:
    """Add where a password comes from."""
    parser.add_argument("--password-file", metavar="FILE", help="first line is the password; - is standard input")


def ask_password(options: argparse.Namespace) -> str:
    """The password, from where the options say; `CannotError`."""
    if options.password_file == "-":
        return sys.stdin.readline().rstrip("\r\n")
    if options.password_file:
        try:
            return (Path(options.password_file).read_text("utf-8").splitlines() or [""])[0]
        except UnicodeDecodeError as error:
            raise CannotError(f"{options.password_file} is not UTF-8 text; save it as UTF-8") from error
    if not sys.stdin.isatty():
        raise CannotError("no terminal to ask for the password; use --password-file")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise CannotError("the two passwords differ")
    return first


def device_id(hub: Hub, named: str) -> str:
    """The id of a device that is named by its id or its code."""
    if not re.fullmatch(r"D\d+", named):
        return named
    with hub.database.read() as connection:
        return next((d.id for d in devices.devices(connection) if d.code == named), named)


def when(time: int) -> str:
    """A time (ms) as operators read it: UTC."""
    return datetime.fromtimestamp(time / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
