"""What a command may answer instead of doing its work. Codes are for machines; texts are made at the edge.

DomainError
├── Refused              an intent the books do not allow; `code` and `params` say why
└── NeedsConfirmation    the world has changed since the user looked; the user decides with a new command
"""

from collections.abc import Mapping

Param = str | int | bool | None | list[str]
Params = Mapping[str, Param]


class DomainError(Exception):
    """Base of all answers that are not acceptance."""

    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, Param] = params

    def __str__(self) -> str:
        return self.code + "".join(f" {k}={v}" for k, v in sorted(self.params.items()))


class Refused(DomainError):
    """The command changes nothing; `code` is listed in `docs/codes.md` with its text in both languages."""


class NeedsConfirmation(DomainError):
    """The command changes nothing; `params` holds what changed, for the user to accept or not."""
