"""`s2b-desktop`: the desktop, the import without a screen, and the limited reader of foreign files."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line asks for; the exit code. Only the desktop itself loads Qt."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["--intake-child"]:
        from s2b_domain.intake.child import main as read_for_parent  # noqa: PLC0415

        return read_for_parent()
    if arguments[:1] == ["import"]:
        from s2b_desktop.import_workspace import main as import_goods  # noqa: PLC0415

        return import_goods(arguments[1:])
    options = _options(arguments)
    from s2b_desktop.app import run  # noqa: PLC0415  after --help and --version have answered

    return run(options.profile, options.lang, options.theme)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    from s2b_desktop import __version__  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        prog="s2b-desktop",
        description="S2B: suppliers and merchants on one platform; goes on working without a line.",
        epilog="s2b-desktop import FILE reads a spreadsheet without opening a window; see s2b-desktop import --help.",
    )
    parser.add_argument("--profile", type=Path, metavar="DIR", help="the folder of settings and stored data")
    parser.add_argument("--lang", choices=["zh_CN", "en"], help="language of the screens")
    parser.add_argument("--theme", choices=["light", "dark", "system"], help="look of the screens")
    parser.add_argument("--version", action="version", version=f"s2b-desktop {__version__}")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
