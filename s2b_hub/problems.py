"""Why the hub does not answer a request with 200, and the HTTP status that says so."""

from s2b_domain.errors import Param
from s2b_domain.wire import Problem

STATUS = {
    "malformed": 400,
    "signed_out": 401,
    "wrong_password": 401,
    "device_revoked": 401,
    "device_unknown": 401,
    "not_found": 404,
    "device_cloned": 409,
    "receipts_wanted": 409,
    "too_large": 413,
    "update_needed": 426,
    "too_many_attempts": 429,
    "hub_error": 500,
    "busy": 503,
    "recovering": 503,
}


class ProblemError(Exception):
    """A request that is answered with `wire.Problem`; `code` is one of `STATUS`."""

    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code)
        self.problem = Problem(code=code, params=params)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUS[self.problem.code]
