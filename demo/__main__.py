"""`python3 dev.py demo`: the main job on an embedded hub, on real screens.

With a display it prepares a hub with goods and opens two desktops to play with. Without one, or with --headless,
it drives the screens offscreen through the whole job, writes pictures and summary.json, and exits non-zero if any
step is not what it should be.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from demo.processes import StepFailed
from demo.story import Story


def main() -> int:
    """Run the demo; the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py demo", description=__doc__)
    parser.add_argument("--headless", action="store_true", help="drive the screens without a display")
    parser.add_argument("--out", type=Path, default=Path("demo-out"), metavar="DIR", help="pictures and summary.json")
    parser.add_argument("--file", type=Path, metavar="PATH", help="import this spreadsheet instead of the sample")
    options = parser.parse_args()
    if options.file is not None and not options.file.is_file():
        parser.error(f"no such file: {options.file}")
    if not options.headless:
        from demo.live import live  # noqa: PLC0415  only with a display

        return live(options.file)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    return headless(options.out.resolve(), options.file)


def headless(out: Path, sheet: Path | None) -> int:
    """The whole story; 0 when every step was what it should be."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="s2b-demo-") as folder:
        story = Story(Path(folder), out, sheet=sheet.resolve() if sheet else None)
        try:
            story.run()
        except StepFailed as failure:
            print(failure, file=sys.stderr)
        finally:
            for log in Path(folder).glob("*/*.log"):
                shutil.copy(log, out / f"{log.parent.name}-{log.name}")
    summary = story.summary
    (out / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(
        f"{summary['outcome']}: {summary['rows']} rows read, {summary['imported']} imported, {summary['wrong']} wrong; "
        f"order {summary['order']}; {len(summary['pictures'])} pictures in {out}"
    )
    return 0 if summary["outcome"] == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
