"""`python -m s2b_hub` is `s2b-hub`."""

import sys

from s2b_hub.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
